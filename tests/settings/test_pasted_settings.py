"""Pasted values of settings work, or are refused by the name of the setting."""

from collections.abc import Iterator
from typing import Any

import pytest

from assembly_service.cli.local_settings import LocalSettings
from assembly_service.settings.pasted import as_meant
from assembly_service.settings.service import DRAFT_SYSTEMS
from assembly_service.settings.values import InvalidSettings, SettingsModel
from tests.cli.test_env_example import example

SECRET = "0123456789abcdef0123456789abcdef"  # noqa: S105
SOUND = (
    {name: as_meant(value) for name, value in example().items() if value}
    | dict.fromkeys(DRAFT_SYSTEMS, "false")
    | {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:4566",
        "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:4566",
        "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:4566",
        "AWS_ENDPOINT_URL_SNS": "https://[::1]:4566/",
        "SNS_NEW_PRODUCT_TOPIC_ARN": "arn:aws:sns:eu-west-1:1:products",
        "SNS_CAPTION_TOPIC_ARN": "arn:aws:sns:eu-west-1:1:captions",
        "SNS_THUMBNAIL_TOPIC_ARN": "arn:aws:sns:eu-west-1:1:thumbnails",
        "SNS_DRAFT_EVENTS_TOPIC_ARN": "arn:aws:sns:eu-west-1:1:drafts.fifo",
        "MAX_CONNECTIONS_PER_ADDRESS": "100",
        "CORS_ORIGINS": "https://shop.example,null",
        "WEBSOCKET_CORS_ORIGINS": "https://shop.example",
        "SOCKETIO_REDIS_URL": "redis://:p%40ss@127.0.0.1:6379/0",
        "JWT_SECRET": SECRET,
        "JWT_ISSUER": "https://login.example",
        "JWT_TYPE": "at+jwt",
        "JWT_MAX_LIFETIME_SECONDS": "3600",
        "BUS_CHANNEL": "assembly-service:shop",
        "BUS_SECRET": SECRET,
        "READER_TICKET_SECRET": SECRET,
        "PUBLIC_HOSTS": "shop.example",
        "PUBLIC_PATH": "/assembly",
        "JWT_JWKS_URL": "https://login.example/jwks.json",
        "PROJECT_NAME_PATTERN": "[A-Z].*",
        "DRAIN_SPREAD_SECONDS": "6",
        "LOCAL_AWS_PORT": "4566",
        "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCY+EXAMPLEKEY=",
        "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2VjEAEa",
        "AWS_PROFILE": "staging",
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_CA_BUNDLE": __file__,
        "AWS_WEB_IDENTITY_TOKEN_FILE": __file__,
        "HTTP_PROXY": "proxy.example:3128",
        "HTTPS_PROXY": "http://user:p%40ss@proxy.example:3128",
    }
)
"""A valid value for every setting: a new one without an example needs one here."""

MAY_HOLD_A_QUOTE = {
    "PRODUCT_CODE_PATTERN",
    "PRODUCT_CODE_HINT",
    "PROJECT_NAME_PATTERN",
    "COTO_REGISTRATION_PATTERN",
    "COTO_REGISTRATION_HINT",
    "BUILDING_TYPES",
    "CORS_ALLOWED_HEADERS",
    "AWS_PROFILE",
}
PASTED = [
    "{}\n",
    "{}\r\n",
    "  {}\t ",
    '"{}"',
    "'{}'\n",
    ' " {}\r\n" ',
    "“{}”",
    "\ufeff{}",
    "{}\xa0",
]
EMPTY = ["", " ", "\r\n", '""', "' '"]


def groups(of: type[SettingsModel] = SettingsModel) -> Iterator[type[SettingsModel]]:
    """Return all classes of settings."""
    for group in of.__subclasses__():
        yield group
        yield from groups(group)


SETTINGS = {name: group for group in groups() for name in group.model_fields}
# Those are settings of a group of their own.
del SETTINGS["token_settings"]


