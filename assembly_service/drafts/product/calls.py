"""The calls about drafts and about the catalogue, declared."""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from assembly_service.drafts.engine.declarations import NEEDS_TOKEN, SECURITY_SCHEMES, ErrorForm
from assembly_service.drafts.engine.refusals import CallRefused
from assembly_service.drafts.product import answers, examples
from assembly_service.drafts.product.parameters import (
    CATEGORY,
    IF_MATCH,
    LAST_KEY,
    LIMIT,
    PRODUCT_CODE,
    RECORD,
    SESSION,
    SESSION_BUT_CREATE,
    STATUS,
)
from assembly_service.drafts.product.refusals import in_words
from assembly_service.drafts.product.schemas import draft_schemas
from assembly_service.http.answers import JSON, NO_STORE, Answer, Content, json_answer
from assembly_service.http.calls import Body, Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.schemas import TEXT, Node, reference

PREFIX = "/private"
COMMIT_STEP = examples.COMMIT_STEP

_DRAFTS, _CATALOGUE = "product drafts", "product catalogue"
_ABOUT_DRAFTS = """\
A product and its audience target are prepared in a draft that only its user sees, and
are then published together, in one step that happens whole or not at all:

1. create a draft; it lives until its `expiresAt`, and no call prolongs that
2. add the product, again if it has to be corrected
3. configure the audience target; without this step the product is for everyone
4. commit; poll the progress meanwhile, if it takes long

Each call replaces what was stored of the same kind as a whole and merges nothing. All that is
wrong with a body is answered at once, line by line in `errors`."""
_ABOUT_THE_CATALOGUE = """\
What was committed, and products without a draft. The calls see the products of the
caller's organisation. Each answers a product together with its audience target."""
_SESSION = "/products/orchestrate/session/{sessionId}"
_VERSIONED: Mapping[str, Node] = {
    "ETag": {
        "description": "Changes with every change of the product or its target; for `If-Match`.",
        "schema": TEXT,
    },
    **NO_STORE,
}
_ERRORS = ErrorForm(
    schema="ErrorBody",
    refuse=in_words,
    body=answers.error,
    meanings={
        HTTPStatus.BAD_REQUEST: "The body, a parameter or the state of the draft does not allow"
        " it.",
        HTTPStatus.FORBIDDEN: "The caller is neither Admin nor Main.",
        HTTPStatus.NOT_FOUND: "There is no such record for the caller: unknown, of others, or"
        " gone.",
        HTTPStatus.CONFLICT: "Another product has the code, or a commit holds the draft.",
        HTTPStatus.PRECONDITION_FAILED: "The product is no longer as `If-Match` has it: load it"
        " again.",
        HTTPStatus.SERVICE_UNAVAILABLE: "The database or the keys for tokens do not answer at the"
        " moment, or many change the same record at once: try again.",
    },
)


def _body(schema: str, *, required: bool = True, **sent: Any) -> Body:
    """What people send; where it is not required, no body is the same as `{}`."""
    content = Content(schema=reference(schema), examples=sent)
    return Body(content={JSON: content}, required=required)


def _answers(
    schema: str,
    shown: Mapping[str, Any],
    *refused: Mapping[str, CallRefused],
    status: HTTPStatus = HTTPStatus.OK,
    takes_body: bool = True,
) -> Sequence[Answer]:
    headers = _VERSIONED if schema == "CatalogueProduct" else NO_STORE
    done = json_answer(status, "It is done.", schema, headers=headers, examples=shown)
    errors = {name: each for group in refused for name, each in group.items()}
    return (done, *_ERRORS.answers({**examples.NOT_ALLOWED, **errors}, takes_body=takes_body))


