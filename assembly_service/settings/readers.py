"""Settings of readers: who may read shops."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from assembly_service.settings.drafts import TokenSettings
from assembly_service.settings.values import SENTENCE, Secret, SettingsModel, shaped

ReaderAuth = Literal["off", "optional", "required"]
ClaimName = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9_.:/~-]{1,128}",
        "the name of a claim, as in sellers or https://shop.example/sellers",
    ),
]
_OFF: ReaderAuth = "off"


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


class ReaderSettings(SettingsModel):
    """Whether readers need tokens, and what in a token names the sellers that it may read."""

    reader_auth: Annotated[ReaderAuth, BeforeValidator(_lower)] = _OFF
    reader_sellers_claim: ClaimName = "sellers"
    reader_ticket_secret: Secret | None = Field(default=None, repr=False)

    token_settings: TokenSettings | None = None

    def check_tokens(self, tokens: TokenSettings | None) -> None:
        """Raise PydanticCustomError if readers' tokens could not be verified, or tickets signed."""
        if self.reader_auth == _OFF:
            return
        if tokens is None or not tokens.verifies_tokens:
            raise PydanticCustomError(
                SENTENCE,
                "READER_AUTH is {auth} and neither JWT_SECRET nor JWT_JWKS_URL is set: set what "
                "verifies the readers' tokens (see .env.example).",
                {"auth": self.reader_auth},
            )
        if tokens.jwt_secret is None and self.reader_ticket_secret is None:
            raise PydanticCustomError(
                SENTENCE,
                "READER_AUTH is {auth} with JWT_JWKS_URL, and READER_TICKET_SECRET is not set: "
                "give all instances a secret that signs tickets (see .env.example).",
                {"auth": self.reader_auth},
            )


def given_token_settings(given: Mapping[str, object]) -> Mapping[str, object] | None:
    """Return the settings of tokens if anything verifies tokens, and something asks for them.

    Operators with a port of their own do, and readers; draft systems have these settings anyway.
    """
    has_port = given.get("OPERATIONS_PORT", "0") != "0"
    has_readers = str(given.get("READER_AUTH", _OFF)).lower() != _OFF
    verifies = "JWT_SECRET" in given or "JWT_JWKS_URL" in given
    return {**given} if verifies and (has_port or has_readers) else None
