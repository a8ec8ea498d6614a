"""Declares the calls on drafts and on the catalogue; all paths start with `PREFIX`."""

from collections.abc import Mapping, Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from assembly_service.drafts.engine.declarations import NEEDS_TOKEN
from assembly_service.drafts.product import answers, examples, parameters
from assembly_service.drafts.product.refusals import Action, not_allowed
from assembly_service.drafts.product.rules import COMMIT_STEP
from assembly_service.http.answers import JSON, NO_STORE, Answer, Content, json_answer
from assembly_service.http.calls import Body, Call
from assembly_service.http.schemas import reference

PREFIX = "/private"

DRAFTS, CATALOGUE = "product drafts", "product catalogue"
_SESSION = "/products/orchestrate/session/{sessionId}"


def _body(schema: str, *, required: bool = True, **sent: Any) -> Body:
    """Declare a body; if it is not required, none means `{}`."""
    content = Content(schema=reference(schema), examples=sent)
    return Body(content={JSON: content}, required=required)


def _answers(
    schema: str,
    shown: Mapping[str, Any],
    *refused: examples.Refusals,
    status: HTTPStatus = HTTPStatus.OK,
    takes_body: bool = True,
    action: Action = "create",
) -> Sequence[Answer]:
    headers = answers.VERSIONED if schema == "CatalogueProduct" else NO_STORE
    done = json_answer(status, "It is done.", schema, headers=headers, examples=shown)
    groups = ({"notAllowed": not_allowed(action)}, *refused)
    errors = {name: each for group in groups for name, each in group.items()}
    return (done, *answers.ERRORS.answers(errors, takes_body=takes_body))


_draft_call = partial(Call, tag=DRAFTS, security=NEEDS_TOKEN)
_catalogue_call = partial(Call, tag=CATALOGUE, security=NEEDS_TOKEN)

CREATE_SESSION = _draft_call(
    method="POST",
    path="/products/orchestrate/session/create",
    name="createProductSession",
    summary="Create a draft",
    description="Each call creates another one. It expires at `expiresAt`, 2 hours later unless"
    " the service is configured otherwise.",
    body=_body("EmptyBody", required=False, newDraft={}, notEmpty=examples.NOT_EMPTY),
    answers=_answers(
        "ProductSession",
        examples.NEW_DRAFT,
        examples.NOT_EMPTY_REFUSED,
        examples.NO_ORGANIZATION,
        status=HTTPStatus.CREATED,
    ),
    route_name="create-product-session",
)
ADD_PRODUCT = _draft_call(
    method="POST",
    path=f"{_SESSION}/product",
    name="addProductToSession",
    summary="Add or replace the product of a draft",
    description="Replaces the whole product; the target stays. Another product may still take the"
    " code before the commit.",
    parameters=(parameters.SESSION,),
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
    route_name="add-product",
)
CONFIGURE_TARGET = _draft_call(
    method="POST",
    path=f"{_SESSION}/audience-target",
    name="configureSessionTarget",
    summary="Configure or replace the target of a draft",
    description="Replaces the whole target. Optional: without it, or with `{}`, the product is for"
    " everyone. The draft needs a product first.",
    parameters=(parameters.SESSION,),
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
    route_name="add-target",
)
COMMIT_SESSION = _draft_call(
    method="POST",
    path=f"{_SESSION}/commit",
    name="commitProductSession",
    summary="Publish product and target together, or nothing",
    description="""Answers when it is done, after at most 3 attempts and about 17 seconds. `success`
says how it ended. After `success: false` nothing was written, and the draft can be changed and
committed again.

A call during another one's commit attempts nothing: it waits up to 20 seconds for that result and
answers it with `replayed`, or answers 409 if there is none by then. If the other call has died
meanwhile, this one takes over.

For 5 seconds after a success, unless the service is configured otherwise, the same call answers the
same ids with `replayed`, and the progress shows them. Then the draft is gone.""",
    parameters=(parameters.SESSION,),
    body=_body("EmptyBody", required=False, success={}),
    answers=_answers(
        "CommitResult", examples.COMMITS, examples.NOT_COMMITTABLE, examples.NO_SESSION
    ),
    route_name=COMMIT_STEP,
)
GET_PROGRESS = _draft_call(
    method="GET",
    path=f"{_SESSION}/progress",
    name="getProductSessionProgress",
    summary="Read the progress of a draft",
    description="Changes nothing; can be polled every few seconds during a commit.",
    parameters=(parameters.SESSION,),
    answers=_answers(
        "ProductSessionProgress", examples.PROGRESS, examples.NO_SESSION, takes_body=False
    ),
    route_name="get-progress",
)
GET_SESSION = _draft_call(
    method="GET",
    path=_SESSION,
    name="getProductSession",
    summary="Read a draft as it is stored",
    description="For reloaded pages: everything entered so far, as stored. Changes nothing.",
    parameters=(parameters.SESSION_BUT_CREATE,),
    answers=_answers(
        "StoredProductSession", examples.STORED, examples.NO_SESSION, takes_body=False
    ),
    route_name="get-session",
)
CREATE_PRODUCT = _catalogue_call(
    method="POST",
    path="/products",
    name="createCatalogueProduct",
    summary="Create a product without a draft",
    description="Writes the product together with a target for everyone.",
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
    route_name="create-product",
)
LIST_PRODUCTS = _catalogue_call(
    method="GET",
    path="/products",
    name="listCatalogueProducts",
    summary="List products, newest first",
    description="A page may hold fewer than `limit` with more to come: see `hasMore`.",
    parameters=parameters.WANTED,
    answers=_answers(
        "CatalogueProductList",
        examples.PAGE,
        examples.BROKEN_PARAMETERS,
        examples.NO_ORGANIZATION,
        takes_body=False,
        action="read",
    ),
    route_name="list-products",
)
GET_PRODUCT = _catalogue_call(
    method="GET",
    path="/products/{guid}",
    name="getCatalogueProduct",
    summary="Read one product",
    description="Product and target are read together.",
    parameters=(parameters.RECORD,),
    answers=_answers(
        "CatalogueProduct",
        {"workshop": examples.changed()},
        examples.NO_ORGANIZATION,
        examples.NO_PRODUCT,
        takes_body=False,
        action="read",
    ),
    route_name="get-product",
)
UPDATE_PRODUCT = _catalogue_call(
    method="PATCH",
    path="/products/{guid}",
    name="updateCatalogueProduct",
    summary="Change some fields of a product",
    description="The changed product is checked as a whole. `{}` and values that it already has"
    " change nothing, not even `updatedAt` and `ETag`.",
    parameters=(parameters.RECORD, parameters.IF_MATCH),
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
        action="change",
    ),
    route_name="update-product",
)


def _update_target(
    *,
    path: str,
    name: str,
    step: str,
    summary: str,
    description: str,
    unknown: examples.Refusals,
) -> Call:
    return _catalogue_call(
        method="PATCH",
        path=path,
        name=name,
        summary=summary,
        description=description,
        parameters=(parameters.RECORD, parameters.IF_MATCH),
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
            action="change",
        ),
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