CREATE_SESSION = Call(
    method="POST",
    path="/products/orchestrate/session/create",
    name="createProductSession",
    summary="Create a draft",
    description="Every call makes another. It is gone at `expiresAt`: 2 hours later, unless"
    " the service is set otherwise.",
    tag=_DRAFTS,
    body=_body("EmptyBody", required=False, newDraft={}, notEmpty=examples.NOT_EMPTY),
    answers=_answers(
        "ProductSession",
        examples.NEW_DRAFT,
        examples.NOT_EMPTY_REFUSED,
        examples.NO_ORGANIZATION,
        status=HTTPStatus.CREATED,
    ),
    security=NEEDS_TOKEN,
    route_name="create-product-session",
)
ADD_PRODUCT = Call(
    method="POST",
    path=f"{_SESSION}/product",
    name="addProductToSession",
    summary="Give the draft its product, or another in its place",
    description="The whole product is replaced; the target stays. The code may still be taken"
    " by another product until the commit, which decides.",
    tag=_DRAFTS,
    parameters=(SESSION,),
    body=_body(
        "ProductInput", workshop=examples.WORKSHOP, severalMistakes=examples.SEVERAL_MISTAKES
    ),
    answers=_answers(
        "ProductSessionWithProduct",
        examples.WITH_PRODUCT,
        examples.invalid_product("add-product", examples.SESSION_ID),
        examples.taken("add-product", examples.SESSION_ID),
        examples.NOT_OPEN,
        examples.NO_SESSION,
    ),
    security=NEEDS_TOKEN,
    route_name="add-product",
)
CONFIGURE_TARGET = Call(
    method="POST",
    path=f"{_SESSION}/audience-target",
    name="configureSessionTarget",
    summary="Say whom the product is for, or say it anew",
    description="The whole target is replaced. Optional: without it, or with `{}`, the product"
    " is for everyone. The draft needs a product first.",
    tag=_DRAFTS,
    parameters=(SESSION,),
    body=_body(
        "AudienceTargetInput",
        students=examples.STUDENTS,
        everyone={},
        severalMistakes=examples.OLD_NAME,
    ),
    answers=_answers(
        "ProductSessionWithTarget",
        examples.WITH_TARGET,
        examples.invalid_target("add-target", examples.SESSION_ID),
        examples.NO_PRODUCT_FOR_TARGET,
        examples.NOT_OPEN,
        examples.NO_SESSION,
    ),
    security=NEEDS_TOKEN,
    route_name="add-target",
)
COMMIT_SESSION = Call(
    method="POST",
    path=f"{_SESSION}/commit",
    name="commitProductSession",
    summary="Publish product and target together, or nothing",
    description="""Answers when it is done, after at most 3 attempts: up to about 17 seconds later.
`success` says how it ended. After `success: false` nothing was written, and the draft can be
changed and committed again.

A call that comes while another one commits attempts nothing. It waits for that one's result, at
most 20 seconds, and answers it with `replayed`; 409 if there is none by then. If the other one
has died meanwhile, this one takes over.

For a while after a success the same call answers the same ids again with `replayed`, and the
progress shows them too: 5 seconds, unless the service is set to up to an hour. Then the draft is
gone.""",
    tag=_DRAFTS,
    parameters=(SESSION,),
    body=_body("EmptyBody", required=False, success={}),
    answers=_answers(
        "CommitResult", examples.COMMITS, examples.NOT_COMMITTABLE, examples.NO_SESSION
    ),
    security=NEEDS_TOKEN,
    route_name=COMMIT_STEP,
)
GET_PROGRESS = Call(
    method="GET",
    path=f"{_SESSION}/progress",
    name="getProductSessionProgress",
    summary="How far the draft has come",
    description="Changes nothing; may be called every few seconds during a commit.",
    tag=_DRAFTS,
    parameters=(SESSION,),
    answers=_answers(
        "ProductSessionProgress", examples.PROGRESS, examples.NO_SESSION, takes_body=False
    ),
    security=NEEDS_TOKEN,
    route_name="get-progress",
)
GET_SESSION = Call(
    method="GET",
    path=_SESSION,
    name="getProductSession",
    summary="The draft as it is stored",
    description="For a page that was loaded again: with what was given so far, as it was"
    " stored. Changes nothing.",
    tag=_DRAFTS,
    parameters=(SESSION_BUT_CREATE,),
    answers=_answers(
        "StoredProductSession", examples.STORED, examples.NO_SESSION, takes_body=False
    ),
    security=NEEDS_TOKEN,
    route_name="get-session",
)
CREATE_PRODUCT = Call(
    method="POST",
    path="/products",
    name="createCatalogueProduct",
    summary="Create a product without a draft",
    description="Product and target, which is for everyone, are written together.",
    tag=_CATALOGUE,
    body=_body(
        "ProductInput", workshop=examples.WORKSHOP, severalMistakes=examples.SEVERAL_MISTAKES
    ),
    answers=_answers(
        "CatalogueProduct",
        {"workshop": examples.product()},
        examples.invalid_product("create-product"),
        examples.taken("create-product"),
        examples.NO_ORGANIZATION,
        status=HTTPStatus.CREATED,
    ),
    security=NEEDS_TOKEN,
    route_name="create-product",
)
LIST_PRODUCTS = Call(
    method="GET",
    path="/products",
    name="listCatalogueProducts",
    summary="Products, newest first",
    description="A page may hold fewer than `limit` with more to come: see `hasMore`.",
    tag=_CATALOGUE,
    parameters=(LIMIT, LAST_KEY, STATUS, CATEGORY, PRODUCT_CODE),
    answers=_answers(
        "CatalogueProductList",
        examples.PAGE,
        examples.BROKEN_PARAMETERS,
        examples.NO_ORGANIZATION,
        takes_body=False,
    ),
    security=NEEDS_TOKEN,
    route_name="list-products",
)
GET_PRODUCT = Call(
    method="GET",
    path="/products/{guid}",
    name="getCatalogueProduct",
    summary="One product",
    description="Product and target are of the same instant.",
    tag=_CATALOGUE,
    parameters=(RECORD,),
    answers=_answers(
        "CatalogueProduct",
        {"workshop": examples.changed()},
        examples.NO_ORGANIZATION,
        examples.NO_PRODUCT,
        takes_body=False,
    ),
    security=NEEDS_TOKEN,
    route_name="get-product",
)
UPDATE_PRODUCT = Call(
    method="PATCH",
    path="/products/{guid}",
    name="updateCatalogueProduct",
    summary="Change some fields of a product",
    description="The product is checked as a whole with the changes in it. `{}` and values"
    " that it has already change nothing, `updatedAt` and `ETag` included.",
    tag=_CATALOGUE,
    parameters=(RECORD, IF_MATCH),
    body=_body(
        "ProductChanges",
        required=False,
        cheaper=examples.CHEAPER,
        severalMistakes=examples.OUT_OF_RANGE,
    ),
    answers=_answers(
        "CatalogueProduct",
        {"cheaper": examples.changed(examples.CHEAPER)},
        examples.invalid_changes(),
        examples.taken("update-product"),
        examples.CHANGED,
        examples.NO_ORGANIZATION,
        examples.NO_PRODUCT,
    ),
    security=NEEDS_TOKEN,
    route_name="update-product",
)


