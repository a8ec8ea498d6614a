"""Follows sellers over Socket.IO, without a gap when a connection is lost."""

import asyncio
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import socketio

from assembly_service.settings.masking import mask_urls

Event = dict[str, Any]
Handler = Callable[[Event], None]

_NAMESPACE = "/products"
_PUSHES = ("new_product", "product_updated", "resync")
_ANSWER_SECONDS = 5
_PAUSE_SECONDS = 1
_ADVICE = "give a valid one with --token or READER_TOKEN."
_TRANSIENT = {"internal_error", "service_stopping", "temporarily_unavailable", "too_many_requests"}


class Unreachable(Exception):
    """The service does not answer; the text of the exception is a sentence."""


class SubscribeRefused(Exception):
    """The service refuses for good; the text of the exception is a sentence."""


class Follower:
    """Keeps a connection subscribed to sellers.

    `show` gets each push with its name, `note` sentences about the connection.
    """

    def __init__(
        self,
        *,
        url: str,
        sellers: Iterable[str],
        token: str | None = None,
        show: Callable[[str, Event], None],
        note: Callable[[str], None],
    ) -> None:
        self._url = url
        # The timestamp of the last finished subscription: the `since` of the next one.
        self._since: dict[str, str | None] = dict.fromkeys(sellers)
        self._auth = {} if token is None else {"token": token}
        self._show = show
        self._note = note
        self._refusal: str | None = None
        self._not_shown: OSError | None = None

    async def follow(self) -> None:
        """Run until cancelled.

        Raises Unreachable if the first connection fails, SubscribeRefused if the service refuses a
        subscription, and OSError if `show` or `note` does.
        """
        await self._stay_connected()
        while True:
            self._note("The connection is lost; trying again ...")
            await self._come_back()

    async def _come_back(self) -> None:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            with suppress(Unreachable):
                return await self._stay_connected()

    async def _stay_connected(self) -> None:
        # The library's own wait() goes on for half a minute after the server has disconnected.
        lost = asyncio.Event()
        client = self._client(lost)
        client.on("disconnect", lambda _reason: lost.set(), namespace=_NAMESPACE)
        try:
            await client.connect(
                self._url,
                auth=self._auth,
                namespaces=[_NAMESPACE],
                wait_timeout=_ANSWER_SECONDS,
            )
            for seller, since in self._since.items():
                request = {"seller_handle": seller} | ({"since": since} if since else {})
                await client.emit("subscribe_to_seller", request, namespace=_NAMESPACE)
            await lost.wait()
        except (socketio.exceptions.ConnectionError, ValueError) as error:
            if self._refusal is not None:
                raise SubscribeRefused(self._refusal) from None
            raise Unreachable(
                mask_urls(f"The service does not answer at {self._url}{_reason(error)}. ")
                + "Start it with `make run`, or give its address with --url."
            ) from None
        finally:
            await client.disconnect()
        if self._not_shown is not None:
            raise self._not_shown
        if self._refusal is not None:
            raise SubscribeRefused(self._refusal)

    def _client(self, lost: asyncio.Event) -> Any:
        # Follower reconnects, because the library does not do so after the server has closed the
        # connection, as a service does when it restarts.
        client = socketio.AsyncClient(reconnection=False, handle_sigint=False)
        handlers = {
            **{name: self._push(name) for name in _PUSHES},
            "subscribed": self._subscribed,
            "error": lambda data: self._refused(data, lost),
        }
        for name, handler in handlers.items():
            client.on(name, self._ending(handler, lost), namespace=_NAMESPACE)
        client.on("connect_error", self._not_admitted, namespace=_NAMESPACE)
        return client

    def _ending(self, handler: Handler, lost: asyncio.Event) -> Handler:
        """Wrap a handler so that the connection ends when it cannot print."""

        def handle(data: Event) -> None:
            try:
                handler(data)
            except OSError as error:
                self._not_shown = error
                lost.set()

        return handle

    def _push(self, name: str) -> Handler:
        return lambda data: self._show(name, data)

    def _subscribed(self, data: Event) -> None:
        seller = data["seller_handle"]
        since, self._since[seller] = self._since.get(seller), data["timestamp"]
        self._note(f"Subscribed to {seller}" + (f", from {since} on." if since else "."))

    def _not_admitted(self, error: object) -> None:
        """Give up if it is the service that refuses the token; other errors are texts."""
        match error:
            case {"message": str(message), "data": {"code": code}}:
                # What follows says what to do with Socket.IO.
                wrong, *_ = message.rsplit(": ", 1)
                self._refusal = f"The service says: {wrong} ({code}): {_ADVICE}"

    def _refused(self, data: Event, lost: asyncio.Event) -> None:
        """Reconnect and subscribe again, or give up if the refusal is final."""
        sentence = f"The service says: {data.get('message')} ({data.get('code')})"
        if data.get("code") in _TRANSIENT:
            self._note(sentence)
        else:
            self._refusal = sentence
        lost.set()


def _reason(error: Exception) -> str:
    """Return what python-socketio says of a server that answers; aiohttp's texts are not prose."""
    text = str(error)
    return f" ({text})" if text.startswith(("Unexpected", "One or more namespaces")) else ""
