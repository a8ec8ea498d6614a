"""The schemas of product drafts and the catalogue, for the OpenAPI document."""

from assembly_service.drafts.enumerations import enumeration_schemas
from assembly_service.drafts.product.product_fields import PRODUCT_FIELDS, product_schema
from assembly_service.drafts.product.records import MatchMode
from assembly_service.drafts.product.rules import State
from assembly_service.drafts.product.target_fields import TARGET_FIELDS, target_schema
from assembly_service.http.schemas import (
    FIELD_ERRORS,
    MILLISECONDS,
    TEXT,
    Schema,
    object_schema,
    reference,
    with_optional,
)

GUID: Schema = {"type": "string", "format": "uuid"}
_LINES: Schema = {"type": "array", "items": TEXT}
_CODE: Schema = {**TEXT, "description": "The product's code, in upper case."}
_NAMES = {"productGuid": GUID, "targetGuid": GUID, "productCode": _CODE}
_ERRORS: Schema = {**_LINES, "description": "Why the last commit gave up; else empty."}
_OPERATION_ID: Schema = {
    **TEXT,
    "minLength": 1,
    "description": "Unique for each call; name it when you report a problem.",
}
_STATE = """Where a draft stands.

- `initiated`: it has no product yet
- `product-added`: it has a valid product, and no target
- `target-configured`: it has both
- `committing`: a commit call holds it; wait, and poll the progress
- `committed`: product and target exist; the draft is gone when its result is replayed no more
- `failed`: the last commit gave up and nothing was written; commit again, or change it first

Adding a product leads from `initiated` and `failed` to `product-added`, or to
`target-configured` if the draft has a target; configuring the target leads from every open
state with a product to `target-configured`; a commit leads to `committing`, and from there to
`committed` or `failed`. A draft whose lifetime is over (`expired`) is answered with 404.

Clients that know the states by their older names find them in upper case with `_` in place of
`-`, but for two: what is `committing` here was `COMMITTED` there, and what is `committed` here
was `COMPLETED`. Clients that do not know `committing` should wait when they meet it."""


def draft_schemas(match_mode: MatchMode) -> dict[str, Schema]:
    """Return every schema by name, enumerations included."""
    return {
        **enumeration_schemas(),
        "EmptyBody": {"type": "object", "additionalProperties": False},
        "ProductInput": product_schema(),
        "ProductChanges": _changes(product_schema()),
        "PreparedProduct": _prepared_product(),
        "AudienceTargetInput": {**target_schema(), "x-match-mode": match_mode},
        "PreparedAudienceTarget": _prepared_target(),
        "ProductSessionState": {
            "type": "string",
            "enum": [state.value for state in State if state is not State.EXPIRED],
            "description": _STATE,
        },
        **_session_schemas(),
        **_commit_schemas(),
        **_catalogue_schemas(),
        "ErrorBody": _error_body(),
    }


def _session_schemas() -> dict[str, Schema]:
    session = {
        "sessionId": GUID,
        "state": reference("ProductSessionState"),
        "createdAt": MILLISECONDS,
        "updatedAt": MILLISECONDS,
        "expiresAt": {**MILLISECONDS, "description": "Fixed when the draft is created."},
        "operationId": _OPERATION_ID,
    }
    with_product = {**session, "product": reference("PreparedProduct")}
    return {
        "ProductSession": object_schema(**session),
        "ProductSessionWithProduct": object_schema(**with_product),
        "ProductSessionWithTarget": object_schema(
            **with_product, audienceTarget=reference("PreparedAudienceTarget")
        ),
        "StoredProductSession": _stored_session(session),
        "ProductSessionProgress": _progress(),
    }


def _stored_session(session: dict[str, Schema]) -> Schema:
    return with_optional(
        object_schema(**session, errors=_ERRORS, fields=FIELD_ERRORS),
        product=reference("PreparedProduct"),
        audienceTarget=reference("PreparedAudienceTarget"),
        **_only("Only once committed.", **_NAMES),
    )


def _progress() -> Schema:
    flag = {"type": "boolean"}
    progress = object_schema(
        sessionId=GUID,
        state=reference("ProductSessionState"),
        steps=object_schema(productAdded=flag, targetConfigured=flag, committed=flag),
        errors=_ERRORS,
        fields=FIELD_ERRORS,
        canCommit={**flag, "description": "Whether a commit may be tried now."},
        expiresAt=MILLISECONDS,
        progressPercent={
            "type": "integer",
            "enum": [25, 50, 75, 100],
            "description": "25 without a product, 50 with one, 75 with its target, 100 committed.",
        },
    )
    return with_optional(progress, **_only("Only once committed.", **_NAMES))