def _update_target(
    *,
    path: str,
    name: str,
    step: str,
    summary: str,
    description: str,
    unknown: Mapping[str, CallRefused],
) -> Call:
    return Call(
        method="PATCH",
        path=path,
        name=name,
        summary=summary,
        description=description,
        tag=_CATALOGUE,
        parameters=(RECORD, IF_MATCH),
        body=_body(
            "AudienceTargetInput",
            required=False,
            students=examples.STUDENTS,
            severalMistakes=examples.OLD_NAME,
        ),
        answers=_answers(
            "CatalogueProduct",
            {"students": examples.changed()},
            examples.invalid_target(step),
            examples.CHANGED,
            examples.NO_ORGANIZATION,
            unknown,
        ),
        security=NEEDS_TOKEN,
        route_name=step,
    )


UPDATE_TARGET = _update_target(
    path="/products/{guid}/target",
    name="updateCatalogueProductTarget",
    step="update-target",
    summary="Change some criteria of a product's target",
    description="Criteria that are absent stay; null and `[]` turn one off.",
    unknown=examples.NO_PRODUCT,
)
UPDATE_NAMED_TARGET = _update_target(
    path="/audience-target/{guid}",
    name="updateAudienceTarget",
    step="update-audience-target",
    summary="Change some criteria of a target",
    description="The same by the id of the target, which is a product's"
    " `osot_table_audience_targetid`.",
    unknown=examples.NO_TARGET,
)

DRAFT_CALLS = (
    CREATE_SESSION,
    ADD_PRODUCT,
    CONFIGURE_TARGET,
    COMMIT_SESSION,
    GET_PROGRESS,
    GET_SESSION,
)
CATALOGUE_CALLS = (
    CREATE_PRODUCT,
    LIST_PRODUCTS,
    GET_PRODUCT,
    UPDATE_PRODUCT,
    UPDATE_TARGET,
    UPDATE_NAMED_TARGET,
)


def product_drafts_document() -> DocumentPart:
    """The part of the document, for an instance that serves the calls."""
    return DocumentPart(
        tags=[
            {"name": _DRAFTS, "description": _ABOUT_DRAFTS},
            {"name": _CATALOGUE, "description": _ABOUT_THE_CATALOGUE},
        ],
        paths=paths((*DRAFT_CALLS, *CATALOGUE_CALLS), prefix=PREFIX),
        schemas=draft_schemas(),
        security_schemes=SECURITY_SCHEMES,
    )
