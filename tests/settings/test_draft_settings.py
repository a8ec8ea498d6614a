"""The settings of a draft system are checked like any other if it is switched on."""

import pytest

from assembly_service.settings.review import SETTING_NAMES
from assembly_service.settings.service import Settings
from tests.settings.environments import DRAFTS, SOUND, mistakes


def test_settings_of_drafts_are_ignored_unless_switched_on() -> None:
    assert Settings.from_environment(SOUND).product_drafts is None
    off = SOUND | DRAFTS | {"PRODUCT_DRAFTS": "False", "JWT_SECRET": "short"}
    assert Settings.from_environment(off).product_drafts is None


@pytest.mark.parametrize("role", ["all", "web", "worker"])
def test_what_verifies_tokens_of_operators_is_read_with_a_port_of_theirs_alone(role: str) -> None:
    secret = {"JWT_SECRET": DRAFTS["JWT_SECRET"], "JWT_ISSUER": "login", "SERVICE_ROLE": role}
    port = {"OPERATIONS_PORT": "9002"}
    tokens = Settings.from_environment(SOUND | secret | port).token_settings
    assert tokens is not None
    assert (tokens.jwt_secret, tokens.jwt_issuer) == (DRAFTS["JWT_SECRET"], "login")
    for given in (secret, port, secret | {"OPERATIONS_PORT": "0"}):
        assert Settings.from_environment(SOUND | given).token_settings is None
    assert mistakes(**secret | port | {"JWT_SECRET": "short"})[0].startswith("JWT_SECRET is wrong")


def test_settings_of_tokens_are_no_variable() -> None:
    given = SOUND | {"TOKEN_SETTINGS": "anything"}
    assert Settings.from_environment(given).token_settings is None
    assert "TOKEN_SETTINGS" not in SETTING_NAMES


def test_a_worker_needs_no_settings_of_drafts() -> None:
    given = SOUND | {"PRODUCT_DRAFTS": "true", "SERVICE_ROLE": "worker"}
    assert Settings.from_environment(given).product_drafts is None


def test_mistakes_in_settings_of_drafts_are_reported_with_all_others() -> None:
    told = mistakes(PRODUCT_DRAFTS="true", PORT="http", PRODUCT_CODE_PATTERN="(")
    assert [line.partition(" is ")[0] for line in told] == [
        "PORT",
        "Neither JWT_SECRET nor JWT_JWKS_URL",
        "DYNAMODB_DRAFTS_TABLE",
        "DYNAMODB_RECORDS_TABLE",
        "PRODUCT_CODE_PATTERN",
    ]


def test_tokens_are_verified_in_one_way() -> None:
    [sentence] = mistakes(**DRAFTS, JWT_JWKS_URL="https://login.example/jwks.json")
    assert sentence.startswith("JWT_SECRET and JWT_JWKS_URL are both set")
    by_keys = {"JWT_SECRET": " ", "JWT_JWKS_URL": "https://login.example/jwks.json"}
    drafts = Settings.from_environment(SOUND | DRAFTS | by_keys).product_drafts
    assert drafts is not None
    assert drafts.jwt_secret is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PRODUCT_DRAFTS", "yes"),
        ("DYNAMODB_DRAFTS_TABLE", "my drafts"),
        ("SNS_DRAFT_EVENTS_TOPIC_ARN", "draft-events"),
        ("JWT_SECRET", "hunter2"),
        ("ORCHESTRATOR_SHARE_WITHIN_ORG", "perhaps"),
        ("ORCHESTRATOR_TTL_SECONDS", "59"),
        ("ORCHESTRATOR_TTL_SECONDS", "604801"),
        ("ORCHESTRATOR_TTL_SECONDS", "two hours"),
        ("PRODUCT_CODE_PATTERN", "^osot-prd-[0-9]{6}$"),
        ("PRODUCT_CODE_PATTERN", "^[A-Z"),
        ("PRODUCT_CODE_PATTERN", r"[\x61-\x7a]+"),
        ("PRODUCT_CODE_SCOPE", "tenant"),
        ("TARGET_MATCH_MODE", "none"),
    ],
)
def test_an_invalid_setting_of_drafts_is_reported_like_any_other(name: str, value: str) -> None:
    [sentence] = mistakes(**DRAFTS | {name: value})
    assert sentence.startswith(f"{name} is wrong: ")
    assert value not in sentence


