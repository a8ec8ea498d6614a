"""What the OpenAPI document says of the product drafts and of the catalogue beside them."""

from collections.abc import Sequence

from assembly_service.drafts.engine.request_body import CODINGS
from assembly_service.drafts.product.application import PREFIX
from assembly_service.drafts.product.openapi_calls import CATALOGUE_CALLS, DRAFT_CALLS, Call
from assembly_service.drafts.product.openapi_examples import ANSWERS, REQUESTS
from assembly_service.drafts.product.openapi_refusals import EVERYWHERE, UNREADABLE
from assembly_service.drafts.product.openapi_schemas import draft_schemas
from assembly_service.web.openapi import DocumentPart, Node
from assembly_service.web.schemas import reference

_DRAFTS = """A product and its audience target are prepared in a draft that only its user sees, and
are then published together, in one step that happens whole or not at all:

1. create a draft; it lives until its `expiresAt`, and no call prolongs that
2. add the product, again if it has to be corrected
3. configure the audience target; without this step the product is for everyone
4. commit; ask for the progress meanwhile, if it takes long

Each call replaces what was stored of the same kind as a whole and merges nothing. All that is
wrong with a body is answered at once, line by line in `errors`."""
_CATALOGUE = """What was committed, and products without a draft. The calls see the products of the
caller's organisation. Each answers a product together with its audience target."""
_TOKEN: Node = {
    "type": "http",
    "scheme": "bearer",
    "bearerFormat": "JWT",
    "description": "A token with a user (`sub`), `privilege` (2 or admin, 3 or main) and"
    " `organizationGuid`.",
}
_HEADERS: dict[int, Node] = {
    401: {
        "WWW-Authenticate": {
            "description": "After RFC 6750: for a token that was sent, what is wrong with it.",
            "schema": {"type": "string", "pattern": "^Bearer( error=.*)?$"},
        }
    },
    415: {
        "Accept-Encoding": {
            "description": "The codings that are known.",
            "schema": {"type": "string", "pattern": f"^{CODINGS}$"},
        }
    },
    503: {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}},
}
_VERSION: Node = {
    "ETag": {
        "description": "Changes with every change of the product or its target; for `If-Match`.",
        "schema": {"type": "string"},
    }
}
_MEANINGS = {
    400: "The body, a parameter or the state of the draft does not allow it.",
    401: "There is no token, or none that is genuine, in force and meant for this service.",
    403: "The caller is neither Admin nor Main.",
    404: "There is no such record for the caller: unknown, of others, or gone.",
    409: "Another product has the code, or a commit holds the draft.",
    412: "The product is no longer as `If-Match` has it: load it again.",
    413: "The body is too large.",
    415: "The body is in a coding that is not known here.",
    500: "Something unexpected went wrong here.",
    503: "The database or the keys for tokens do not answer at the moment: try again.",
}


def product_drafts_document() -> DocumentPart:
    """The part of the document, for an instance that serves the calls."""
    return DocumentPart(
        tags=[
            {"name": "product drafts", "description": _DRAFTS},
            {"name": "product catalogue", "description": _CATALOGUE},
        ],
        paths=_paths("product drafts", DRAFT_CALLS) | _paths("product catalogue", CATALOGUE_CALLS),
        schemas=draft_schemas(),
        security_schemes={"bearerToken": _TOKEN},
    )


def _paths(tag: str, calls: Sequence[Call]) -> Node:
    paths: Node = {}
    for call in calls:
        paths.setdefault(f"{PREFIX}{call.path}", {})[call.method] = _operation(tag, call)
    return paths


def _operation(tag: str, call: Call) -> Node:
    operation: Node = {
        "operationId": call.name,
        "summary": call.summary,
        "description": call.description,
        "tags": [tag],
        "security": [{"bearerToken": []}],
        "parameters": list(call.parameters),
    }
    answers = {**ANSWERS[call.name], **EVERYWHERE}
    if call.body is not None:
        operation["requestBody"] = _request_body(call, REQUESTS[call.name])
        for status, examples in UNREADABLE.items():
            answers[status] = {**answers.get(status, {}), **examples}
    operation["responses"] = {
        str(status): _answer(status, call.answer, examples)
        for status, examples in sorted(answers.items())
    }
    return operation


def _request_body(call: Call, examples: dict[str, Node]) -> Node:
    return {"required": call.needs_body, "content": _json(str(call.body), examples)}


def _answer(status: int, schema: str, examples: dict[str, Node]) -> Node:
    answer: Node = {
        "description": _MEANINGS.get(status, "It is done."),
        "content": _json(schema if status < 400 else "ErrorBody", examples),
    }
    if status < 400 and schema == "CatalogueProduct":
        answer["headers"] = _VERSION
    elif status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer


def _json(schema: str, examples: dict[str, Node]) -> Node:
    shown = {name: {"value": value} for name, value in examples.items()}
    return {"application/json": {"schema": reference(schema), "examples": shown}}
