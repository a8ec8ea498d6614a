"""The examples of the OpenAPI document: what is sent, and what is answered to it.

An example of a request and the example of its answer have the same name.
"""

from typing import Any

from assembly_service.drafts.product.refusals import code_exists
from assembly_service.drafts.product.target_fields import whole_target

Example = dict[str, Any]

_SESSION_ID = "0b0e1c9a-6c1f-4b7e-9a51-6d1f6f0a3c52"
_PRODUCT_GUID = "019a43b0-5c8a-7a3e-8f21-5b6c7d8e9f00"
_TARGET_GUID = "019a43b0-5c8a-7c1d-9b02-1f2e3d4c5b6a"
_CREATED, _UPDATED, _EXPIRES = (
    f"2026-11-02T{at}.000Z" for at in ("10:00:00", "10:05:00", "12:00:00")
)
_CODE = "OSOT-WORKSHOP-2026"

_WORKSHOP: Example = {
    "productName": "Hand rehabilitation workshop",
    "productCode": "osot-workshop-2026",
    "productDescription": "A day about hand rehabilitation, with lunch.",
    "productCategory": 4,
    "productGlCode": 14,
    "productYear": "2026",
    "productStatus": 1,
    "generalPrice": 120.5,
    "otStuPrice": 0,
    "startDate": "2026-11-20",
    "endDate": "2026-11-20",
}
_STORED_WORKSHOP: Example = {
    **_WORKSHOP,
    "productCode": _CODE,
    "userType": 3,
    "taxes": 13,
    "privilege": 1,
    "accessModifiers": 1,
    "inventory": 0,
    "shipping": 0,
    "activeMembershipOnly": False,
}
_CHEAPER = {
    name: 99.99 if name == "generalPrice" else value
    for name, value in _STORED_WORKSHOP.items()
    if name != "otStuPrice"
}
_WRONG = {"productName": "Hand splints", "productCode": "A B", "priceOntario": 120.5}
_WRONG_LINES = [
    "Invalid product code format. Expected: 3-255 characters: A-Z, 0-9, hyphen, underscore",
    "Missing required field: productDescription",
    "Missing required field: productCategory",
    "Missing required field: productGlCode",
    "Missing required field: productYear",
    "At least one price field must be specified",
    "Unknown field: priceOntario",
]
_OUT_OF_RANGE_LINES = [
    "productYear must be a year of four digits",
    "generalPrice must be between 0 and 999999.99",
]
_STUDENTS: Example = {"osot_province": [11, 1], "osot_membership_category": [5, 11]}
_STORED_STUDENTS: Example = {name: sorted(codes) for name, codes in _STUDENTS.items()}
_BOTH: dict[str, Any] = {"product": _STORED_WORKSHOP, "audienceTarget": _STORED_STUDENTS}
_OLD_NAME = {"osot_location_province": [1], "osot_language": [2, 99]}
_OLD_NAME_LINES = [
    "osot_language contains invalid value(s): 99",
    "Unknown targeting field: osot_location_province",
]
_NAMES = {"productGuid": _PRODUCT_GUID, "targetGuid": _TARGET_GUID, "productCode": _CODE}


def _operation(call: str, session_id: str = _SESSION_ID) -> Example:
    parts = [call, session_id, "9c1d5e7f3a2b4c60"]
    return {"operationId": "-".join(part for part in parts if part)}


_SUCCESS: Example = {"success": True, **_NAMES, **_operation("commit-product")}


def _session(call: str, state: str, updated: str = _UPDATED, **parts: Any) -> Example:
    return {
        "sessionId": _SESSION_ID,
        "state": state,
        "createdAt": _CREATED,
        "updatedAt": updated,
        "expiresAt": _EXPIRES,
        **_operation(call, "" if call == "create-product-session" else _SESSION_ID),
        **parts,
    }


