"""Hands a connection over from HTTP to another protocol."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter

from assembly_service.http.connections import Connection


class Handover:
    """A connection that no longer belongs to HTTP.

    Whoever takes it sets the protocol of `transport` at once, passes it the `unread` bytes that the
    client has already sent, and calls `ended` when the connection is lost.
    """

    __slots__ = ("_when_ended", "transport", "unread")

    def __init__(self, connection: Connection) -> None:
        self.transport, self.unread, note_lost = connection.let_go()
        self._when_ended = [note_lost]

    def when_ended(self, callback: Callable[[], None]) -> None:
        """Have something called when the connection is lost."""
        self._when_ended.append(callback)

    def ended(self) -> None:
        """Note that the connection is lost."""
        for callback in self._when_ended:
            callback()


class HandedOver(web.StreamResponse):
    """Stands where a response stood: everything is written by the other protocol."""

    def __init__(self, handover: Handover) -> None:
        super().__init__(status=HTTPStatus.SWITCHING_PROTOCOLS)
        self.handover = handover

    @property
    def prepared(self) -> bool:
        """Whether it is too late to change the response."""
        return True

    async def prepare(self, request: web.BaseRequest) -> AbstractStreamWriter | None:  # noqa: ARG002
        """Write nothing."""
        return None

    async def write_eof(self, data: bytes = b"") -> None:
        """Write nothing."""


def hand_over(request: web.BaseRequest) -> Handover:
    """Take the connection of a request from HTTP. Raises ConnectionError."""
    connection: Any = request.protocol
    if not isinstance(connection, Connection):
        raise TypeError("connections are handed over by http_server alone")
    return Handover(connection)
