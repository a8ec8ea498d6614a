"""Changes of products and targets in the catalogue."""

import asyncio
from collections import deque

import pytest

from tests.drafts.product.support import (
    PRODUCTS,
    Caller,
    Instance,
)
from tests.drafts.product.test_catalogue_calls import CRITERIA, TARGETS, make
from tests.harness.drafts import (
    Json,
    Trouble,
    answer_lost,
    timed_out,
)

pytestmark = pytest.mark.conditions

NO_PRICE = "At least one price field must be specified"


def product_path(made: Json) -> str:
    return f"{PRODUCTS}/{made['productGuid']}"


def target_paths(made: Json) -> tuple[str, str]:
    """Both paths of the target: by its product and by its own id."""
    return f"{product_path(made)}/target", f"{TARGETS}/{made['osot_table_audience_targetid']}"


def switched_on(shown: Json) -> Json:
    target: Json = shown["audienceTarget"]
    return {name: target[name] for name in CRITERIA if target[name]}


async def taken(caller: Caller, made: Json, code: str) -> None:
    """Assert that no other product can get a code, in whatever way."""
    for method, path in (("POST", PRODUCTS), ("PATCH", product_path(made))):
        body = {**made_of(made), "productCode": code}
        answer = await caller.call(method, path, body)
        assert answer.body.pop("operationId")
        sentence = f"Product code {code.upper()} already exists"
        assert (answer.status, answer.body) == (
            409,
            {
                "statusCode": 409,
                "message": sentence,
                "fields": {"productCode": sentence},
                "productCode": code.upper(),
            },
        )


def made_of(made: Json) -> Json:
    """The required fields of a product."""
    names = ("productName", "productCode", "productDescription", "productCategory")
    return {name: made[name] for name in (*names, "productGlCode", "productYear", "generalPrice")}


async def test_a_change_of_a_product_leaves_the_other_fields_and_null_removes_one(
    instance: Instance, admin: Caller
) -> None:
    made = await make(
        admin, otPrPrice=5, taxes=5, startDate="2026-03-01", productPicture="https://shop.example"
    )
    instance.clock.now += 1
    changes = {"productName": " Autumn ", "taxes": None, "startDate": None, "otPrPrice": ""}
    answer = await admin.as_(user="bob").call("PATCH", product_path(made), changes)
    expected = {**made, "productName": "Autumn", "taxes": 13}
    for name in ("startDate", "otPrPrice"):
        del expected[name]
    assert answer.body.pop("updatedAt") > expected.pop("updatedAt")
    assert (answer.status, answer.body) == (200, expected)
    read = await admin.call("GET", product_path(made))
    assert read.body.items() >= answer.body.items()
    assert await instance.count_records() == {"products": 1, "targets": 1, "guards": 1, "audits": 2}


async def test_a_changed_product_is_checked_as_a_whole_and_a_refused_change_changes_nothing(
    instance: Instance, admin: Caller
) -> None:
    made = await make(admin, endDate="2026-03-01")
    for change, lines in (
        ({"generalPrice": None}, [NO_PRICE]),
        ({"productName": None}, ["Missing required field: productName"]),
        ({"startDate": "2026-03-02"}, ["endDate must not be before startDate"]),
        (
            {"productCategory": 1},
            [
                "Insurance Type is required for Insurance products",
                "Insurance Limit is required for Insurance products",
            ],
        ),
        (
            {"priceOntario": 1, "productGuid": "x", "audienceTarget": {}, "createdBy": None},
            [
                f"Unknown field: {name}"
                for name in ("priceOntario", "productGuid", "audienceTarget", "createdBy")
            ],
        ),
    ):
        answer = await admin.call("PATCH", product_path(made), change)
        assert (answer.status, answer.body["message"]) == (400, "Product validation failed")
        assert answer.body["errors"] == lines
        assert answer.body["operationId"].startswith("update-product-")
    there = await admin.call("GET", product_path(made))
    assert (there.headers["ETag"], there.body) == ('"1.1"', made)
    assert (await instance.count_records())["audits"] == 1


