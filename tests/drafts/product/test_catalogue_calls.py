"""The catalogue's calls: who may use them; products are created and read with their targets."""

import asyncio
from collections import deque
from datetime import timedelta
from uuid import uuid4

from assembly_service.drafts.product.target_fields import TARGET_FIELDS
from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Json,
    answer_lost,
    timed_out,
)

TARGETS = "/private/audience-target"
CRITERIA = {field.name for field in TARGET_FIELDS}
NONE = {"products": 0, "targets": 0, "guards": 0, "audits": 0}
ONE = dict.fromkeys(NONE, 1)


async def make(caller: Caller, **fields: object) -> Json:
    """The answer with a new product."""
    answer = await caller.call("POST", PRODUCTS, {**PRODUCT, **fields})
    assert answer.status == 201, answer
    product: Json = answer.body
    return product


async def test_a_product_is_created_together_with_a_target_for_everyone(
    instance: Instance, admin: Caller
) -> None:
    answer = await admin.call("POST", PRODUCTS, {**PRODUCT, "productCode": " new-1 "})
    assert (answer.status, answer.headers["ETag"]) == (201, '"1.1"')
    made = answer.body
    assert made.items() >= {**PRODUCT, "productCode": "NEW-1", "taxes": 13, "userType": 3}.items()
    assert made.keys() == {
        *PRODUCT,
        *("productStatus", "userType", "taxes", "privilege", "accessModifiers"),
        *("inventory", "shipping", "activeMembershipOnly"),
        *("productGuid", "productNumber", "createdBy", "createdAt", "updatedAt"),
        *("osot_table_audience_targetid", "audienceTarget"),
    }
    assert (made["productNumber"], made["createdBy"]) == ("osot-prod-0000001", "ada")
    target = made["audienceTarget"]
    assert target.keys() == CRITERIA | {
        *("targetGuid", "targetNumber", "productGuid", "matchMode", "createdAt", "updatedAt")
    }
    assert all(target[name] == [] for name in CRITERIA)
    assert target["targetGuid"] == made["osot_table_audience_targetid"]
    assert (target["productGuid"], target["matchMode"]) == (made["productGuid"], "any")
    assert target["targetNumber"] == "osot-tgt-0000001"
    assert await instance.count_records() == ONE
    for guid in (made["productGuid"], made["productGuid"].upper()):
        read = await admin.call("GET", f"{PRODUCTS}/{guid}")
        assert (read.status, read.headers["ETag"], read.body) == (200, '"1.1"', made)


async def test_a_wrong_product_is_refused_as_in_drafts_and_not_created(
    instance: Instance, admin: Caller
) -> None:
    answer = await admin.call("POST", PRODUCTS, {"productCode": "A B", "priceOntario": 1})
    assert (answer.status, answer.body["message"]) == (400, "Product validation failed")
    assert answer.body["errors"][0] == "Missing required field: productName"
    assert answer.body["errors"][-1] == "Unknown field: priceOntario"
    assert len(answer.body["errors"]) == 8
    assert answer.body["operationId"].startswith("create-product-")
    assert await instance.count_records() == NONE


async def test_of_two_concurrent_products_with_one_code_one_is_created_whole(
    instance: Instance, admin: Caller
) -> None:
    answers = await asyncio.gather(
        *(admin.call("POST", PRODUCTS, {**PRODUCT, "productName": name}) for name in ("One", "Two"))
    )
    assert sorted(answer.status for answer in answers) == [201, 409]
    refused = next(answer.body for answer in answers if answer.status == 409)
    assert refused.pop("operationId").startswith("create-product-")
    assert refused == {
        "statusCode": 409,
        "message": "Product code OSOT-WORKSHOP-2026 already exists",
        "fields": {"productCode": "Product code OSOT-WORKSHOP-2026 already exists"},
        "productCode": "OSOT-WORKSHOP-2026",
    }
    assert await instance.count_records() == ONE


async def test_nothing_of_a_product_is_created_when_the_store_fails(
    instance: Instance, admin: Caller
) -> None:
    instance.reads.orders["transact_write_items"] = deque([timed_out])
    answer = await admin.call("POST", PRODUCTS, PRODUCT)
    assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
    assert answer.body == {"statusCode": 503, "message": "Service temporarily unavailable"}
    assert await instance.count_records() == NONE


async def test_a_product_is_created_and_answered_when_only_the_stores_answer_is_lost(
    instance: Instance, admin: Caller
) -> None:
    instance.reads.orders["transact_write_items"] = deque([answer_lost])
    made = await make(admin)
    assert (await admin.call("GET", f"{PRODUCTS}/{made['productGuid']}")).body == made
    assert await instance.count_records() == ONE


def calls_of(product: str, target: str) -> list[tuple[str, str]]:
    """Every call about one product."""
    return [
        ("GET", f"{PRODUCTS}/{product}"),
        ("PATCH", f"{PRODUCTS}/{product}"),
        ("PATCH", f"{PRODUCTS}/{product}/target"),
        ("PATCH", f"{TARGETS}/{target}"),
    ]


async def test_no_token_is_401_an_owner_403_and_a_caller_without_an_organisation_is_refused(
    instance: Instance, admin: Caller
) -> None:
    made = await make(admin)
    calls = [
        ("POST", PRODUCTS),
        ("GET", PRODUCTS),
        *calls_of(made["productGuid"], made["osot_table_audience_targetid"]),
        *calls_of("malformed", str(uuid4())),
    ]
    refusals: list[tuple[Caller, int, str]] = [
        (Caller(session=admin.session, token=None), 401, "Unauthorized"),
        (admin.as_(expires_in=timedelta(minutes=-5)), 401, "Unauthorized"),
        (admin.as_(privilege=1), 403, "Only {who} can {action} products"),
        (admin.as_(organization=None), 400, "Organization GUID is required"),
    ]
    for method, path in calls:
        action = {"POST": "create", "GET": "read", "PATCH": "change"}[method]
        who = "Admin users" if action == "create" else "Admin and Main users"
        for caller, status, sentence in refusals:
            message = sentence.format(who=who, action=action)
            answer = await caller.call(method, path, b"not JSON")
            assert (answer.status, answer.body) == (
                status,
                {"statusCode": status, "message": message},
            )
    assert await instance.count_records() == ONE


async def test_products_of_others_are_answered_like_unknown_ones(
    instance: Instance, admin: Caller
) -> None:
    made = await make(admin)
    product, target = made["productGuid"], made["osot_table_audience_targetid"]
    stranger = admin.as_(organization="another")
    for caller, ids in (
        (stranger, (product, target)),
        (admin, (str(uuid4()), str(uuid4()))),
        (admin, ("malformed", "malformed")),
        (admin, (target, product)),
    ):
        *of_product, of_target = calls_of(*ids)
        for method, path in of_product:
            answer = await caller.call(method, path, b"not JSON")
            assert (answer.status, answer.body) == (
                404,
                {"statusCode": 404, "message": "Product not found", "productGuid": ids[0]},
            )
        answer = await caller.call(*of_target, b"not JSON")
        assert (answer.status, answer.body) == (
            404,
            {"statusCode": 404, "message": "Audience target not found", "targetGuid": ids[1]},
        )
    colleague = admin.as_(user="bob", privilege="main")
    assert (await colleague.call("GET", f"{PRODUCTS}/{product}")).body == made
