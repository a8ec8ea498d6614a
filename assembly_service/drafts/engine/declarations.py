"""What the calls of all draft systems declare: the token, and the engine's refusals.

A system declares its calls with `http/calls.py`, and its errors with an `ErrorForm`: the code that
answers errors also makes their examples in the document.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine import refusals
from assembly_service.drafts.engine.refusals import Refusal, Refuse, RefusedCall
from assembly_service.drafts.engine.request_body import BROKEN, CODINGS, UNKNOWN
from assembly_service.http.answers import JSON, NO_STORE, RETRY_AFTER, Answer, Content
from assembly_service.http.schemas import Node, reference

Security = tuple[Mapping[str, tuple[str, ...]], ...]

_TOKEN = "bearerToken"  # noqa: S105 - its name
NEEDS_TOKEN: Security = ({_TOKEN: ()},)
TAKES_TOKEN: Security = ({}, {_TOKEN: ()})
"""For calls that need no token but accept one."""
SECURITY_SCHEMES: Node = {
    _TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A token with a user (`sub`), `privilege` (1 or owner, 2 or admin, 3 or"
        " main) and `organizationGuid`.",
    }
}
"""The same for all systems of an instance, which share a verifier."""

_MEANINGS: Mapping[HTTPStatus, str] = {
    HTTPStatus.UNAUTHORIZED: "There is no token, or it is not valid for this service.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The coding of the body is not known.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "An unexpected error.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database or the keys for tokens are not available at the"
    " moment: try again.",
}
_HEADERS: Mapping[HTTPStatus, Mapping[str, Node]] = {
    HTTPStatus.UNAUTHORIZED: {
        "WWW-Authenticate": {
            "description": "As in RFC 6750: what is wrong with the token that was sent.",
            "schema": {"type": "string", "pattern": "^Bearer( error=.*)?$"},
        }
    },
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: {
        "Accept-Encoding": {
            "description": "The codings that are known.",
            "schema": {"type": "string", "pattern": f"^{CODINGS}$"},
        }
    },
    HTTPStatus.TOO_MANY_REQUESTS: RETRY_AFTER,
    HTTPStatus.SERVICE_UNAVAILABLE: RETRY_AFTER,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorForm:
    """How a system's errors look.

    `schema` is the name of their schema, `refuse` turns the engine's refusals into the system's,
    and `call` is the call of the examples. `meanings` describe statuses, overriding the engine's;
    `headers` are those of every answer.
    """

    schema: str
    refuse: Refuse
    call: RefusedCall = field(default_factory=RefusedCall)
    meanings: Mapping[HTTPStatus, str] = field(default_factory=dict)
    headers: Mapping[str, Node] = field(default_factory=lambda: NO_STORE)

    def answers(self, examples: Mapping[str, Refusal], *, takes_body: bool) -> list[Answer]:
        """Return an answer per status, ascending, of the examples and of the engine's refusals."""
        found: dict[HTTPStatus, dict[str, Value]] = {}
        for name, refusal in {**examples, **self._of_engine(takes_body=takes_body)}.items():
            found.setdefault(refusal.status, {})[name] = refusal.body(self.call)
        return [self._answer(status, bodies) for status, bodies in sorted(found.items())]

    def _answer(self, status: HTTPStatus, bodies: Mapping[str, Value]) -> Answer:
        return Answer(
            status=status,
            description={**_MEANINGS, **self.meanings}[status],
            content={JSON: Content(schema=reference(self.schema), examples=bodies)},
            headers={**self.headers, **_HEADERS.get(status, {})},
        )

    def _of_engine(self, *, takes_body: bool) -> dict[str, Refusal]:
        refused = {
            "unauthorized": refusals.unauthorized(),
            "unexpected": refusals.unexpected(),
            "unavailable": refusals.unavailable(),
        }
        if takes_body:
            refused |= {
                "brokenBody": refusals.unreadable(HTTPStatus.BAD_REQUEST, BROKEN),
                "tooLarge": refusals.unreadable(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, refusals.TOO_LARGE
                ),
                "unknownCoding": refusals.unreadable(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, UNKNOWN),
            }
        return {name: self.refuse(each) for name, each in refused.items()}