def read(group: type[SettingsModel], name: str, value: str | None) -> Any:
    given = {key: sound for key, sound in SOUND.items() if key != name.upper()}
    # These exclude each other.
    del given["JWT_JWKS_URL" if name != "jwt_jwks_url" else "JWT_SECRET"]
    if value is not None:
        given[name.upper()] = value
    return getattr(group.from_environment(given), name)


def read_or_mistake(group: type[SettingsModel], name: str, value: str | None) -> Any:
    try:
        return read(group, name, value)
    except InvalidSettings as error:
        return error.mistakes


@pytest.mark.parametrize("name", SETTINGS)
def test_what_is_pasted_along_with_a_value_is_stripped(name: str) -> None:
    group, sound = SETTINGS[name], SOUND[name.upper()]
    meant = read(group, name, sound)
    for form in PASTED:
        assert read(group, name, form.format(sound)) == meant, form


@pytest.mark.parametrize("name", SETTINGS)
def test_an_empty_value_counts_as_not_set_however_it_is_written(name: str) -> None:
    unset = read_or_mistake(SETTINGS[name], name, None)
    for empty in EMPTY:
        assert read_or_mistake(SETTINGS[name], name, empty) == unset, repr(empty)


@pytest.mark.parametrize("name", SETTINGS)
def test_a_line_break_or_a_quote_within_a_value_is_refused_by_the_settings_name(name: str) -> None:
    sound = SOUND[name.upper()]
    broken = [f'"{sound}', f"{sound}'"] if name.upper() not in MAY_HOLD_A_QUOTE else []
    if not name.endswith("_secret") and len(sound) > 1:
        broken += [f"{sound[0]}\n{sound[1:]}", f"{sound[:-1]}\x1b{sound[-1]}"]
    for value in broken:
        with pytest.raises(InvalidSettings) as caught:
            read(SETTINGS[name], name, value)
        [sentence] = caught.value.mistakes
        assert sentence.startswith(f"{name.upper()} is wrong: "), sentence


def test_each_part_of_a_list_is_stripped_too() -> None:
    origins = "'https://shop.example/',\n \"http://127.0.0.1:5173\"\n"
    assert read(LocalSettings, "cors_origins", origins) == (
        "https://shop.example",
        "http://127.0.0.1:5173",
    )


def test_a_secret_may_contain_anything_between_its_ends() -> None:
    secret = f"{SECRET}\r\n'{SECRET}"
    assert read(SETTINGS["jwt_secret"], "jwt_secret", f"{secret}\r\n") == secret


@pytest.mark.parametrize("secret", ["s" * 32, "0" * 64, "s" * 31, f'"{"ab" * 20}'])
def test_a_secret_that_is_weak_or_pasted_incompletely_is_refused(secret: str) -> None:
    with pytest.raises(InvalidSettings, match="JWT_SECRET is wrong") as caught:
        read(SETTINGS["jwt_secret"], "jwt_secret", secret)
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    ["http://", "http://:4566", "http://host:port", "http://[::1", "http://h:99999", "http://h:0"],
)
def test_a_url_that_leads_nowhere_is_refused(url: str) -> None:
    for name in ("aws_endpoint_url", "jwt_jwks_url", "sqs_caption_analysis_queue_url"):
        with pytest.raises(InvalidSettings, match=f"{name.upper()} is wrong"):
            read(SETTINGS[name], name, url)


@pytest.mark.parametrize("host", ["a..b", "my host", "http://127.0.0.1", "[::1]", "h" * 64])
def test_an_invalid_host_is_refused(host: str) -> None:
    with pytest.raises(InvalidSettings, match="HOST is wrong"):
        read(LocalSettings, "host", host)


@pytest.mark.parametrize("value", ['"a" or "b"', "it's", '"', "“a'", "a b"])
def test_quotes_that_belong_to_a_value_stay(value: str) -> None:
    assert as_meant(value) == value
