"""Examples for the document: requests, and the answers that the calls' own code makes of them.

The example of a request and that of its answer have the same name.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.commit import Committed, NotCommitted
from assembly_service.drafts.engine.draft import Lease, Owner
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.engine.lifetime import Lifetime
from assembly_service.drafts.engine.refusals import Refusal, committing
from assembly_service.drafts.product import answers, refusals, rules
from assembly_service.drafts.product.parameters import LIMIT, STATUS
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.product_fields import merge_product, read_product
from assembly_service.drafts.product.records import (
    CreationMetadata,
    ProductWithTarget,
    changed_product,
    changed_target,
    created,
)
from assembly_service.drafts.product.rules import (
    COMMIT_STEP,
    LIFETIME_MILLISECONDS,
    PRODUCT,
    TARGET,
)
from assembly_service.drafts.product.target_fields import read_target
from assembly_service.settings.drafts import CODE_HINT, CODE_PATTERN

Example = dict[str, Any]
Refusals = Mapping[str, Refusal]
"""By the name of the example."""

SESSION_ID = "0b0e1c9a-6c1f-4b7e-9a51-6d1f6f0a3c52"
_CREATED = int(datetime(2026, 11, 2, 10, tzinfo=UTC).timestamp() * 1000)
_UPDATED = _CREATED + 300_000
_RULE = ProductCodeRule(pattern=re.compile(CODE_PATTERN), hint=CODE_HINT)
_CODE = "OSOT-WORKSHOP-2026"

WORKSHOP: Example = {
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
STUDENTS: Example = {"osot_province": [11, 1], "osot_membership_category": [5, 11]}
CHEAPER: Example = {"generalPrice": 99.99, "otStuPrice": None}
NOT_EMPTY: Example = {"userId": "ada"}
SEVERAL_MISTAKES: Example = {
    "productName": "Hand splints",
    "productCode": "A B",
    "priceOntario": 120.5,
}
OUT_OF_RANGE: Example = {"generalPrice": -1, "productYear": "26"}
OLD_NAME: Example = {"osot_location_province": [1], "osot_language": [2, 99]}


_PRODUCT = read_product(WORKSHOP, code_rule=_RULE)
_TARGET = read_target(STUDENTS)
_DRAFT = rules.new_draft(
    SESSION_ID, Owner("ada", "an organisation"), Lifetime(length=LIFETIME_MILLISECONDS), _CREATED
)
_ADDED = rules.with_product(_DRAFT, _PRODUCT, _UPDATED)
_OPEN = rules.with_target(_ADDED, {}, _UPDATED)
_CONFIGURED = rules.with_target(_ADDED, _TARGET, _UPDATED)
_LEASE = Lease(token="", until=_UPDATED + 30_000, record={})
_COMMITTING = rules.taken_for_commit(_CONFIGURED, _LEASE, _UPDATED)
_METADATA = CreationMetadata(
    organization="an organisation",
    actor="ada",
    operation_id="",
    written_at=_CREATED,
    product_guid="019a43b0-5c8a-7a3e-8f21-5b6c7d8e9f00",
    target_guid="019a43b0-5c8a-7c1d-9b02-1f2e3d4c5b6a",
    product_number=1,
    target_number=1,
    match_mode="any",
    code_scope="organization",
)
_RESULT: Mapping[str, Value] = {
    "productGuid": _METADATA.product_guid,
    "targetGuid": _METADATA.target_guid,
    "productCode": _CODE,
    "targetConfigured": True,
}
_COMMITTED = replace(_COMMITTING, state=rules.State.COMMITTED, result=_RESULT, parts={})
_TIMED_OUT = ("Failed to commit session after 3 attempts", "Connection timeout")
_TAKEN = ("Failed to commit session after 1 attempts", refusals.code_exists(_CODE))
_FAILED = rules.given_up(_COMMITTING, _TIMED_OUT, _UPDATED)


def _operation(step: str, session_id: str = SESSION_ID) -> str:
    """Return the operation id of a call."""
    return "-".join(part for part in (step, session_id, "9c1d5e7f3a2b4c60") if part)


def _refused(act: Callable[..., object], *arguments: Any) -> refusals.ProductRefusal:
    """Return how something is refused."""
    try:
        act(*arguments)
    except refusals.ProductRefusal as refusal:
        return refusal
    raise ValueError(f"{act} is not refused")


def _invalid(
    what: str, step: str, session_id: str, read: Callable[[], object]
) -> refusals.ProductRefusal:
    try:
        read()
    except InvalidBody as error:
        return refusals.invalid(f"{what} validation failed", error, _operation(step, session_id))
    raise ValueError("nothing is wrong with it")


def invalid_product(step: str, session_id: str = "") -> Refusals:
    """A product with several mistakes."""
    read = partial(read_product, SEVERAL_MISTAKES, code_rule=_RULE)
    return {"severalMistakes": _invalid("Product", step, session_id, read)}


def invalid_changes() -> Refusals:
    """Changes of a product with several mistakes."""
    read = partial(merge_product, _PRODUCT, OUT_OF_RANGE, code_rule=_RULE)
    return {"severalMistakes": _invalid("Product", "update-product", "", read)}


def invalid_target(step: str, session_id: str = "") -> Refusals:
    """A target with several mistakes."""
    return {"severalMistakes": _invalid("Target", step, session_id, partial(read_target, OLD_NAME))}


def taken(step: str, session_id: str = "") -> Refusals:
    """Another product has the code."""
    return {"codeTaken": refusals.code_taken(_CODE, _operation(step, session_id))}


def product() -> Example:
    """A new product of the catalogue."""
    return created(_METADATA, _PRODUCT, {}).shown()


def changed(changes: Example | None = None) -> Example:
    """The same later, for students and with some changes."""
    made = created(_METADATA, _PRODUCT, {})
    fields = merge_product(_PRODUCT, changes or {}, code_rule=_RULE)
    return ProductWithTarget(
        changed_product(made.product, fields, _UPDATED),
        changed_target(made.target, _TARGET, _UPDATED),
    ).shown()


NEW_DRAFT = {"newDraft": answers.session(_DRAFT, _operation("create-product-session", ""))}
NOT_EMPTY_REFUSED = {
    "notEmpty": refusals.invalid(
        "Request validation failed",
        InvalidBody(["Unknown field: userId"]),
        _operation("create-product-session", ""),
    )
}
WITH_PRODUCT = {"workshop": answers.session(_ADDED, _operation("add-product"), PRODUCT)}
WITH_TARGET = {
    name: answers.session(draft, _operation("add-target"), PRODUCT, TARGET)
    for name, draft in (("students", _CONFIGURED), ("everyone", _OPEN))
}
STORED = {"withBoth": answers.stored(_CONFIGURED, _operation("get-session"))}
PROGRESS = {
    name: answers.progress(draft, _UPDATED)
    for name, draft in (
        ("productAdded", _ADDED),
        ("committing", _COMMITTING),
        ("failed", _FAILED),
        ("committed", _COMMITTED),
    )
}
COMMITS = {
    name: answers.commit(_CONFIGURED, outcome, _operation(COMMIT_STEP))
    for name, outcome in (
        ("success", Committed(_COMMITTED, _RESULT)),
        ("replayed", Committed(_COMMITTED, _RESULT, replayed=True)),
        ("gaveUp", NotCommitted(_TIMED_OUT)),
        ("codeTaken", NotCommitted(_TAKEN)),
    )
}
PAGE = {
    "onePage": {
        "products": [changed()],
        "pagination": {"hasMore": False, "lastEvaluatedKey": None, "count": 1},
    }
}

NO_ORGANIZATION = {"noOrganization": refusals.no_organization()}
NO_SESSION = {"noSuchSession": refusals.session_not_found(SESSION_ID)}
NO_PRODUCT = {"noSuchProduct": refusals.product_not_found(_METADATA.product_guid)}
NO_TARGET = {"noSuchTarget": refusals.target_not_found(_METADATA.target_guid)}
CHANGED = {"changedMeanwhile": refusals.changed_meanwhile(_METADATA.product_guid)}
INVALID_PARAMETERS = {
    "invalidParameters": refusals.invalid_parameters(
        [(each.name, each.sentence) for each in (LIMIT, STATUS)]
    )
}
NOT_OPEN = {
    "committed": _refused(rules.refuse_unless_open, _COMMITTED, _UPDATED),
    "beingCommitted": _refused(rules.refuse_unless_open, _COMMITTING, _UPDATED),
}
NO_PRODUCT_FOR_TARGET = {
    "noProductYet": _refused(rules.refuse_target_without_product, _DRAFT, _UPDATED)
}
NOT_COMMITTABLE = {
    "noProductYet": _refused(rules.refuse_unless_committable, _DRAFT, _UPDATED),
    "beingCommitted": refusals.translate(committing(SESSION_ID, _COMMITTING.state)),
}
