"""Identifies callers."""

from dataclasses import dataclass

from aiohttp import web

from assembly_service.access.caller import Caller
from assembly_service.access.requests import caller_if_any, caller_of
from assembly_service.access.tokens import TokenVerifier
from assembly_service.settings.values import TrustedProxies


@dataclass(frozen=True, slots=True, kw_only=True)
class Authentication:
    """Identifies callers. `require_auth`: every call needs a token."""

    verifier: TokenVerifier
    require_auth: bool
    trusted_proxies: TrustedProxies

    async def caller(self, request: web.Request) -> Caller | None:
        """Return the caller, or None without a token. Raises Unauthorized."""
        if self.require_auth:
            return await caller_of(request, self.verifier)
        return await caller_if_any(request, self.verifier)

    async def check_token(self, request: web.Request) -> None:
        """Raise Unauthorized if a token is sent that does not verify."""
        await caller_if_any(request, self.verifier)
