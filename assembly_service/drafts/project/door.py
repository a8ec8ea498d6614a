"""Who calls, and what the log may show of their session."""

from dataclasses import dataclass

from aiohttp import web

from assembly_service.drafts.access.caller import Caller
from assembly_service.drafts.access.tokens import TokenVerifier, Unauthorized
from assembly_service.drafts.engine.identifiers import is_session_id
from assembly_service.drafts.engine.request_keys import SESSION_ID
from assembly_service.drafts.engine.requests import caller_if_any
from assembly_service.settings.values import TrustedProxies


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """Identifies callers. `require_auth`: every call needs a token."""

    verifier: TokenVerifier
    require_auth: bool
    trusted_proxies: TrustedProxies

    async def caller(self, request: web.Request) -> Caller | None:
        """Return the caller, or None without a token. Raises Unauthorized."""
        caller = await caller_if_any(request, self.verifier)
        if caller is None and self.require_auth:
            raise Unauthorized
        return caller

    async def check_token(self, request: web.Request) -> None:
        """Raise Unauthorized if a token is sent that does not verify."""
        await caller_if_any(request, self.verifier)

    def note_session(self, request: web.Request, named: str) -> None:
        """Let the log show the session that a body names."""
        if is_session_id(named):
            request[SESSION_ID] = named.lower()
