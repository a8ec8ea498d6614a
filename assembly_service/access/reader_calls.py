"""Lets readers in at the HTTP doors of shops, and declares what they need there."""

from dataclasses import replace
from http import HTTPStatus

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from assembly_service.access.problems import token_problems
from assembly_service.access.readers import Reader, Readers, SellerNotAllowed
from assembly_service.access.requests import authorization_of
from assembly_service.http.answers import NO_CACHE, Answer, problem_answer
from assembly_service.http.calls import Call
from assembly_service.http.middleware import vary
from assembly_service.http.problems import Problem
from assembly_service.http.schemas import TEXT, Node
from assembly_service.settings.readers import ReaderAuth

TICKET = "ticket"
"""The name of the parameter that carries a ticket."""
_EXPIRES_AT = web.RequestKey("reader_expires_at", int)
_TOKEN, _TICKET = "readerToken", "readerTicket"
SECURITY_SCHEMES: Node = {
    _TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token that names the sellers it may read.",
    },
    _TICKET: {
        "type": "apiKey",
        "in": "query",
        "name": TICKET,
        "description": "For clients that send no headers, such as EventSource.",
    },
}
CHALLENGE: Node = {"WWW-Authenticate": {"description": "As in RFC 6750.", "schema": TEXT}}
_PRIVATE = "private, no-cache"
_REFUSED = (
    problem_answer(HTTPStatus.UNAUTHORIZED, "A token is missing or not valid.", headers=CHALLENGE),
    problem_answer(HTTPStatus.FORBIDDEN, "The token does not name this seller.", headers=CHALLENGE),
)


async def admit(
    request: web.Request, readers: Readers, seller_handle: str, *, ticket: str | None = None
) -> Reader:
    """Return the reader who asks for a seller, by token or else by `ticket`. Raises Problem."""
    with (
        token_problems(request, advice="send one that names this seller"),
        readers.refusals_counted(),
    ):
        authorization = authorization_of(request)
        if authorization is None and ticket is not None:
            reader = readers.by_ticket(ticket)
        else:
            reader = await readers.by_header(authorization)
    try:
        reader.check(seller_handle)
    except SellerNotAllowed as error:
        raise Problem(
            HTTPStatus.FORBIDDEN,
            str(error),
            headers={"WWW-Authenticate": 'Bearer error="insufficient_scope"'},
        ) from None
    return reader


def ticket_in(request: web.Request) -> str | None:
    """Return the ticket in the query of a request, if there is one."""
    return request.query.get(TICKET)


def guarded(handler: Handler, readers: Readers | None) -> Handler:
    """Return a handler that answers only who may read the seller in the path.

    No shared cache keeps its answers. Without `readers` it is the handler itself.
    """
    if readers is None:
        return handler

    async def guard(request: web.Request) -> web.StreamResponse:
        reader = await admit(request, readers, request.match_info["handle"])
        if reader.expires_at is not None:
            request[_EXPIRES_AT] = reader.expires_at
        response = await handler(request)
        response.headers[hdrs.CACHE_CONTROL] = _PRIVATE
        vary(response, hdrs.AUTHORIZATION)
        return response

    return guard


def seconds_allowed(request: web.Request, seconds: float, *, now: int) -> float:
    """Return for how much of so many seconds whoever asks may still read. `now` is in ms."""
    expires_at = request.get(_EXPIRES_AT)
    return seconds if expires_at is None else max(0, min(seconds, (expires_at - now) / 1000))


def for_readers(call: Call, auth: ReaderAuth, *, by_ticket: bool = False) -> Call:
    """Return the declaration of a call about one seller, as it is with this READER_AUTH."""
    if auth == "off":
        return call
    ways = [{_TOKEN: ()}, *([{_TICKET: ()}] if by_ticket else [])]
    declared = {answer.status for answer in call.answers}
    return replace(
        call,
        security=[*([{}] if auth == "optional" else []), *ways],
        answers=[
            *map(_private, call.answers),
            *(answer for answer in _REFUSED if answer.status not in declared),
        ],
    )


def _private(answer: Answer) -> Answer:
    if answer.headers.get("Cache-Control") != NO_CACHE["Cache-Control"]:
        return answer
    private = {"Cache-Control": {"schema": {"const": _PRIVATE}}}
    return replace(answer, headers={**answer.headers, **private})
