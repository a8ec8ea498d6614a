"""A secret may be in a file whose path is given in its place."""

import os
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from assembly_service.cli.environment import merge
from assembly_service.settings.drafts import (
    EducationSettings,
    ProductDraftSettings,
    ProjectSessionSettings,
)
from assembly_service.settings.review import log_start, misspelt
from assembly_service.settings.secret_files import SECRETS
from assembly_service.settings.service import Settings
from tests.settings.environments import DRAFTS, SOUND, mistakes

SECRET = "correct-horse-battery-staple-1234"  # noqa: S105
VALUES = {
    "JWT_SECRET": SECRET,
    "BUS_SECRET": SECRET,
    "READER_TICKET_SECRET": SECRET,
    "SOCKETIO_REDIS_URL": f"redis://:{SECRET}@bus",
}
WITH_DRAFTS = SOUND | {name: value for name, value in DRAFTS.items() if name != "JWT_SECRET"}


def in_files(directory: Path) -> dict[str, str]:
    """Write all secrets into files, each with a trailing newline; the settings that name them."""
    for name, value in VALUES.items():
        (directory / name).write_text(f"{value}\n", encoding="utf-8")
    return {f"{name}_FILE": str(directory / name) for name in VALUES}


def test_every_secret_of_the_service_may_be_in_a_file() -> None:
    systems = (Settings, ProductDraftSettings, ProjectSessionSettings, EducationSettings)
    fields = {name: field for each in systems for name, field in each.model_fields.items()}
    hidden = {name.upper() for name, field in fields.items() if not field.repr}
    assert hidden == {*SECRETS} == VALUES.keys()


def test_a_secret_in_a_file_is_read_without_its_trailing_newline(tmp_path: Path) -> None:
    settings = Settings.from_environment(WITH_DRAFTS | in_files(tmp_path))
    assert settings.product_drafts is not None
    assert settings.product_drafts.jwt_secret == VALUES["JWT_SECRET"]
    assert settings.bus_secret == (VALUES["BUS_SECRET"],)
    assert settings.socketio_redis_url == VALUES["SOCKETIO_REDIS_URL"]


def test_a_secret_in_a_file_verifies_tokens_of_operators_too(tmp_path: Path) -> None:
    given = SOUND | in_files(tmp_path) | {"OPERATIONS_PORT": "9002"}
    tokens = Settings.from_environment(given).token_settings
    assert tokens is not None
    assert tokens.jwt_secret == SECRET


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_is_given_twice_is_refused_once_and_not_shown(
    tmp_path: Path, name: str
) -> None:
    [sentence] = mistakes(**WITH_DRAFTS | in_files(tmp_path) | {name: VALUES[name]})
    assert sentence.startswith(f"{name} and {name}_FILE are both set: remove one of them")
    assert SECRET not in sentence


@pytest.mark.parametrize("name", SECRETS)
def test_a_file_without_a_secret_is_refused_by_setting_and_path(tmp_path: Path, name: str) -> None:
    (tmp_path / "empty").write_text(" \n", encoding="utf-8")
    os.mkfifo(tmp_path / "pipe")
    reasons = {
        "missing": "cannot be read (No such file or directory)",
        "empty": "is empty",
        "pipe": "is not a regular file",
        ".": "is not a regular file",
    }
    for file, reason in reasons.items():
        path = str(tmp_path / file)
        [sentence] = mistakes(**WITH_DRAFTS | in_files(tmp_path) | {f"{name}_FILE": path})
        assert sentence == f"{name}_FILE is wrong: {Path(path)!s} {reason} (see .env.example)."


def test_a_file_with_a_weak_secret_is_refused_like_any_other(tmp_path: Path) -> None:
    given = in_files(tmp_path)
    (tmp_path / "JWT_SECRET").write_text("hunter2\n", encoding="utf-8")
    [sentence] = mistakes(**WITH_DRAFTS | given)
    assert sentence.startswith("JWT_SECRET is wrong: it has to be at least 32 characters")


def test_all_files_that_cannot_be_read_are_named_at_once_with_other_mistakes() -> None:
    given = {f"{name}_FILE": "/nowhere" for name in SECRETS}
    sentences = mistakes(**WITH_DRAFTS | given | {"PORT": "http"})
    named = {sentence.partition(" ")[0] for sentence in sentences}
    assert named == {*given, "PORT"}


def test_the_start_line_says_which_secrets_are_in_files_and_not_what_is_in_them(
    tmp_path: Path,
) -> None:
    given = WITH_DRAFTS | in_files(tmp_path)
    del given["BUS_SECRET_FILE"]
    given["BUS_SECRET"] = SECRET
    with capture_logs() as logs:
        log_start(Settings.from_environment(given), given)
    [line] = logs
    shown = {name: line["settings"][name] for name in SECRETS}
    assert shown == {
        "BUS_SECRET": "set",
        "JWT_SECRET": "set in a file",
        "READER_TICKET_SECRET": "set in a file",
        "SOCKETIO_REDIS_URL": "set in a file",
    }
    assert SECRET not in str(line)


def test_a_misspelt_name_of_a_file_is_reported() -> None:
    assert misspelt({"JWT_SECRETS_FILE": "x"}) == {"JWT_SECRETS_FILE": "JWT_SECRET_FILE"}


def test_a_file_in_the_environment_takes_precedence_over_the_local_aws(tmp_path: Path) -> None:
    merged = merge(in_files(tmp_path), dict.fromkeys(VALUES, "of the local mode") | SOUND)
    assert Settings.from_environment(merged).socketio_redis_url == VALUES["SOCKETIO_REDIS_URL"]
