"""Opens what verifies tokens, once for all the calls of an instance."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web
from prometheus_client import CollectorRegistry

from assembly_service.access.operators import operator_of
from assembly_service.access.readers import Readers
from assembly_service.access.tickets import Tickets
from assembly_service.access.tokens import TokenVerifier, open_verifier
from assembly_service.settings.service import Settings

Authorize = Callable[[web.Request], Awaitable[str]]
"""Returns the user whose token permits to act as an operator. Raises Problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Who may do what in an instance.

    `verifier` is None if no call takes tokens, `authorize` if no operator's token is verified, and
    `readers` if everybody may read everything.
    """

    verifier: TokenVerifier | None = None
    authorize: Authorize | None = None
    readers: Readers | None = None


@asynccontextmanager
async def open_access(settings: Settings, registry: CollectorRegistry) -> AsyncIterator[Access]:
    """Open what verifies the tokens of an instance."""
    tokens = settings.tokens
    if tokens is None:
        yield Access(readers=_readers(settings, None))
        return
    async with open_verifier(tokens, registry) as verifier:
        yield Access(
            verifier=verifier,
            authorize=partial(operator_of, verifier=verifier) if tokens.verifies_tokens else None,
            readers=_readers(settings, verifier),
        )


def _readers(settings: Settings, verifier: TokenVerifier | None) -> Readers | None:
    if settings.reader_auth == "off" or settings.service_role == "worker":
        return None
    tokens = settings.tokens
    secret = settings.reader_ticket_secret or (tokens.jwt_secret if tokens else None)
    if verifier is None or secret is None:
        raise ValueError("nothing verifies readers' tokens, or signs their tickets")
    return Readers(settings, verifier=verifier, tickets=Tickets(secret))
