"""`token` prints one token, which the service accepts."""

import subprocess
import sys
import time
from pathlib import Path

import jwt
import pytest
from prometheus_client import CollectorRegistry

from assembly_service.access.caller import Caller, Privilege
from assembly_service.access.tokens import open_verifier
from assembly_service.cli.environment import LOCAL_FILE, local_file_text
from assembly_service.settings.drafts import TokenSettings
from tests.cli.runs import Outcome, bare_environment, run

SECRET = "correct-horse-battery-staple-1234"  # noqa: S105
OF_THE_FILE = "the-secret-that-the-local-mode-made"


def make_token(directory: Path, *arguments: str, **environment: str) -> Outcome:
    return run(
        "token",
        *("--privilege", "admin", "--org", "org-1", *arguments),
        directory=directory,
        environment=bare_environment(**environment),
    )


async def caller_of(outcome: Outcome, secret: str = SECRET) -> Caller:
    """The caller that a printed token identifies."""
    assert outcome.code == 0, outcome.err
    assert outcome.err == ""
    [token] = outcome.out.splitlines()
    settings = TokenSettings(jwt_secret=secret)
    async with open_verifier(settings, CollectorRegistry()) as verifier:
        return await verifier.caller(f"Bearer {token}")


async def test_the_token_has_the_given_claims(tmp_path: Path) -> None:
    assert await caller_of(make_token(tmp_path, JWT_SECRET=SECRET)) == Caller(
        user_id="local-user", privilege=Privilege.ADMIN, organization="org-1"
    )
    other = make_token(tmp_path, "--user", "user-1", "--org", "org-2", JWT_SECRET=SECRET)
    assert await caller_of(other) == Caller(
        user_id="user-1", privilege=Privilege.ADMIN, organization="org-2"
    )


async def test_the_token_of_a_reader_names_the_sellers(tmp_path: Path) -> None:
    named = ("--seller", "amani", "--seller", "baraka")
    outcome = make_token(tmp_path, *named, JWT_SECRET=SECRET, READER_SELLERS_CLAIM="shops")
    async with open_verifier(TokenSettings(jwt_secret=SECRET), CollectorRegistry()) as verifier:
        assert (await verifier.claims(outcome.out.strip()))["shops"] == ["amani", "baraka"]


async def test_the_token_of_an_owner_has_their_member_id(tmp_path: Path) -> None:
    given = ("--privilege", "owner", "--business-id", "osot-0000123")
    assert await caller_of(make_token(tmp_path, *given, JWT_SECRET=SECRET)) == Caller(
        user_id="local-user",
        privilege=Privilege.OWNER,
        organization="org-1",
        business_id="osot-0000123",
    )
    empty = make_token(tmp_path, "--business-id", "", JWT_SECRET=SECRET)
    assert empty.code == 2


async def test_ids_may_be_as_long_as_the_service_accepts(tmp_path: Path) -> None:
    outcome = make_token(tmp_path, "--user", "u" * 255, "--org", "o" * 255, JWT_SECRET=SECRET)
    caller = await caller_of(outcome)
    assert (caller.user_id, caller.organization) == ("u" * 255, "o" * 255)


def test_the_command_loads_without_the_library_of_ciphers() -> None:
    code = "import assembly_service.cli.commands.token, sys; sys.exit('jwt' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("said", "privilege"),
    [("owner", Privilege.OWNER), ("2", Privilege.ADMIN), ("Main", Privilege.MAIN)],
)
async def test_a_privilege_is_given_as_a_word_or_a_number(
    tmp_path: Path, said: str, privilege: Privilege
) -> None:
    outcome = make_token(tmp_path, "--privilege", said, JWT_SECRET=SECRET)
    assert (await caller_of(outcome)).privilege is privilege


