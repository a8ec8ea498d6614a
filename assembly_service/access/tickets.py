"""Tickets for event streams: browsers send no token with them, only what is in the URL.

A ticket names one seller, opens its stream for a minute, and is good for nothing else. Any instance
with the same secret takes it; none has to remember it.
"""

import hashlib
import hmac
import os
import time
from collections.abc import Callable

import jwt

from assembly_service.access.token_metrics import UnauthorizedReason
from assembly_service.access.tokens import Unauthorized

TICKET_SECONDS = 60
_ALGORITHM = "HS256"
_PURPOSE = "event-stream"


class Tickets:
    """Issues and reads tickets. `seconds` returns the Unix time."""

    def __init__(self, secret: str, *, seconds: Callable[[], float] = time.time) -> None:
        # A key of its own: a token signed with the secret cannot pass as a ticket, nor vice versa.
        self._key = hmac.digest(os.fsencode(secret), b"reader tickets", hashlib.sha256)
        self._seconds = seconds

    def issue(self, seller_handle: str, until: int | None) -> str:
        """Return a ticket for a seller's stream. Both end at `until`, in milliseconds."""
        expires = int(self._seconds()) + TICKET_SECONDS
        claims = {
            "aud": _PURPOSE,
            "exp": expires if until is None else min(expires, until // 1000),
            "seller": seller_handle,
            "until": until,
        }
        return jwt.encode(claims, self._key, algorithm=_ALGORITHM)

    def read(self, ticket: str) -> tuple[str, int | None]:
        """Return the seller that a ticket names, and when its stream ends. Raises Unauthorized."""
        try:
            if not ticket.isascii():
                raise jwt.DecodeError
            claims = jwt.decode(
                ticket,
                self._key,
                algorithms=[_ALGORITHM],
                audience=_PURPOSE,
                options={"require": ["exp", "seller"]},
            )
        except jwt.ExpiredSignatureError:
            raise Unauthorized("The ticket has expired", UnauthorizedReason.EXPIRED) from None
        except jwt.PyJWTError:
            raise Unauthorized("The ticket was not issued by this service") from None
        return claims["seller"], claims.get("until")
