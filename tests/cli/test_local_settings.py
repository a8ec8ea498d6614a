"""What the local mode adds to the environment, and what it keeps of it."""

import subprocess
from pathlib import Path

import pytest

from assembly_service.cli.environment import LOCAL_FILE, local_file_text, merge, read_local_file
from assembly_service.cli.local_settings import (
    checked_settings,
    education,
    names_in_force,
    product_drafts,
    project_sessions,
    replay,
)

KEYS = "https://login.example/jwks.json"
SECRET = "correct-horse-battery-staple-1234"  # noqa: S105


def test_drafts_are_on_with_a_new_secret_each_time() -> None:
    made = [product_drafts({"JWT_SECRET": " ", "PRODUCT_DRAFTS": ""}) for _ in range(2)]
    assert [values["PRODUCT_DRAFTS"] for values in made] == ["true", "true"]
    assert made[0]["JWT_SECRET"] != made[1]["JWT_SECRET"]
    assert all(len(values["JWT_SECRET"]) >= 32 for values in made)
    drafts = checked_settings(made[0]).product_drafts
    assert drafts is not None
    assert drafts.jwt_secret == made[0]["JWT_SECRET"]


@pytest.mark.parametrize("given", [{"JWT_SECRET": SECRET}, {"JWT_JWKS_URL": KEYS}])
def test_given_keys_are_used_and_no_others_created(given: dict[str, str]) -> None:
    made = product_drafts(given)
    assert made == {"PRODUCT_DRAFTS": "true"}
    drafts = checked_settings(merge(given, made)).product_drafts
    assert drafts is not None
    assert drafts.jwt_secret == given.get("JWT_SECRET")
    assert drafts.jwt_jwks_url == given.get("JWT_JWKS_URL")


def test_the_switch_in_the_environment_decides_which_settings_apply() -> None:
    off = product_drafts({"PRODUCT_DRAFTS": "false"})
    assert off["PRODUCT_DRAFTS"] == "false"
    without = names_in_force(checked_settings(off))
    both = names_in_force(checked_settings(product_drafts({})))
    assert {"PRODUCT_DRAFTS", "COMMIT_ALLOWANCE"} <= without
    assert {"JWT_SECRET", "JWT_JWKS_URL", "JWT_AUDIENCE"} <= both - without


def test_sessions_are_on_unless_the_environment_says_otherwise() -> None:
    for given, switch in (({}, "true"), ({"PROJECT_SESSIONS": "false"}, "false")):
        assert project_sessions(given) == {"PROJECT_SESSIONS": switch}
    settings = checked_settings(project_sessions({}))
    assert settings.project_sessions is not None
    assert {"SESSION_TTL", "BUILDING_TYPES", "JWT_SECRET"} <= names_in_force(settings)


def test_education_registration_is_on_unless_the_environment_says_otherwise() -> None:
    made = product_drafts({}) | education({"EDUCATION_REGISTRATION": " "})
    on = checked_settings(made)
    assert on.education_registration is not None
    off = checked_settings(made | education({"EDUCATION_REGISTRATION": "false"}))
    assert off.education_registration is None
    own = {"COTO_REGISTRATION_PATTERN", "GRADUATION_MAX_FUTURE_YEARS"}
    assert own <= names_in_force(on)
    assert not own & names_in_force(off)


def test_a_commit_is_replayed_for_five_minutes_by_default() -> None:
    for given, seconds in (({}, 300), ({"ORCHESTRATOR_REPLAY_SECONDS": "7"}, 7)):
        drafts = checked_settings(product_drafts({}) | replay(given)).product_drafts
        assert drafts is not None
        assert drafts.orchestrator_replay_seconds == seconds


def test_the_local_file_is_read_back_exactly_by_commands_and_shells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    values = {"ONE": "a b", "TWO": 'it\'s "$HOME"\n\\d#', "THREE": "x#y", "FOUR": "é=é"}
    monkeypatch.chdir(tmp_path)
    LOCAL_FILE.parent.mkdir()
    LOCAL_FILE.write_text(local_file_text(values))
    assert read_local_file() == values
    script = f'. {LOCAL_FILE}; printf "%s\\0" "$ONE" "$TWO" "$THREE" "$FOUR"'
    told = subprocess.run(["sh", "-c", script], capture_output=True, check=True, text=True)
    assert told.stdout.split("\0")[:-1] == list(values.values())


@pytest.mark.parametrize("given", [{"JWT_SECRET": SECRET}, {"JWT_JWKS_URL": KEYS}])
def test_keys_in_the_environment_replace_those_of_the_local_file(given: dict[str, str]) -> None:
    merged = merge(given, {"JWT_SECRET": "of the file", "PORT": "3002"})
    assert merged.get("JWT_SECRET") == given.get("JWT_SECRET")
    assert merged["PORT"] == "3002"


def test_an_empty_variable_replaces_nothing() -> None:
    merged = merge({"JWT_SECRET": "", "PORT": " ", "NAME": ""}, {"JWT_SECRET": "s", "PORT": "1"})
    assert (merged["JWT_SECRET"], merged["PORT"], merged["NAME"]) == ("s", "1", "")


@pytest.mark.parametrize(
    ("given", "excepted"),
    [
        ({}, "127.0.0.1"),
        ({"NO_PROXY": "login.example"}, "login.example,127.0.0.1"),
        ({"no_proxy": "login.example", "NO_PROXY": "other"}, "login.example,127.0.0.1"),
        ({"no_proxy": "*"}, "*"),
    ],
)
def test_the_local_aws_is_added_to_the_exceptions_of_proxies(
    given: dict[str, str], excepted: str
) -> None:
    merged = merge(given, {})
    assert (merged["no_proxy"], merged["NO_PROXY"]) == (excepted, excepted)
