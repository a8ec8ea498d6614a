"""Opens what verifies tokens: once in an instance, for all who ask who calls."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry

from assembly_service.access.operators import operator_of
from assembly_service.access.tokens import TokenVerifier, open_verifier
from assembly_service.settings.service import Settings

Authorize = Callable[[web.Request], Awaitable[str]]
"""Returns the user whose token permits to act as an operator. Raises Problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`verifier` is None if no call takes tokens; `authorize` is, if no tokens are verified."""

    verifier: TokenVerifier | None = None
    authorize: Authorize | None = None


@asynccontextmanager
async def open_access(settings: Settings, registry: CollectorRegistry) -> AsyncIterator[Access]:
    """Open what verifies the tokens of an instance."""
    tokens = settings.tokens
    if tokens is None:
        yield Access()
        return
    async with open_verifier(tokens, registry) as verifier:
        authorize = partial(operator_of, verifier=verifier) if tokens.verifies_tokens else None
        yield Access(verifier=verifier, authorize=authorize)
