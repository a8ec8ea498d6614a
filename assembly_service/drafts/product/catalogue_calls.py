"""Declares the calls on the catalogue; all paths start with the `PREFIX` of those on drafts."""

from functools import partial
from http import HTTPStatus

from assembly_service.drafts.engine.declarations import NEEDS_TOKEN
from assembly_service.drafts.product import examples, parameters
from assembly_service.drafts.product.calls import answers_of, body_of
from assembly_service.http.calls import Call

CATALOGUE = "product catalogue"

_catalogue_call = partial(Call, tag=CATALOGUE, security=NEEDS_TOKEN)

CREATE_PRODUCT = _catalogue_call(
    method="POST",
    path="/products",
    name="createCatalogueProduct",
    summary="Create a product without a draft",
    description="Writes the product together with a target for everyone.",
    body=body_of(
        "ProductInput", workshop=examples.WORKSHOP, severalMistakes=examples.SEVERAL_MISTAKES
    ),
    answers=answers_of(
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
    answers=answers_of(
        "CatalogueProductList",
        examples.PAGE,
        examples.INVALID_PARAMETERS,
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
    answers=answers_of(
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
    body=body_of(
        "ProductChanges",
        required=False,
        cheaper=examples.CHEAPER,
        severalMistakes=examples.OUT_OF_RANGE,
    ),
    answers=answers_of(
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
        body=body_of(
            "AudienceTargetInput",
            required=False,
            students=examples.STUDENTS,
            severalMistakes=examples.OLD_NAME,
        ),
        answers=answers_of(
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

CATALOGUE_CALLS = (
    CREATE_PRODUCT,
    LIST_PRODUCTS,
    GET_PRODUCT,
    UPDATE_PRODUCT,
    UPDATE_TARGET,
    UPDATE_NAMED_TARGET,
)