def _commit_schemas() -> dict[str, Schema]:
    success = object_schema(
        success={"type": "boolean", "const": True},
        productGuid=GUID,
        targetGuid=GUID,
        productCode=_CODE,
        operationId=_OPERATION_ID,
    )
    replayed = {"type": "boolean", "const": True}
    failure = object_schema(
        success={"type": "boolean", "const": False},
        errors={
            **_LINES,
            "minItems": 2,
            "description": "A summary with the number of attempts, then the cause.",
        },
        fields=FIELD_ERRORS,
        operationId=_OPERATION_ID,
    )
    return {
        "CommitSuccess": with_optional(success, **_only("Another call did it.", replayed=replayed)),
        "CommitFailure": with_optional(
            failure,
            **_only("This call waited for another one, whose failure it is.", replayed=replayed),
        ),
        "CommitResult": {
            "oneOf": [reference("CommitSuccess"), reference("CommitFailure")],
            "description": "`success` says which.",
        },
    }


def _catalogue_schemas() -> dict[str, Schema]:
    prepared = _prepared_product()
    product = object_schema(
        productGuid=GUID,
        productNumber={**TEXT, "pattern": "^osot-prod-[0-9]{7,}$"},
        createdBy={**TEXT, "description": "The user who made it."},
        **prepared["properties"],
        createdAt=MILLISECONDS,
        updatedAt=MILLISECONDS,
        osot_table_audience_targetid=GUID,
        audienceTarget=reference("CatalogueAudienceTarget"),
    )
    optional = prepared["properties"].keys() - set(prepared["required"])
    product["required"] = [name for name in product["required"] if name not in optional]
    return {
        "CatalogueProduct": product,
        "CatalogueAudienceTarget": object_schema(
            targetGuid=GUID,
            targetNumber={**TEXT, "pattern": "^osot-tgt-[0-9]{7,}$"},
            productGuid=GUID,
            matchMode={
                "type": "string",
                "enum": ["any", "all"],
                "description": "Whether users need to fit any or all of the criteria that are on.",
            },
            **_prepared_target()["properties"],
            createdAt=MILLISECONDS,
            updatedAt=MILLISECONDS,
        ),
        "CatalogueProductList": object_schema(
            products={"type": "array", "items": reference("CatalogueProduct"), "maxItems": 50},
            pagination=reference("Pagination"),
        ),
    }


def _error_body() -> Schema:
    body = object_schema(
        statusCode={"type": "integer", "minimum": 400, "maximum": 599},
        message={**TEXT, "description": "What is wrong."},
    )
    body["description"] = "Why a call was refused; the ids are those that the call was about."
    as_given = {**TEXT, "description": "As the client gave it."}
    return with_optional(
        body,
        errors={**_LINES, "description": "One line for every mistake in what was sent."},
        fields=FIELD_ERRORS,
        operationId=_OPERATION_ID,
        sessionId=as_given,
        productGuid=as_given,
        targetGuid=as_given,
        productCode=_CODE,
    )


def _changes(whole: Schema) -> Schema:
    changes = {name: part for name, part in whole.items() if name != "required"}
    # Absent fields stay as they are, so they have no defaults: generators would require them.
    changes["properties"] = {
        name: {key: value for key, value in field.items() if key != "default"}
        for name, field in whole["properties"].items()
    }
    description = "Fields that are absent stay; null gives a field its default or takes it away."
    return {**changes, "description": description}


def _prepared_product() -> Schema:
    """Return the schema of a stored product: defaults filled in, nothing null."""
    product = object_schema(**{field.name: field.stored_schema() for field in PRODUCT_FIELDS})
    product["required"] = [
        field.name for field in PRODUCT_FIELDS if field.required or field.default is not None
    ]
    product["description"] = "Texts trimmed, the code in upper case, defaults filled in."
    return product


def _prepared_target() -> Schema:
    """Return the schema of a stored target."""
    target = object_schema(
        **{
            field.name: {
                "type": "array",
                "items": reference(field.enumeration),
                "description": f"{field.group}: codes of {field.enumeration}, ascending.",
            }
            for field in TARGET_FIELDS
        }
    )
    del target["required"]
    target["description"] = "The criteria that are on."
    return target


def _only(when: str, **properties: Schema) -> dict[str, Schema]:
    """Return properties with a description of when they are present."""
    return {name: {**part, "description": when} for name, part in properties.items()}
