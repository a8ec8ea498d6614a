"""Declares the calls on drafts; all paths start with `PREFIX`. The catalogue's have a file too."""

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

DRAFTS = "product drafts"
_SESSION = "/products/orchestrate/session/{sessionId}"


def body_of(schema: str, *, required: bool = True, **sent: Any) -> Body:
    """Declare a body; if it is not required, none means `{}`."""
    content = Content(schema=reference(schema), examples=sent)
    return Body(content={JSON: content}, required=required)


def answers_of(
    schema: str,
    shown: Mapping[str, Any],
    *refused: examples.Refusals,
    status: HTTPStatus = HTTPStatus.OK,
    takes_body: bool = True,
    action: Action = "create",
) -> Sequence[Answer]:
    """Declare what is shown of a schema when it is done, and the refusals."""
    headers = answers.VERSIONED if schema == "CatalogueProduct" else NO_STORE
    done = json_answer(status, "It is done.", schema, headers=headers, examples=shown)
    groups = ({"notAllowed": not_allowed(action)}, *refused)
    errors = {name: each for group in groups for name, each in group.items()}
    return (done, *answers.ERRORS.answers(errors, takes_body=takes_body))


_draft_call = partial(Call, tag=DRAFTS, security=NEEDS_TOKEN)

CREATE_SESSION = _draft_call(
    method="POST",
    path="/products/orchestrate/session/create",
    name="createProductSession",
    summary="Create a draft",
    description="Each call creates another one. It expires at `expiresAt`, 2 hours later unless"
    " the service is configured otherwise.",
    body=body_of("EmptyBody", required=False, newDraft={}, notEmpty=examples.NOT_EMPTY),
    answers=answers_of(
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
    body=body_of(
        "ProductInput", workshop=examples.WORKSHOP, severalMistakes=examples.SEVERAL_MISTAKES
    ),
    answers=answers_of(
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
    body=body_of(
        "AudienceTargetInput",
        students=examples.STUDENTS,
        everyone={},
        severalMistakes=examples.OLD_NAME,
    ),
    answers=answers_of(
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
    body=body_of("EmptyBody", required=False, success={}),
    answers=answers_of(
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
    answers=answers_of(
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
    answers=answers_of(
        "StoredProductSession", examples.STORED, examples.NO_SESSION, takes_body=False
    ),
    route_name="get-session",
)

DRAFT_CALLS = (
    CREATE_SESSION,
    ADD_PRODUCT,
    CONFIGURE_TARGET,
    COMMIT_SESSION,
    GET_PROGRESS,
    GET_SESSION,
)
