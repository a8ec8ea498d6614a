"""The issuer's public keys, fetched when needed and cached."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import aiohttp
import jwt
import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge

log = structlog.get_logger()

ALGORITHM = "RS256"
_RENEW_SECONDS = 300
_FRESH_SECONDS = 600
_ASK_AGAIN_SECONDS = 30
_HELD_SECONDS = 86_400
_MOST_BYTES = 1_048_576


class KeysUnavailable(Exception):
    """The keys are not available, so no token can be verified at the moment."""


class KeySetMetrics:
    """The metrics of the issuer's keys."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self.failures = Counter(
            "assembly_token_keys_fetch_failures",
            "Times that the issuer was asked for its keys and did not give them.",
            registry=registry,
        )
        self.age = Gauge(
            "assembly_token_keys_age_seconds",
            "Time since the issuer gave its keys; infinite if it never did. They serve for a day.",
            registry=registry,
        )


class KeySet:
    """The keys that verify RS256 signatures, by their `kid`.

    Keys older than five minutes are refreshed in the background. After ten minutes a call waits
    for fresh ones, because the issuer may have withdrawn a key. An unknown `kid` triggers a fetch
    too, at most every 30 seconds. While the issuer does not answer, the last keys stay valid for a
    day, and only calls with an unknown `kid` wait.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        url: str,
        metrics: KeySetMetrics,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._url = url
        self._monotonic = monotonic
        self._keys: list[jwt.PyJWK] = []
        self._fetched_at = -float("inf")
        self._asked_at = -float("inf")
        self._fetching: asyncio.Task[None] | None = None
        self._has_failed = False
        self._failures = metrics.failures
        metrics.age.set_function(self._age)

    async def find(self, key_id: str | None) -> jwt.PyJWK | None:
        """Return the key of that id, or the only key if there is no id; None if unknown.

        Raises KeysUnavailable.
        """
        valid_for = _HELD_SECONDS if self._has_failed else _FRESH_SECONDS
        if self._age() >= valid_for or self._held(key_id) is None:
            await self.refresh()
        elif self._age() >= _RENEW_SECONDS:
            self._begin_fetch()
        if self._age() >= _HELD_SECONDS:
            raise KeysUnavailable("The keys that verify tokens cannot be fetched.")
        return self._held(key_id)

    async def close(self) -> None:
        """Cancel a running fetch."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait([self._fetching])

    def _age(self) -> float:
        return self._monotonic() - self._fetched_at

    def _held(self, key_id: str | None) -> jwt.PyJWK | None:
        if key_id is None:
            return self._keys[0] if len(self._keys) == 1 else None
        return next((key for key in self._keys if key.key_id == key_id), None)

    async def refresh(self) -> None:
        """Fetch the keys, once for all concurrent callers, unless it is too soon."""
        self._begin_fetch()
        if self._fetching is not None:
            # A caller who hangs up must not cancel the fetch of the others.
            await asyncio.shield(self._fetching)

    def _begin_fetch(self) -> None:
        if self._fetching is not None:
            return
        holds = self._age() < _HELD_SECONDS
        if not holds or self._monotonic() - self._asked_at >= _ASK_AGAIN_SECONDS:
            self._asked_at = self._monotonic()
            self._fetching = asyncio.create_task(self._fetch(), name="fetch-token-keys")

    async def _fetch(self) -> None:
        try:
            self._keys = _read(await self._body())
            self._fetched_at = self._monotonic()
            self._has_failed = False
        except (aiohttp.ClientError, OSError, ValueError, RecursionError) as error:
            self._has_failed = True
            self._failures.inc()
            log.warning("token_keys_not_fetched", reason=_in_words(error))
        finally:
            self._fetching = None

    async def _body(self) -> bytes:
        # Keys come from the configured address only.
        async with self._session.get(self._url, allow_redirects=False) as response:
            if response.status != HTTPStatus.OK:
                raise ValueError(f"it answered with status {response.status}")
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > _MOST_BYTES:
                    raise ValueError(f"it answered with more than {_MOST_BYTES} bytes")
            return bytes(body)


def _in_words(error: Exception) -> str:
    """Return what went wrong, without the URL, which may contain a secret."""
    if isinstance(error, aiohttp.ClientResponseError):
        return f"its answer is not HTTP ({error.message.splitlines()[0]})"
    if isinstance(error, aiohttp.InvalidURL):
        return "its URL cannot be used"
    return str(error) or type(error).__name__


def _read(body: bytes) -> list[jwt.PyJWK]:
    """Return the usable keys of a key set (RFC 7517). Raises ValueError if it is none."""
    document = json.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(entries, list):
        raise ValueError("its answer is not a key set")  # noqa: TRY004
    keys = []
    for entry in entries:
        if isinstance(entry, dict) and _fits(entry):
            # Only RSA's public parts, should the issuer ever publish more.
            public = {name: entry.get(name) for name in ("kty", "kid", "n", "e")}
            with suppress(jwt.PyJWTError):
                keys.append(jwt.PyJWK(public, ALGORITHM))
    return keys


def _fits(entry: dict[str, Any]) -> bool:
    uses = entry.get("key_ops")
    return (
        entry.get("alg", ALGORITHM) == ALGORITHM
        and entry.get("use", "sig") == "sig"
        and (not isinstance(uses, list) or "verify" in uses)
    )