def _progress(state: str, percent: int, **more: Any) -> Example:
    return {
        "sessionId": _SESSION_ID,
        "state": state,
        "steps": {
            "productAdded": True,
            "targetConfigured": percent > 50,
            "committed": percent == 100,
        },
        "errors": [],
        "canCommit": state not in {"committing", "committed"},
        "progressPercent": percent,
        "expiresAt": _EXPIRES,
        **more,
    }


def _product(criteria: Example, product: Example = _STORED_WORKSHOP) -> Example:
    target = {
        "targetGuid": _TARGET_GUID,
        "targetNumber": "osot-tgt-0000001",
        "productGuid": _PRODUCT_GUID,
        "matchMode": "any",
        **whole_target(criteria),
        "createdAt": _CREATED,
        "updatedAt": _UPDATED,
    }
    return {
        "productGuid": _PRODUCT_GUID,
        "productNumber": "osot-prod-0000001",
        "createdBy": "ada",
        **product,
        "createdAt": _CREATED,
        "updatedAt": _UPDATED,
        "osot_table_audience_targetid": _TARGET_GUID,
        "audienceTarget": target,
    }


def _error(status: int, message: str, **context: Any) -> Example:
    return {"statusCode": status, "message": message, **context}


def _code_taken(call: str, session_id: str = _SESSION_ID) -> Example:
    return _error(409, code_exists(_CODE), productCode=_CODE, **_operation(call, session_id))


def _gave_up(attempts: int, cause: str) -> Example:
    lines = [f"Failed to commit session after {attempts} attempts", cause]
    return {"success": False, "errors": lines, **_operation("commit-product")}


_NO_SESSION = {"noSuchSession": _error(404, "Session not found or expired", sessionId=_SESSION_ID)}
_NO_PRODUCT = {"noSuchProduct": _error(404, "Product not found", productGuid=_PRODUCT_GUID)}
_NO_TARGET = {"noSuchTarget": _error(404, "Audience target not found", targetGuid=_TARGET_GUID)}
_NO_ORGANIZATION = {"noOrganization": _error(400, "Organization GUID is required")}
_CANNOT_MODIFY = {"beingCommitted": _error(409, "Cannot modify session in state committing")}
_COMMITTED = {"committed": _error(400, "Cannot modify session in state committed")}
_CHANGED_MEANWHILE = "The product was changed meanwhile: load it again"
_CHANGED = {"changedMeanwhile": _error(412, _CHANGED_MEANWHILE, productGuid=_PRODUCT_GUID)}

REQUESTS: dict[str, dict[str, Example]] = {
    "createProductSession": {"newDraft": {}, "notEmpty": {"userId": "ada"}},
    "addProductToSession": {"workshop": _WORKSHOP, "severalMistakes": _WRONG},
    "configureSessionTarget": {"students": _STUDENTS, "everyone": {}, "severalMistakes": _OLD_NAME},
    "commitProductSession": {"success": {}},
    "createCatalogueProduct": {"workshop": _WORKSHOP, "severalMistakes": _WRONG},
    "updateCatalogueProduct": {
        "cheaper": {"generalPrice": 99.99, "otStuPrice": None},
        "severalMistakes": {"generalPrice": -1, "productYear": "26"},
    },
    "updateCatalogueProductTarget": {"students": _STUDENTS, "severalMistakes": _OLD_NAME},
    "updateAudienceTarget": {"students": _STUDENTS, "severalMistakes": _OLD_NAME},
}
"""Bodies by operation and name."""


def _invalid_product(call: str, session_id: str = "", lines: list[str] = _WRONG_LINES) -> Example:
    context = {"errors": lines, **_operation(call, session_id)}
    return {"severalMistakes": _error(400, "Product validation failed", **context)}


def _invalid_target(call: str, session_id: str = "") -> Example:
    context = {"errors": _OLD_NAME_LINES, **_operation(call, session_id)}
    return {"severalMistakes": _error(400, "Target validation failed", **context)}


