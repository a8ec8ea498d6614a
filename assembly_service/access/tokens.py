"""Verifies tokens, and reads who calls."""

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiohttp
import jwt
import structlog
from jwt.types import Options
from prometheus_client import CollectorRegistry

from assembly_service.access.caller import (
    LONGEST_CLAIM,
    Caller,
    is_encrypted,
    parse_id,
    parse_privilege,
    parse_user_id,
)
from assembly_service.access.key_set import ALGORITHM as KEY_SET_ALGORITHM
from assembly_service.access.key_set import KeySet, KeySetMetrics, KeysUnavailable
from assembly_service.access.token_metrics import TokenMetrics, UnauthorizedReason
from assembly_service.aws.proxies import proxy_for
from assembly_service.settings.drafts import TokenSettings

__all__ = [
    "KeysUnavailable",
    "TokenVerifier",
    "Unauthorized",
    "bearer",
    "is_bearer",
    "open_verifier",
]

log = structlog.get_logger()

FindKey = Callable[[str | None], Awaitable[jwt.PyJWK | bytes | None]]
"""Returns the key for a token's `kid`, or None if there is no such key."""

_FETCH_TIMEOUT = aiohttp.ClientTimeout(total=5)
_FAULTS: dict[type[jwt.PyJWTError], tuple[str, UnauthorizedReason]] = {
    jwt.ExpiredSignatureError: ("The token has expired", UnauthorizedReason.EXPIRED),
    jwt.ImmatureSignatureError: ("The token is not in force yet", UnauthorizedReason.NOT_IN_FORCE),
    jwt.InvalidAudienceError: (
        "The token is not meant for this service",
        UnauthorizedReason.AUDIENCE,
    ),
    jwt.InvalidIssuerError: ("The token is of another issuer", UnauthorizedReason.ISSUER),
    jwt.InvalidSignatureError: (
        "The signature of the token is not the issuer's",
        UnauthorizedReason.SIGNATURE,
    ),
    jwt.InvalidKeyError: (
        "The token was signed with a key that is not the issuer's",
        UnauthorizedReason.KEY,
    ),
    jwt.InvalidAlgorithmError: (
        "The token was signed with another algorithm",
        UnauthorizedReason.ALGORITHM,
    ),
}


class Unauthorized(Exception):
    """There is no valid token. `fault` says what is wrong with the one given, if any.

    It is a sentence for the caller, and quotes nothing of the token. `reason` is for metrics.
    """

    def __init__(
        self, fault: str | None = None, reason: UnauthorizedReason = UnauthorizedReason.MALFORMED
    ) -> None:
        super().__init__(fault or "There is no token")
        self.fault = fault
        self.reason = UnauthorizedReason.MISSING if fault is None else reason


class TokenVerifier:
    """Verifies tokens by one algorithm, whichever a token names."""

    def __init__(
        self, *, find_key: FindKey, algorithm: str, settings: TokenSettings, metrics: TokenMetrics
    ) -> None:
        self._find_key = find_key
        self._algorithm = algorithm
        self._settings = settings
        self._metrics = metrics
        self._longest = settings.jwt_max_lifetime_seconds
        self._options: Options = {
            "require": ["exp"] if self._longest is None else ["exp", "iat"],
            # The user is read below: it may be a number.
            "verify_sub": False,
            "enforce_minimum_key_length": True,
        }

    @contextmanager
    def refusals_counted(self) -> Iterator[None]:
        """Count a refusal that is raised within this context; do not nest it."""
        try:
            yield
        except Unauthorized as error:
            self._metrics.refused(error.reason)
            raise

    async def caller(self, authorization: str | None) -> Caller:
        """Return who calls, by the value of the header `Authorization`.

        Raises as `claims` does.
        """
        return _caller(await self.claims(bearer(authorization)))

    async def claims(self, token: str) -> dict[str, Any]:
        """Return what a token says; its `exp` is there, and in the future.

        Raises Unauthorized, and KeysUnavailable if the issuer's keys are not available.
        """
        # The library fails on characters that cannot be encoded.
        if not token.isascii():
            raise Unauthorized("The token is malformed")
        try:
            header = jwt.get_unverified_header(token)
            # Checked before a key is fetched for it.
            if header.get("alg") != self._algorithm:
                raise jwt.InvalidAlgorithmError
            self._check_type(header.get("typ"))
            claims: dict[str, Any] = jwt.decode(
                token,
                await self._key(header.get("kid")),
                algorithms=[self._algorithm],
                audience=self._settings.jwt_audience,
                issuer=self._settings.jwt_issuer,
                leeway=self._settings.jwt_leeway_seconds,
                options=self._options,
            )
        except jwt.MissingRequiredClaimError as error:
            raise Unauthorized(
                f"The token lacks the claim {error.claim}", UnauthorizedReason.INCOMPLETE
            ) from None
        except jwt.PyJWTError as error:
            raise Unauthorized(*_FAULTS.get(type(error), ("The token is malformed",))) from None
        if self._longest is not None and int(claims["exp"]) - int(claims["iat"]) > self._longest:
            raise Unauthorized(
                "The token is valid for longer than this service allows",
                UnauthorizedReason.LIFETIME,
            )
        return claims

    def end_of(self, claims: Mapping[str, Any]) -> int:
        """Return when a verified token expires, in milliseconds since 1970, as it is checked."""
        return (int(claims["exp"]) + self._settings.jwt_leeway_seconds) * 1000

    def _check_type(self, given: object) -> None:
        wanted = self._settings.jwt_type
        if wanted is not None and (not isinstance(given, str) or _type(given) != _type(wanted)):
            raise Unauthorized(
                "The token does not have the type that this service accepts",
                UnauthorizedReason.TYPE,
            )

    async def _key(self, key_id: str | None) -> jwt.PyJWK | bytes:
        key = await self._find_key(key_id)
        if key is not None:
            return key
        if key_id is None:
            raise Unauthorized(
                "The token does not say which of the issuer's keys signed it (kid)",
                UnauthorizedReason.KEY,
            )
        raise jwt.InvalidKeyError


