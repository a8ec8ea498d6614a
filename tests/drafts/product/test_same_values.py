"""A PATCH with the stored values changes nothing."""

from http import HTTPStatus

import pytest

from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    Caller,
    Instance,
)
from tests.harness.drafts import (
    Answer,
    Json,
)

CRITERIA: Json = {"osot_province": [11, 1], "osot_language": [0]}


async def product_with_target(instance: Instance, admin: Caller) -> Answer:
    made = await admin.call("POST", PRODUCTS, {**PRODUCT, "otStuPrice": 99.9, "inventory": 3})
    path = f"{PRODUCTS}/{made.body['productGuid']}/target"
    given = await admin.call("PATCH", path, CRITERIA)
    assert given.status == HTTPStatus.OK
    instance.clock.now += 1_000
    return given


@pytest.mark.parametrize(
    "same",
    [
        {"productName": PRODUCT["productName"]},
        {"productName": f"  {PRODUCT['productName']} "},
        {"productCode": PRODUCT["productCode"].lower()},
        {"otStuPrice": 99.90, "generalPrice": 120.500, "inventory": 3.0},
        {"taxes": None, "shipping": 0},
        {"otPrPrice": None},
        PRODUCT,
    ],
)
async def test_the_same_values_write_nothing(instance: Instance, admin: Caller, same: Json) -> None:
    before = await product_with_target(instance, admin)
    rows = await instance.records()
    path = f"{PRODUCTS}/{before.body['productGuid']}"
    answer = await admin.call("PATCH", path, same)
    assert (answer.status, answer.body) == (HTTPStatus.OK, before.body)
    assert answer.headers["ETag"] == before.headers["ETag"]
    assert await instance.records() == rows


@pytest.mark.parametrize(
    "same",
    [CRITERIA, {"osot_province": [1, 11]}, {"osot_gender": None, "osot_race": []}],
)
async def test_the_same_criteria_write_nothing(
    instance: Instance, admin: Caller, same: Json
) -> None:
    before = await product_with_target(instance, admin)
    rows = await instance.records()
    for path in (
        f"{PRODUCTS}/{before.body['productGuid']}/target",
        f"/private/audience-target/{before.body['audienceTarget']['targetGuid']}",
    ):
        answer = await admin.call("PATCH", path, same)
        assert (answer.status, answer.body) == (HTTPStatus.OK, before.body)
        assert answer.headers["ETag"] == before.headers["ETag"]
    assert await instance.records() == rows


async def test_the_condition_and_the_body_are_still_checked(
    instance: Instance, admin: Caller
) -> None:
    before = await product_with_target(instance, admin)
    path = f"{PRODUCTS}/{before.body['productGuid']}"
    same = {"productName": PRODUCT["productName"]}
    old = await admin.call("PATCH", path, same, headers={"If-Match": '"1.1"'})
    assert old.status == HTTPStatus.PRECONDITION_FAILED
    now = await admin.call("PATCH", path, same, headers={"If-Match": before.headers["ETag"]})
    assert now.status == HTTPStatus.OK
    wrong = await admin.call("PATCH", path, {**same, "priceOntario": 1})
    assert wrong.status == HTTPStatus.BAD_REQUEST


async def test_one_different_value_is_a_change(instance: Instance, admin: Caller) -> None:
    before = await product_with_target(instance, admin)
    path = f"{PRODUCTS}/{before.body['productGuid']}"
    answer = await admin.call("PATCH", path, {**PRODUCT, "generalPrice": 120.51})
    assert answer.body["updatedAt"] > before.body["updatedAt"]
    assert answer.headers["ETag"] != before.headers["ETag"]