def test_an_invalid_key_set_url_is_reported_like_any_other() -> None:
    [sentence] = mistakes(**DRAFTS | {"JWT_SECRET": "", "JWT_JWKS_URL": "login.example"})
    assert sentence.startswith("JWT_JWKS_URL is wrong: ")


@pytest.mark.parametrize(
    ("url", "is_taken"),
    [
        ("https://login.example/jwks.json", True),
        ("http://127.0.0.1:8080/jwks.json", True),
        ("http://[::1]/jwks.json", True),
        ("http://localhost:8080/jwks.json", True),
        ("http://login.example/jwks.json", False),
        ("HTTP://login.example/jwks.json", False),
        ("Http://login.example/jwks.json", False),
        ("HTTPS://login.example/jwks.json", True),
        ("http://127.0.0.1.evil.example/jwks.json", False),
        ("http://127.0.0.1@evil.example/jwks.json", False),
        ("http://10.0.0.1/jwks.json", False),
    ],
)
def test_keys_come_over_plain_http_only_from_this_machine(url: str, is_taken: bool) -> None:
    given = DRAFTS | {"JWT_SECRET": "", "JWT_JWKS_URL": url}
    if is_taken:
        Settings.from_environment(SOUND | given)
    else:
        [sentence] = mistakes(**given)
        assert sentence.startswith("JWT_JWKS_URL is wrong: it has to begin with https://")


def test_the_secret_of_the_tokens_is_not_shown() -> None:
    settings = Settings.from_environment(SOUND | DRAFTS)
    assert settings.product_drafts is not None
    assert settings.product_drafts.jwt_secret == DRAFTS["JWT_SECRET"]
    assert DRAFTS["JWT_SECRET"] not in repr(settings)


@pytest.mark.parametrize("ending", ["", ".fifo"])
def test_draft_events_may_go_to_a_topic_of_either_kind(ending: str) -> None:
    arn = f"arn:aws:sns:eu-west-1:1:draft-events{ending}"
    given = SOUND | DRAFTS | {"SNS_DRAFT_EVENTS_TOPIC_ARN": arn}
    drafts = Settings.from_environment(given).product_drafts
    assert drafts is not None
    assert drafts.sns_draft_events_topic_arn == arn


SESSIONS = {
    "PROJECT_SESSIONS": "true",
    "DYNAMODB_DRAFTS_TABLE": "drafts",
    "DYNAMODB_RECORDS_TABLE": "records",
}


def test_project_sessions_alone_need_no_keys_for_tokens_unless_tokens_are_required() -> None:
    sessions = Settings.from_environment(SOUND | SESSIONS)
    assert sessions.project_sessions is not None
    assert sessions.draft_engine is sessions.project_sessions
    [sentence] = mistakes(**SESSIONS, REQUIRE_AUTH="true")
    assert sentence.startswith("Neither JWT_SECRET nor JWT_JWKS_URL is set")
    keyed = SOUND | SESSIONS | {"REQUIRE_AUTH": "true", "JWT_SECRET": "secret" * 6}
    assert Settings.from_environment(keyed).project_sessions is not None
    [sentence] = mistakes(**SESSIONS | {"PRODUCT_DRAFTS": "true"})
    assert sentence.startswith("Neither JWT_SECRET nor JWT_JWKS_URL is set")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REQUIRE_AUTH", "maybe"),
        ("SESSION_TTL", "a day"),
        ("SESSION_CREATES_PER_MINUTE", "0"),
        ("BUILDING_TYPES", " , "),
        ("PROJECT_NAME_PATTERN", "["),
        ("MAX_FILE_MB", "0"),
    ],
)
def test_an_invalid_setting_of_sessions_is_reported_like_any_other(name: str, value: str) -> None:
    [sentence] = mistakes(**SESSIONS | {name: value})
    assert sentence.startswith(f"{name} is wrong: ")


def test_a_session_that_would_outlive_the_longest_is_refused() -> None:
    [sentence] = mistakes(**SESSIONS, SESSION_TTL="172801")
    assert sentence.startswith("SESSION_TTL is above SESSION_MAX_TTL: ")
    for longest in ("86400", "172800"):
        given = SOUND | SESSIONS | {"SESSION_TTL": "86400", "SESSION_MAX_TTL": longest}
        assert Settings.from_environment(given).project_sessions is not None
