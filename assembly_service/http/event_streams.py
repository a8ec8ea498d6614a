"""Server-sent events: how they are written, and where they are served."""

import re
from http import HTTPStatus

from aiohttp import web

from assembly_service.runtime.jitter import spread

EVENTS_PATH = "/api/v1/shop/{handle}/events"
TICKETS_PATH = f"{EVENTS_PATH}/ticket"
EVENT_STREAM = "text/event-stream"
HEARTBEAT = b": still here\n\n"
_EVENTS = re.compile(EVENTS_PATH.replace("{handle}", "[^/]*"))
_EVENTS_AND_TICKETS = re.compile(f"{_EVENTS.pattern}(/ticket)?")
# Proxies neither keep a stream, nor compress it, nor hold it back.
_HEADERS = {"Cache-Control": "no-store, no-transform", "X-Accel-Buffering": "no"}
_OVERLOAD_SECONDS = 5.0, 15.0


def is_event_stream(request: web.BaseRequest) -> bool:
    """Whether a request is for a stream of events."""
    return _EVENTS.fullmatch(request.path) is not None


def opens_event_stream(request: web.BaseRequest) -> bool:
    """Whether a request is for a stream of events, or for a ticket to one."""
    return _EVENTS_AND_TICKETS.fullmatch(request.path) is not None


class EventStreamResponse(web.StreamResponse):
    """The head of a stream. Its body ends with its connection, for every version of HTTP.

    Without chunks a frame is the same bytes for every client.
    """

    _length_check = False

    def __init__(self) -> None:
        super().__init__(headers=_HEADERS)
        self.content_type = EVENT_STREAM
        self.charset = "utf-8"
        self.force_close()


def event_frame(event: str, data: bytes, *, event_id: str | None = None) -> bytes:
    """Return an event. `data` is JSON, in one line."""
    head = b"" if event_id is None else f"id: {event_id}\n".encode()
    return b"%bevent: %b\ndata: %b\n\n" % (head, event.encode(), data)


def retry_frame(least: float, most: float, *, why: str = "") -> bytes:
    """Return a request to wait some seconds before reconnecting, different for each client."""
    comment = f": {why}\n" if why else ""
    return f"{comment}retry: {round(spread(least, most) * 1000)}\n\n".encode()


def overload_frame(why: str) -> bytes:
    """Return the end of a stream that cannot be served now."""
    return retry_frame(*_OVERLOAD_SECONDS, why=why)


def overload_response(why: str) -> web.Response:
    """Answer a request for a stream that cannot be served now.

    With any other status than 200 an EventSource would never reconnect.
    """
    return web.Response(
        status=HTTPStatus.OK.value,
        body=overload_frame(why),
        headers={**_HEADERS, "Content-Type": f"{EVENT_STREAM}; charset=utf-8"},
    )