def _type(text: str) -> str:
    """Normalise a token's media type; `application/` is optional (RFC 7515, 4.1.9)."""
    return text.lower().removeprefix("application/")


def bearer(authorization: str | None) -> str:
    """Return the token in a header `Authorization`. Raises Unauthorized if there is none."""
    token = (authorization or "").partition(" ")[2].strip(" ")
    if authorization is None or not is_bearer(authorization) or not token:
        raise Unauthorized
    return token


def is_bearer(authorization: str) -> bool:
    """Whether a header `Authorization` is of the scheme that carries tokens."""
    return authorization.partition(" ")[0].lower() == "bearer"


def _caller(claims: dict[str, Any]) -> Caller:
    claim = claims["sub"] if "sub" in claims else claims.get("userId")
    user = parse_user_id(claim)
    if user is None:
        if isinstance(claim, str) and len(claim) > LONGEST_CLAIM:
            raise Unauthorized(
                f"The token names a user of more than {LONGEST_CLAIM} characters",
                UnauthorizedReason.USER,
            )
        raise Unauthorized("The token names no user", UnauthorizedReason.USER)
    return Caller(
        user_id=user,
        privilege=parse_privilege(claims.get("privilege")),
        organization=_organization(claims.get("organizationGuid")),
        business_id=parse_id(claims.get("userBusinessId")),
    )


def _organization(claim: object) -> str | None:
    if not is_encrypted(claim):
        return parse_id(claim)
    # Each token encrypts it differently, so drafts and codes would be lost with the next one.
    log.warning(
        "token_organization_encrypted",
        reason="the claim organizationGuid is encrypted: the issuer has to put the clear id there",
    )
    return None


@asynccontextmanager
async def open_verifier(
    settings: TokenSettings, registry: CollectorRegistry
) -> AsyncIterator[TokenVerifier]:
    """Open a verifier that uses the secret, or the keys that the issuer publishes.

    If the settings name neither, it refuses every token.
    """
    metrics = TokenMetrics(registry)
    if settings.jwt_jwks_url is None:
        make = _by_secret if settings.jwt_secret else _by_nothing
        yield make(settings, metrics)
        return
    url = settings.jwt_jwks_url
    async with aiohttp.ClientSession(
        timeout=_FETCH_TIMEOUT, cookie_jar=aiohttp.DummyCookieJar(), proxy=proxy_for(url)
    ) as session:
        keys = KeySet(session, url, KeySetMetrics(registry))
        # So that a wrong address is logged at start, not with the first call.
        await keys.refresh()
        try:
            yield TokenVerifier(
                find_key=keys.find,
                algorithm=KEY_SET_ALGORITHM,
                settings=settings,
                metrics=metrics,
            )
        finally:
            await keys.close()


def _by_nothing(settings: TokenSettings, metrics: TokenMetrics) -> TokenVerifier:
    """Return a verifier for an instance without tokens, which refuses any that is sent."""

    async def find_key(_: str | None) -> bytes:
        raise Unauthorized("This service verifies no tokens", UnauthorizedReason.NOT_VERIFIED)

    return TokenVerifier(find_key=find_key, algorithm="HS256", settings=settings, metrics=metrics)


def _by_secret(settings: TokenSettings, metrics: TokenMetrics) -> TokenVerifier:
    secret = os.fsencode(settings.jwt_secret or "")

    async def find_key(_: str | None) -> bytes:
        return secret

    return TokenVerifier(find_key=find_key, algorithm="HS256", settings=settings, metrics=metrics)