ANSWERS: dict[str, dict[int, dict[str, Example]]] = {
    "createProductSession": {
        201: {"newDraft": _session("create-product-session", "initiated", _CREATED)},
        400: {
            "notEmpty": _error(
                400,
                "Request validation failed",
                errors=["Unknown field: userId"],
                **_operation("create-product-session", ""),
            ),
            **_NO_ORGANIZATION,
        },
    },
    "addProductToSession": {
        200: {"workshop": _session("add-product", "product-added", product=_STORED_WORKSHOP)},
        400: {**_invalid_product("add-product", _SESSION_ID), **_COMMITTED},
        404: _NO_SESSION,
        409: {"codeTaken": _code_taken("add-product"), **_CANNOT_MODIFY},
    },
    "configureSessionTarget": {
        200: {
            name: _session(
                "add-target", "target-configured", product=_STORED_WORKSHOP, audienceTarget=stored
            )
            for name, stored in (("students", _STORED_STUDENTS), ("everyone", {}))
        },
        400: {
            **_invalid_target("add-target", _SESSION_ID),
            "noProductYet": _error(400, "Product data must be added before target configuration"),
            **_COMMITTED,
        },
        404: _NO_SESSION,
        409: _CANNOT_MODIFY,
    },
    "commitProductSession": {
        200: {
            "success": _SUCCESS,
            "replayed": {**_SUCCESS, "replayed": True},
            "gaveUp": _gave_up(3, "Connection timeout"),
            "codeTaken": _gave_up(1, code_exists(_CODE)),
        },
        400: {"noProductYet": _error(400, "Product data must be added before commit")},
        404: _NO_SESSION,
        409: {"beingCommitted": _error(409, "Cannot commit session in state committing")},
    },
    "getProductSessionProgress": {
        200: {
            "productAdded": _progress("product-added", 50),
            "committing": _progress("committing", 75),
            "failed": _progress(
                "failed",
                75,
                errors=["Failed to commit session after 3 attempts", "Connection timeout"],
            ),
            "committed": _progress("committed", 100, **_NAMES),
        },
        404: _NO_SESSION,
    },
    "getProductSession": {
        200: {"withBoth": {**_session("get-session", "target-configured"), **_BOTH, "errors": []}},
        404: _NO_SESSION,
    },
    "createCatalogueProduct": {
        201: {"workshop": _product({})},
        400: {**_invalid_product("create-product"), **_NO_ORGANIZATION},
        409: {"codeTaken": _code_taken("create-product", "")},
    },
    "listCatalogueProducts": {
        200: {
            "onePage": {
                "products": [_product(_STORED_STUDENTS)],
                "pagination": {"hasMore": False, "lastEvaluatedKey": None, "count": 1},
            }
        },
        400: {
            "brokenParameters": _error(
                400,
                "Request validation failed",
                errors=[
                    "limit must be a whole number from 1 to 50",
                    "status must be a code, as in the productStatus of a product",
                ],
            ),
            **_NO_ORGANIZATION,
        },
    },
    "getCatalogueProduct": {
        200: {"workshop": _product(_STORED_STUDENTS)},
        400: _NO_ORGANIZATION,
        404: _NO_PRODUCT,
    },
    "updateCatalogueProduct": {
        200: {"cheaper": _product(_STORED_STUDENTS, _CHEAPER)},
        400: {
            **_invalid_product("update-product", lines=_OUT_OF_RANGE_LINES),
            **_NO_ORGANIZATION,
        },
        404: _NO_PRODUCT,
        409: {"codeTaken": _code_taken("update-product", "")},
        412: _CHANGED,
    },
    "updateCatalogueProductTarget": {
        200: {"students": _product(_STORED_STUDENTS)},
        400: {**_invalid_target("update-target"), **_NO_ORGANIZATION},
        404: _NO_PRODUCT,
        412: _CHANGED,
    },
    "updateAudienceTarget": {
        200: {"students": _product(_STORED_STUDENTS)},
        400: {**_invalid_target("update-audience-target"), **_NO_ORGANIZATION},
        404: _NO_TARGET,
        412: _CHANGED,
    },
}
"""Bodies by operation, status and name."""
