"""What the OpenAPI document says of the product drafts and of the catalogue beside them."""

from assembly_service.drafts.product.api import DEFAULT_LIMIT, MOST_PRODUCTS
from assembly_service.drafts.product.application import PREFIX
from assembly_service.drafts.product.openapi_examples import (
    ANSWERS,
    EVERYWHERE,
    REQUESTS,
    TOO_LARGE,
)
from assembly_service.drafts.product.openapi_schemas import GUID, draft_schemas
from assembly_service.web.openapi import LIMIT, DocumentPart, Node
from assembly_service.web.schemas import reference

_DRAFTS = """A product and its audience target are prepared in a draft that only its user sees, and
are then published together, in one step that happens whole or not at all:

1. create a draft; it lives for 2 hours, and no call prolongs that
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
_SESSION: Node = {"name": "sessionId", "in": "path", "required": True, "schema": GUID}
_GUID: Node = {"name": "guid", "in": "path", "required": True, "schema": GUID}
_IF_MATCH: Node = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of the answer that the change is based on: 412 if the product or"
    " its target was changed since. Without it the change is made in any case.",
    "schema": {"type": "string"},
}
_LIST_PARAMETERS: list[Node] = [
    {**LIMIT, "schema": {**LIMIT["schema"], "maximum": MOST_PRODUCTS, "default": DEFAULT_LIMIT}},
    {
        "name": "lastKey",
        "in": "query",
        "description": "The `lastEvaluatedKey` of the page before.",
        "schema": GUID,
    },
    {
        "name": "status",
        "in": "query",
        "description": "Only products of this status.",
        "schema": reference("ProductStatus"),
    },
    {
        "name": "category",
        "in": "query",
        "description": "Only products of this category.",
        "schema": reference("ProductCategory"),
    },
]
_HEADERS: dict[int, Node] = {
    401: {
        "WWW-Authenticate": {
            "description": "After RFC 6750: for a token that was sent, what is wrong with it.",
            "schema": {"type": "string", "pattern": "^Bearer( error=.*)?$"},
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
        paths={
            f"{PREFIX}{path}": item for path, item in (_draft_paths() | _catalogue_paths()).items()
        },
        schemas=draft_schemas(),
        security_schemes={"bearerToken": _TOKEN},
    )


def _draft_paths() -> Node:
    tag, one = "product drafts", "/products/orchestrate/session/{sessionId}"
    return {
        "/products/orchestrate/session/create": {
            "post": _operation(
                "createProductSession",
                "Create a draft",
                "Every call makes another. It is gone 2 hours later (`expiresAt`).",
                tag=tag,
                body="EmptyBody",
                answer="ProductSession",
            )
        },
        f"{one}/product": {
            "post": _operation(
                "addProductToSession",
                "Give the draft its product, or another in its place",
                "The whole product is replaced; the target stays. The code may still be taken"
                " by another product until the commit, which decides.",
                tag=tag,
                parameters=[_SESSION],
                body="ProductInput",
                answer="ProductSessionWithProduct",
            )
        },
        f"{one}/audience-target": {
            "post": _operation(
                "configureSessionTarget",
                "Say whom the product is for, or say it anew",
                "The whole target is replaced. Optional: without it, or with `{}`, the product is"
                " for everyone. The draft needs a product first.",
                tag=tag,
                parameters=[_SESSION],
                body="AudienceTargetInput",
                answer="ProductSessionWithTarget",
            )
        },
        f"{one}/commit": {
            "post": _operation(
                "commitProductSession",
                "Publish product and target together, or nothing",
                "Answers when it is done: up to about 17 seconds later, after at most 3 attempts."
                " `success` tells how it ended. After `success: false` nothing was written, and"
                " the draft can be changed and committed again. Within 5 seconds of a success the"
                " same call answers the same ids again with `replayed`; then the draft is gone.",
                tag=tag,
                parameters=[_SESSION],
                body="EmptyBody",
                answer="CommitResult",
            )
        },
        f"{one}/progress": {
            "get": _operation(
                "getProductSessionProgress",
                "How far the draft has come",
                "Changes nothing; may be asked every few seconds during a commit.",
                tag=tag,
                parameters=[_SESSION],
                answer="ProductSessionProgress",
            )
        },
    }


def _catalogue_paths() -> Node:
    return {
        "/products": {
            "post": _of_product(
                "createCatalogueProduct",
                "Create a product without a draft",
                "Product and target, which is for everyone, are written together.",
                body="ProductInput",
            ),
            "get": _operation(
                "listCatalogueProducts",
                "Products, newest first",
                "A page may hold fewer than `limit` with more to come: see `hasMore`.",
                tag="product catalogue",
                parameters=_LIST_PARAMETERS,
                answer="CatalogueProductList",
            ),
        },
        "/products/{guid}": {
            "get": _of_product(
                "getCatalogueProduct",
                "One product",
                "Product and target are of the same instant.",
                parameters=[_GUID],
            ),
            "patch": _of_product(
                "updateCatalogueProduct",
                "Change some fields of a product",
                "The product is checked as a whole with the changes in it; `{}` changes nothing.",
                parameters=[_GUID, _IF_MATCH],
                body="ProductChanges",
            ),
        },
        "/products/{guid}/target": {
            "patch": _of_product(
                "updateCatalogueProductTarget",
                "Change some criteria of a product's target",
                "Criteria that are absent stay; null and `[]` turn one off.",
                parameters=[_GUID, _IF_MATCH],
                body="AudienceTargetInput",
            )
        },
        "/audience-target/{guid}": {
            "patch": _of_product(
                "updateAudienceTarget",
                "Change some criteria of a target",
                "The same by the id of the target, which is a product's"
                " `osot_table_audience_targetid`.",
                parameters=[_GUID, _IF_MATCH],
                body="AudienceTargetInput",
            )
        },
    }


def _of_product(
    name: str,
    summary: str,
    description: str,
    *,
    parameters: list[Node] | None = None,
    body: str | None = None,
) -> Node:
    operation = _operation(
        name,
        summary,
        description,
        tag="product catalogue",
        parameters=parameters,
        body=body,
        answer="CatalogueProduct",
    )
    for status, answer in operation["responses"].items():
        if status.startswith("2"):
            answer["headers"] = _VERSION
    return operation


def _operation(
    name: str,
    summary: str,
    description: str,
    *,
    tag: str,
    answer: str,
    parameters: list[Node] | None = None,
    body: str | None = None,
) -> Node:
    operation: Node = {
        "operationId": name,
        "summary": summary,
        "description": description,
        "tags": [tag],
        "security": [{"bearerToken": []}],
        "parameters": parameters or [],
    }
    answers = {**ANSWERS[name], **EVERYWHERE}
    if body is not None:
        operation["requestBody"] = _request_body(body, REQUESTS[name])
        answers[413] = TOO_LARGE
    operation["responses"] = {
        str(status): _answer(status, answer, examples)
        for status, examples in sorted(answers.items())
    }
    return operation


def _request_body(schema: str, examples: dict[str, Node]) -> Node:
    # An empty body stands for {}, which only a product cannot be.
    return {"required": schema == "ProductInput", "content": _json(schema, examples)}


def _answer(status: int, schema: str, examples: dict[str, Node]) -> Node:
    answer: Node = {
        "description": _MEANINGS.get(status, "It is done."),
        "content": _json(schema if status < 400 else "ErrorBody", examples),
    }
    if status in _HEADERS:
        answer["headers"] = _HEADERS[status]
    return answer


def _json(schema: str, examples: dict[str, Node]) -> Node:
    shown = {name: {"value": value} for name, value in examples.items()}
    return {"application/json": {"schema": reference(schema), "examples": shown}}
