"""The calls about drafts and about the catalogue, as the OpenAPI document tells them."""

from collections.abc import Sequence
from dataclasses import dataclass

from assembly_service.drafts.product.catalogue_api import DEFAULT_LIMIT, MOST_PRODUCTS
from assembly_service.drafts.product.openapi_schemas import GUID
from assembly_service.drafts.product.product_code import LONGEST as LONGEST_CODE
from assembly_service.web.openapi import LIMIT, Node
from assembly_service.web.schemas import reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`path` is that below the prefix of all calls; `body` and `answer` are names of schemas.

    Without `needs_body` no body is the same as `{}`.
    """

    method: str
    path: str
    name: str
    summary: str
    description: str
    parameters: Sequence[Node] = ()
    body: str | None = None
    needs_body: bool = False
    answer: str


_SESSION: Node = {"name": "sessionId", "in": "path", "required": True, "schema": GUID}
_GUID: Node = {"name": "guid", "in": "path", "required": True, "schema": GUID}
_IF_MATCH: Node = {
    "name": "If-Match",
    "in": "header",
    "description": "The `ETag` of the answer that the change is based on: 412 if the product or"
    " its target was changed since. Without it the change is made in any case.",
    "schema": {"type": "string"},
}
_LIST_PARAMETERS: Sequence[Node] = (
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
    {
        "name": "productCode",
        "in": "query",
        "description": "Only the product with exactly this code, trimmed and in upper case;"
        " printable characters. There may be two if the service was set to another scope of codes"
        " between them.",
        "schema": {"type": "string", "minLength": 1, "maxLength": LONGEST_CODE},
    },
)
_DRAFT = "/products/orchestrate/session/{sessionId}"

DRAFT_CALLS = (
    Call(
        method="post",
        path="/products/orchestrate/session/create",
        name="createProductSession",
        summary="Create a draft",
        description="Every call makes another. It is gone at `expiresAt`: 2 hours later, unless"
        " the service is set otherwise.",
        body="EmptyBody",
        answer="ProductSession",
    ),
    Call(
        method="post",
        path=f"{_DRAFT}/product",
        name="addProductToSession",
        summary="Give the draft its product, or another in its place",
        description="The whole product is replaced; the target stays. The code may still be taken"
        " by another product until the commit, which decides.",
        parameters=(_SESSION,),
        body="ProductInput",
        needs_body=True,
        answer="ProductSessionWithProduct",
    ),
    Call(
        method="post",
        path=f"{_DRAFT}/audience-target",
        name="configureSessionTarget",
        summary="Say whom the product is for, or say it anew",
        description="The whole target is replaced. Optional: without it, or with `{}`, the product"
        " is for everyone. The draft needs a product first.",
        parameters=(_SESSION,),
        body="AudienceTargetInput",
        needs_body=True,
        answer="ProductSessionWithTarget",
    ),
    Call(
        method="post",
        path=f"{_DRAFT}/commit",
        name="commitProductSession",
        summary="Publish product and target together, or nothing",
        description="Answers when it is done: up to about 17 seconds later, after at most 3"
        " attempts. `success` tells how it ended. After `success: false` nothing was written, and"
        " the draft can be changed and committed again. Within 5 seconds of a success the"
        " same call answers the same ids again with `replayed`; then the draft is gone.",
        parameters=(_SESSION,),
        body="EmptyBody",
        answer="CommitResult",
    ),
    Call(
        method="get",
        path=f"{_DRAFT}/progress",
        name="getProductSessionProgress",
        summary="How far the draft has come",
        description="Changes nothing; may be asked every few seconds during a commit.",
        parameters=(_SESSION,),
        answer="ProductSessionProgress",
    ),
    Call(
        method="get",
        path=_DRAFT,
        name="getProductSession",
        summary="The draft as it is stored",
        description="For a page that was loaded again: with what was given so far, as it was"
        " stored. Changes nothing.",
        parameters=(_SESSION,),
        answer="StoredProductSession",
    ),
)
CATALOGUE_CALLS = (
    Call(
        method="post",
        path="/products",
        name="createCatalogueProduct",
        summary="Create a product without a draft",
        description="Product and target, which is for everyone, are written together.",
        body="ProductInput",
        needs_body=True,
        answer="CatalogueProduct",
    ),
    Call(
        method="get",
        path="/products",
        name="listCatalogueProducts",
        summary="Products, newest first",
        description="A page may hold fewer than `limit` with more to come: see `hasMore`.",
        parameters=_LIST_PARAMETERS,
        answer="CatalogueProductList",
    ),
    Call(
        method="get",
        path="/products/{guid}",
        name="getCatalogueProduct",
        summary="One product",
        description="Product and target are of the same instant.",
        parameters=(_GUID,),
        answer="CatalogueProduct",
    ),
    Call(
        method="patch",
        path="/products/{guid}",
        name="updateCatalogueProduct",
        summary="Change some fields of a product",
        description="The product is checked as a whole with the changes in it. `{}` and values"
        " that it has already change nothing, `updatedAt` and `ETag` included.",
        parameters=(_GUID, _IF_MATCH),
        body="ProductChanges",
        answer="CatalogueProduct",
    ),
    Call(
        method="patch",
        path="/products/{guid}/target",
        name="updateCatalogueProductTarget",
        summary="Change some criteria of a product's target",
        description="Criteria that are absent stay; null and `[]` turn one off.",
        parameters=(_GUID, _IF_MATCH),
        body="AudienceTargetInput",
        answer="CatalogueProduct",
    ),
    Call(
        method="patch",
        path="/audience-target/{guid}",
        name="updateAudienceTarget",
        summary="Change some criteria of a target",
        description="The same by the id of the target, which is a product's"
        " `osot_table_audience_targetid`.",
        parameters=(_GUID, _IF_MATCH),
        body="AudienceTargetInput",
        answer="CatalogueProduct",
    ),
)