@pytest.mark.parametrize(
    ("arguments", "seconds"),
    [
        ([], 43_200),
        (["--valid", "90"], 90),
        (["--valid", "15m"], 900),
        (["--valid", "8h"], 28_800),
        (["--valid", "2d"], 172_800),
    ],
)
def test_it_is_valid_for_the_given_time(tmp_path: Path, arguments: list[str], seconds: int) -> None:
    before = int(time.time())
    outcome = make_token(tmp_path, *arguments, JWT_SECRET=SECRET)
    claims = jwt.decode(outcome.out.strip(), options={"verify_signature": False})
    assert before + seconds <= claims["exp"] <= int(time.time()) + seconds


def test_it_has_the_audience_of_the_settings(tmp_path: Path) -> None:
    outcome = make_token(tmp_path, JWT_SECRET=SECRET, JWT_AUDIENCE="shop")
    claims = jwt.decode(outcome.out.strip(), options={"verify_signature": False})
    assert claims["aud"] == "shop"


async def test_it_passes_the_optional_checks_of_the_service(tmp_path: Path) -> None:
    checks = TokenSettings(
        jwt_secret=SECRET,
        jwt_issuer="https://login.example",
        jwt_type="at+jwt",
        jwt_max_lifetime_seconds=900,
    )
    environment = {"JWT_SECRET": SECRET, "JWT_ISSUER": "https://login.example"}
    environment |= {"JWT_TYPE": "at+jwt", "JWT_MAX_LIFETIME_SECONDS": "900"}
    outcome = make_token(tmp_path, **environment)
    async with open_verifier(checks, CollectorRegistry()) as verifier:
        assert await verifier.caller(f"Bearer {outcome.out.strip()}")
    too_long = make_token(tmp_path, "--valid", "16m", **environment)
    assert too_long.code == 2
    assert "JWT_MAX_LIFETIME_SECONDS allows at most 900 seconds" in too_long.sentences[-1]


async def test_the_secret_of_the_local_mode_is_found(tmp_path: Path) -> None:
    file = tmp_path / LOCAL_FILE
    file.parent.mkdir()
    file.write_text(local_file_text({"JWT_SECRET": OF_THE_FILE}))
    assert await caller_of(make_token(tmp_path, JWT_SECRET=""), OF_THE_FILE)
    assert await caller_of(make_token(tmp_path, JWT_SECRET=SECRET))


async def test_a_token_for_sessions_needs_no_more_than_a_user(tmp_path: Path) -> None:
    environment = bare_environment(JWT_SECRET=SECRET)
    outcome = run("token", "--user", "ada", directory=tmp_path, environment=environment)
    assert await caller_of(outcome) == Caller(user_id="ada", privilege=None, organization=None)


@pytest.mark.parametrize(
    ("environment", "complaint"),
    [
        ({}, "JWT_SECRET is not set: start the local service with `make run`"),
        ({"JWT_SECRET": "hunter2"}, "JWT_SECRET is wrong: "),
        ({"JWT_JWKS_URL": "https://login.example/jwks.json"}, "The tokens are verified with"),
        (
            {"JWT_SECRET": SECRET, "JWT_JWKS_URL": "https://a"},
            "JWT_SECRET and JWT_JWKS_URL are both",
        ),
    ],
)
def test_without_a_secret_to_sign_with_it_says_what_to_do(
    tmp_path: Path, environment: dict[str, str], complaint: str
) -> None:
    outcome = make_token(tmp_path, **environment)
    assert outcome.code == 2
    assert outcome.out == ""
    [sentence] = outcome.sentences
    assert sentence.startswith(f"Error: {complaint}")
    assert "hunter2" not in sentence


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--privilege", "root"], "--privilege"),
        (["--privilege", "4"], "--privilege"),
        (["--valid", "0"], "--valid"),
        (["--valid", "8 hours"], "--valid"),
        (["--org", ""], "--org"),
        (["--org", "o" * 256], "--org"),
        (["--org", f"{'0f' * 16}:{'A1' * 48}"], "--org"),
        (["--user", " "], "--user"),
        (["--user", "u" * 256], "--user"),
    ],
)
def test_a_wrong_argument_is_reported(tmp_path: Path, arguments: list[str], complaint: str) -> None:
    outcome = make_token(tmp_path, *arguments, JWT_SECRET=SECRET)
    assert outcome.code == 2
    assert complaint in outcome.sentences[-1]
