"""Doubtful settings are reported at start, without secrets."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from assembly_service.settings.review import SETTING_NAMES, check_audience, log_start, misspelt
from assembly_service.settings.service import InvalidSettings, Settings
from tests.cli.runs import bare_environment, run
from tests.settings.environments import SOUND

REDIS = {"SOCKETIO_REDIS_URL": "redis://user:pa55word@bus.example:6379"}
TOPIC = {"SNS_NEW_PRODUCT_TOPIC_ARN": "arn:aws:sns:eu-west-1:123456789012:new-product"}


@pytest.mark.parametrize(
    ("given", "events"),
    [
        ({}, []),
        ({"SERVICE_ROLE": "worker", **REDIS}, []),
        ({"SERVICE_ROLE": "worker", **REDIS, **TOPIC}, []),
        ({"SERVICE_ROLE": "worker", **TOPIC}, ["browsers_not_notified"]),
        ({"SERVICE_ROLE": "worker", "ANNOUNCE_NOWHERE": "true"}, ["announcing_nowhere"]),
        ({"SERVICE_ROLE": "web", **REDIS}, []),
        ({"SERVICE_ROLE": "web"}, ["web_without_bus"]),
    ],
)
def test_a_missing_audience_of_announcements_is_warned_of_at_start(
    given: dict[str, str], events: list[str]
) -> None:
    with capture_logs() as logs:
        check_audience(Settings.from_environment(SOUND | given))
    assert [line["event"] for line in logs] == events


def test_a_worker_that_would_announce_to_nobody_is_refused() -> None:
    with pytest.raises(InvalidSettings, match="ANNOUNCE_NOWHERE=true") as refused:
        check_audience(Settings.from_environment(SOUND | {"SERVICE_ROLE": "worker"}))
    assert len(refused.value.mistakes) == 1


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SOCKETIO_REDIS_ULR", "SOCKETIO_REDIS_URL"),
        ("SOCKET_IO_REDIS_URL", "SOCKETIO_REDIS_URL"),
        ("CORS_ORIGIN", "CORS_ORIGINS"),
        ("LOGLEVEL", "LOG_LEVEL"),
        ("WORKER_CONCURENCY", "WORKER_CONCURRENCY"),
        ("AWS_ENDPONT_URL", "AWS_ENDPOINT_URL"),
        ("AWS_PROFIL", "AWS_PROFILE"),
        ("AWS_ACESS_KEY_ID", "AWS_ACCESS_KEY_ID"),
        ("AWS_SECRET_ACCES_KEY", "AWS_SECRET_ACCESS_KEY"),
        ("AWS_CABUNDLE", "AWS_CA_BUNDLE"),
        ("HTTPS_PROXI", "HTTPS_PROXY"),
        ("PRODUCT_DRAFT", "PRODUCT_DRAFTS"),
        ("SESION_TTL", "SESSION_TTL"),
        ("PORTS", "PORT"),
        ("operations_port", "OPERATIONS_PORT"),
    ],
)
def test_a_misspelt_setting_is_reported_with_the_intended_one(name: str, meant: str) -> None:
    assert misspelt({name: "x"}) == {name: meant}


def test_names_of_settings_and_other_programs_are_not_misspellings() -> None:
    others = [
        *("HOME", "HOSTNAME", "PATH", "PWD", "SHELL", "TERM", "TMPDIR", "USER", "LANG"),
        *("DESKTOP_SESSION", "XDG_SESSION_ID", "REDIS_PORT", "REDIS_SERVICE_HOST", "PUBLIC_URL"),
        *("KUBERNETES_PORT", "KUBERNETES_SERVICE_HOST", "SERVICE_NAME", "HTTP_PROXY", "NO_PROXY"),
        *("http_proxy", "https_proxy", "no_proxy", "ALL_PROXY", "FTP_PROXY", "ftp_proxy"),
        *("AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_CA_BUNDLE"),
        *("AWS_DEFAULT_PROFILE", "AWS_CONFIG_FILE", "AWS_ROLE_ARN", "AWS_ROLE_SESSION_NAME"),
        *("AWS_SECURITY_TOKEN", "AWS_SHARED_CREDENTIALS_FILE", "AWS_ACCOUNT_ID", "AWS_RETRY_MODE"),
        *("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "AWS_EXECUTION_ENV", "AWS_USE_FIPS_ENDPOINT"),
        *("AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_SSM", "SECRET_KEY"),
    ]
    assert misspelt(dict.fromkeys([*others, *SETTING_NAMES], "x")) == {}


def test_the_start_line_shows_settings_in_effect_and_no_secret() -> None:
    given = {
        **REDIS,
        "PRODUCT_DRAFTS": "true",
        "DYNAMODB_DRAFTS_TABLE": "drafts",
        "DYNAMODB_RECORDS_TABLE": "records",
        "JWT_JWKS_URL": "https://login.example/keys?code=hush",
        "SQS_CAPTION_ANALYSIS_QUEUE_URL": "http://me:hush@127.0.0.1:4566/1/captions",
        "CORS_ORIGINS": "https://shop.example,https://other.example",
    }
    with capture_logs() as logs:
        log_start(Settings.from_environment(SOUND | given), given)
    [line] = logs
    assert line["event"] == "service_starting"
    assert line["version"]
    assert line["role"] == "all"
    shown = line["settings"]
    assert shown.keys() <= SETTING_NAMES
    assert shown["PORT"] == 3002
    assert "" not in shown.values()
    assert shown["CORS_ORIGINS"] == "https://shop.example,https://other.example"
    assert shown["SOCKETIO_REDIS_URL"] == "set"
    assert "JWT_SECRET" not in shown
    assert shown["JWT_JWKS_URL"] == "https://login.example/keys***"
    assert shown["SQS_CAPTION_ANALYSIS_QUEUE_URL"] == "http://***127.0.0.1:4566/1/captions"
    assert shown["ORCHESTRATOR_TTL_SECONDS"] == 7200
    assert (shown["PRODUCT_DRAFTS"], shown["PROJECT_SESSIONS"]) == (True, False)
    assert not {"hush", "pa55word"} & set(
        json.dumps(line, default=str).replace('"', "/").split("/")
    )
    assert "hush" not in json.dumps(line, default=str)


@pytest.mark.parametrize(
    ("given", "names"),
    [
        ({"BUS_CHANNEL": "shop", "BUS_SECRET": "s3cr3t" * 6}, ["BUS_CHANNEL", "BUS_SECRET"]),
        ({"BUS_CHANNEL": "shop", **REDIS}, []),
    ],
)
def test_settings_of_the_bus_without_a_bus_are_warned_of(
    given: dict[str, str], names: list[str]
) -> None:
    with capture_logs() as logs:
        log_start(Settings.from_environment(SOUND | given), given)
    warnings = [line for line in logs if line["event"] == "setting_without_effect"]
    assert [line["name"] for line in warnings] == names
    assert "s3cr3t" not in str(logs)


def test_serve_logs_settings_and_misspellings_before_it_refuses_to_start(tmp_path: Path) -> None:
    environment = bare_environment(
        **SOUND, SERVICE_ROLE="worker", LOG_LEVELS="DEBUG", JWT_SECRET="s" * 40
    )
    done = run("serve", directory=tmp_path, environment=environment)
    assert done.code == 2
    [sentence] = done.sentences
    assert "SERVICE_ROLE=worker announces products to nobody" in sentence
    starting, warning = map(json.loads, done.out.splitlines())
    assert starting["event"] == "service_starting"
    assert starting["settings"]["SERVICE_ROLE"] == "worker"
    assert (warning["event"], warning["meant"]) == ("setting_misspelt", "LOG_LEVEL")
    assert "s" * 40 not in done.out + done.err


@pytest.mark.parametrize(("level", "is_told"), [("INFO", False), ("DEBUG", True)])
def test_the_local_mode_logs_settings_only_to_those_who_debug(
    tmp_path: Path, level: str, is_told: bool
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "assembly_service.cli.local_service"],
        cwd=tmp_path,
        env=bare_environment(**SOUND, SERVICE_ROLE="worker", LOG_LEVEL=level),
        stdout=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    starting = json.loads(done.stdout)
    assert (starting["event"], starting["role"]) == ("service_starting", "worker")
    assert ("settings" in starting) is is_told