async def test_a_new_code_is_taken_and_the_old_one_released_at_once(
    instance: Instance, admin: Caller
) -> None:
    made, other = await make(admin, productCode="old"), await make(admin, productCode="other")
    answer = await admin.call("PATCH", product_path(made), {"productCode": " new "})
    assert (answer.status, answer.body["productCode"]) == (200, "NEW")
    await taken(admin, other, "new")
    again = await admin.call("PATCH", product_path(made), {"productCode": "new"})
    assert again.status == 200
    await make(admin, productCode="old")
    await taken(admin, other, "old")
    assert await instance.count_records() == {"products": 3, "targets": 3, "guards": 3, "audits": 4}
    session_id = await admin.create()
    assert (await admin.add_product(session_id, productCode="new")).status == 409


async def test_of_two_concurrent_changes_to_one_code_one_gets_it(
    instance: Instance, admin: Caller
) -> None:
    made = [await make(admin, productCode=code) for code in ("one", "two")]
    answers = await asyncio.gather(
        *(admin.call("PATCH", product_path(each), {"productCode": "three"}) for each in made)
    )
    assert sorted(answer.status for answer in answers) == [200, 409]
    codes = [(await admin.call("GET", product_path(each))).body["productCode"] for each in made]
    assert sorted(codes) in (["ONE", "THREE"], ["THREE", "TWO"])
    await make(admin, productCode=({"ONE", "TWO"} - {*codes}).pop())
    assert (await instance.count_records())["guards"] == 3


@pytest.mark.parametrize(
    ("trouble", "status", "code"), [(timed_out, 503, "OLD"), (answer_lost, 200, "NEW")]
)
async def test_a_code_and_its_guard_move_together_or_not_at_all_when_the_store_fails(
    instance: Instance, admin: Caller, trouble: Trouble, status: int, code: str
) -> None:
    made, other = await make(admin, productCode="old"), await make(admin, productCode="other")
    instance.reads.orders["transact_write_items"] = deque([trouble])
    answer = await admin.call("PATCH", product_path(made), {"productCode": "new"})
    assert answer.status == status
    assert (await admin.call("GET", product_path(made))).body["productCode"] == code
    await taken(admin, other, code)
    assert (await instance.count_records())["guards"] == 2


@pytest.mark.parametrize("way", [0, 1])
async def test_a_target_is_changed_by_either_id_criterion_by_criterion(
    instance: Instance, admin: Caller, way: int
) -> None:
    made = await make(admin)
    path = target_paths(made)[way]
    instance.clock.now += 1
    first = await admin.call("PATCH", path, {"osot_province": [11, 1], "osot_race": [3, 2]})
    assert (first.status, first.headers["ETag"]) == (200, '"1.2"')
    assert switched_on(first.body) == {"osot_province": [1, 11], "osot_race": [2, 3]}
    assert first.body["audienceTarget"]["updatedAt"] > made["updatedAt"]
    assert first.body["updatedAt"] == made["updatedAt"]
    second = await admin.call("PATCH", path, {"osot_province": [], "osot_gender": [9]})
    assert switched_on(second.body) == {"osot_race": [2, 3], "osot_gender": [9]}
    third = await admin.call("PATCH", path, {"osot_race": None, "osot_gender": None})
    assert switched_on(third.body) == {}
    assert (await admin.call("GET", product_path(made))).body == third.body
    refused = await admin.call("PATCH", path, {"osot_province": ["1"], "productGuid": "x"})
    assert (refused.status, refused.body["message"]) == (400, "Target validation failed")
    assert refused.body["errors"] == [
        'osot_province contains invalid value(s): "1"',
        "Unknown targeting field: productGuid",
    ]
    prefix = ("update-target-", "update-audience-target-")[way]
    assert refused.body["operationId"].startswith(prefix)
    assert (await instance.count_records())["audits"] == 4
