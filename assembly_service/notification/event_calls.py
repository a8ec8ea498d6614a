"""The call that follows a seller by server-sent events, declared, and its parameters."""

from contextlib import suppress
from dataclasses import dataclass, replace
from http import HTTPStatus

from aiohttp import web
from pydantic import TypeAdapter

from assembly_service.access.reader_calls import CHALLENGE, for_readers
from assembly_service.domain.timestamps import parse_timestamp
from assembly_service.http.answers import (
    RETRY_AFTER,
    UNEXPECTED,
    Answer,
    Content,
    json_answer,
    problem_answer,
)
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.event_streams import EVENT_STREAM, EVENTS_PATH, TICKETS_PATH
from assembly_service.http.parameters import Parameter, ParameterReader, count
from assembly_service.http.schemas import COUNT, TEXT, object_schema
from assembly_service.settings.readers import ReaderAuth
from assembly_service.shop.pages import MOST_PRODUCTS
from assembly_service.shop.parameters import HANDLE, SINCE

_SINCE = replace(
    SINCE,
    description="Sends first what has changed since: the `timestamp` of the last `subscribed`.",
)
_LAST_EVENT_ID: Parameter[str] = Parameter(
    name="Last-Event-ID",
    place="header",
    form=TypeAdapter(str),
    description="Like `since`, which it overrides. Browsers send it by themselves. An id that is"
    " not that of a `subscribed` causes a `resync`.",
)
_SNAPSHOT = count(
    "snapshot",
    most=MOST_PRODUCTS,
    description="How many of the newest products `subscribed` brings along. Ignored with `since`.",
)
_IF_TOKEN = {name: {**header, "required": False} for name, header in CHALLENGE.items()}

FOLLOW_SELLER = Call(
    method="GET",
    path=EVENTS_PATH,
    name="followSeller",
    summary="A seller's products as they are made and changed, as server-sent events",
    description="`new_product` and `product_updated` bring `{event_type, product, timestamp,"
    " correlation_id}`;"
    " `resync` asks to load the list again: `{seller_handle, reason, timestamp}`. `subscribed`"
    " follows on what was missed: `{seller_handle, message, timestamp}`, with `snapshot` if asked"
    " for; it alone has an id, with which an EventSource reconnects without a gap. All are the same"
    " as on the sockets. Products may come twice, and what is pushed before `subscribed` may be"
    " newer than the snapshot, so merge the snapshot into your list by `updated_at` instead of"
    " replacing the list. If the first product of a snapshot is too large to send, `resync` comes"
    " instead. With READER_AUTH, `token_expired` ends a stream: `{code, message, timestamp}`.",
    tag="products",
    parameters=(HANDLE, _SINCE, _SNAPSHOT, _LAST_EVENT_ID),
    answers=(
        Answer(
            status=HTTPStatus.OK,
            description="Events until the connection ends. A stream that cannot be served now ends"
            " at once, and `retry` says when to come back.",
            content={EVENT_STREAM: Content(schema=TEXT)},
            headers={
                "Cache-Control": {"schema": {"const": "no-store, no-transform"}},
                "X-Accel-Buffering": {
                    "description": "Keeps proxies from holding events back.",
                    "schema": {"const": "no"},
                },
            },
        ),
        problem_answer(HTTPStatus.BAD_REQUEST, "Invalid parameters, all listed in `errors`."),
        problem_answer(
            HTTPStatus.FORBIDDEN,
            "Pages of this origin may not follow sellers, or the token does not name this one.",
            headers=_IF_TOKEN,
        ),
        UNEXPECTED,
    ),
)
CREATE_TICKET = Call(
    method="POST",
    path=TICKETS_PATH,
    name="createTicket",
    summary="A ticket with which a client that sends no headers may follow a seller",
    description="Pass it to the event stream as `ticket` at once: it opens the stream of this"
    " seller for a minute, and lasts no longer than the token. An EventSource that reconnects"
    " with an older one is answered 401 and ends: open another one with a new ticket, and with"
    " `since` set to the id of the last `subscribed`.",
    tag="products",
    parameters=(HANDLE,),
    answers=(
        json_answer(HTTPStatus.OK, "The ticket.", "Ticket"),
        problem_answer(HTTPStatus.BAD_REQUEST, "Invalid parameters, all listed in `errors`."),
        problem_answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The issuer's keys for tokens are not available.",
            headers=RETRY_AFTER,
        ),
        UNEXPECTED,
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRequest:
    """A request to follow a seller. `since` is as `parse_timestamp` returns it, or None.

    `snapshot` is how many of the newest products are asked for; None without any, and always with
    `since` or `has_unknown_mark`: the client comes back with an id that tells nothing.
    """

    seller_handle: str
    since: str | None
    snapshot: int | None
    has_unknown_mark: bool


def read_stream_request(request: web.Request) -> StreamRequest:
    """Check all parameters. Raises Problem."""
    reader = ParameterReader(request)
    seller_handle = reader.read(HANDLE)
    since, snapshot = reader.find(_SINCE), reader.find(_SNAPSHOT)
    reader.refuse_mistakes()
    # Nothing is refused here: an EventSource repeats its id, and ends for good if it is refused.
    last_event_id = ",".join(filter(None, request.headers.getall(_LAST_EVENT_ID.name, ())))
    mark = last_event_id or since
    start = None
    if mark:
        with suppress(ValueError):
            start = parse_timestamp(mark)
    return StreamRequest(
        seller_handle=seller_handle,
        since=start,
        snapshot=None if mark else snapshot,
        has_unknown_mark=bool(mark) and start is None,
    )


def event_document(auth: ReaderAuth = "off") -> DocumentPart:
    """Return what the document says of event streams, with this READER_AUTH."""
    follow = for_readers(FOLLOW_SELLER, auth, by_ticket=True)
    if auth == "off":
        return DocumentPart(tags=[], paths=paths([follow]))
    return DocumentPart(
        tags=[],
        paths=paths([follow, for_readers(CREATE_TICKET, auth)]),
        schemas={"Ticket": object_schema(ticket=TEXT, expiresInSeconds=COUNT)},
    )
