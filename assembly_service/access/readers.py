"""Decides which sellers a reader may read: one rule for all doors."""

from dataclasses import dataclass
from typing import Any

from assembly_service.access.tickets import Tickets
from assembly_service.access.token_metrics import UnauthorizedReason
from assembly_service.access.tokens import TokenVerifier, Unauthorized, bearer
from assembly_service.settings.readers import ReaderSettings

ALL_SELLERS = "*"
"""What names every seller in a token."""


class SellerNotAllowed(Exception):
    """The reader may not read the seller. The message is a sentence for the reader."""

    def __init__(self) -> None:
        super().__init__("The token does not name this seller: ask for one that does.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """What a reader may read: these sellers, or all if it is None.

    `expires_at` is when the right ends, in milliseconds since 1970; None if it does not.
    """

    sellers: frozenset[str] | None = None
    expires_at: int | None = None

    def check(self, seller_handle: str) -> None:
        """Raise SellerNotAllowed if the reader may not read this seller."""
        if self.sellers is not None and seller_handle not in self.sellers:
            raise SellerNotAllowed


EVERYTHING = Reader()
NOTHING = Reader(sellers=frozenset())


class Readers:
    """Reads from tokens and tickets what their senders may read.

    A token is verified wherever one is sent. Without one everything may be read, unless the
    settings require tokens; then a token that names no sellers is good for nothing either.
    """

    def __init__(
        self, settings: ReaderSettings, *, verifier: TokenVerifier, tickets: Tickets
    ) -> None:
        self._claim = settings.reader_sellers_claim
        self._is_required = settings.reader_auth == "required"
        self._verifier = verifier
        self.refusals_counted = verifier.refusals_counted
        self._tickets = tickets

    async def by_token(self, token: object) -> Reader:
        """Return what the sender of a token, or of None, may read.

        Raises Unauthorized, and KeysUnavailable if the issuer's keys are not available.
        """
        if token is None:
            if self._is_required:
                raise Unauthorized
            return EVERYTHING
        if not isinstance(token, str):
            raise Unauthorized("The token is malformed")
        claims = await self._verifier.claims(token)
        return Reader(
            sellers=self._sellers(claims.get(self._claim)),
            expires_at=self._verifier.end_of(claims),
        )

    async def by_header(self, authorization: str | None) -> Reader:
        """Return what the sender of this header `Authorization` may read. Raises as `by_token`."""
        return await self.by_token(None if authorization is None else bearer(authorization))

    def by_ticket(self, ticket: str) -> Reader:
        """Return what the sender of a ticket may read. Raises Unauthorized."""
        seller_handle, expires_at = self._tickets.read(ticket)
        return Reader(sellers=frozenset({seller_handle}), expires_at=expires_at)

    def ticket(self, reader: Reader, seller_handle: str) -> str:
        """Return a ticket with which a reader may follow this seller.

        Raises SellerNotAllowed.
        """
        reader.check(seller_handle)
        return self._tickets.issue(seller_handle, reader.expires_at)

    def _sellers(self, claim: Any) -> frozenset[str] | None:
        if claim is None:
            return frozenset() if self._is_required else None
        named = [claim] if isinstance(claim, str) else claim
        if not isinstance(named, list) or not all(isinstance(each, str) for each in named):
            raise Unauthorized(
                f"The claim {self._claim} of the token is not a list of sellers",
                UnauthorizedReason.INCOMPLETE,
            )
        return None if ALL_SELLERS in named else frozenset(named)
