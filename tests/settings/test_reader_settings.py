"""Readers' tokens are asked for only where they can be verified, and tickets signed."""

import pytest

from assembly_service.settings.service import Settings
from tests.settings.environments import DRAFTS, SOUND, mistakes

SECRET = {"JWT_SECRET": DRAFTS["JWT_SECRET"]}
ISSUER = {"JWT_JWKS_URL": "https://login.example/jwks.json"}
TICKETS = {"READER_TICKET_SECRET": "another-horse-battery-staple-1234"}


@pytest.mark.parametrize("auth", ["optional", "required"])
def test_readers_tokens_need_what_verifies_them_and_what_signs_tickets(auth: str) -> None:
    wanted = {"READER_AUTH": auth}
    assert mistakes(**wanted) == [
        f"READER_AUTH is {auth} and neither JWT_SECRET nor JWT_JWKS_URL is set: set what verifies "
        "the readers' tokens (see .env.example)."
    ]
    assert mistakes(**wanted, **ISSUER) == [
        f"READER_AUTH is {auth} with JWT_JWKS_URL, and READER_TICKET_SECRET is not set: give all "
        "instances a secret that signs tickets (see .env.example)."
    ]
    for given in (SECRET, SECRET | TICKETS, ISSUER | TICKETS, DRAFTS):
        settings = Settings.from_environment(SOUND | wanted | given)
        assert settings.tokens is not None
        assert settings.tokens.verifies_tokens


def test_a_worker_has_no_readers_to_verify() -> None:
    given = {"READER_AUTH": "required", "SERVICE_ROLE": "worker"}
    assert Settings.from_environment(SOUND | given).reader_auth == "required"


def test_without_reader_auth_secrets_of_tokens_are_not_read() -> None:
    given = SOUND | {"JWT_SECRET": "short", "READER_AUTH": "Off"}
    assert Settings.from_environment(given).tokens is None


def test_a_word_or_a_claim_that_is_none_is_named() -> None:
    told = mistakes(
        READER_AUTH="yes", READER_SELLERS_CLAIM='my "sellers"', READER_TICKET_SECRET="x"
    )
    assert [sentence.partition(" is wrong")[0] for sentence in told] == [
        "READER_AUTH",
        "READER_SELLERS_CLAIM",
        "READER_TICKET_SECRET",
    ]
