"""The list of an organisation's products."""

from collections import deque
from typing import Any

import pytest

from tests.drafts.product.support import (
    PRODUCTS,
    Caller,
    Instance,
)
from tests.drafts.product.test_catalogue_calls import make
from tests.harness.drafts import (
    Json,
    Trouble,
)

pytestmark = pytest.mark.conditions


async def shelve(instance: Instance, count: int, **fields: object) -> list[str]:
    """The ids of new products, newest first."""
    ids = []
    for number in range(count):
        instance.clock.now += 1
        made = await make(instance.admin, productCode=f"{instance.clock.now}-{number}", **fields)
        ids.append(made["productGuid"])
    return ids[::-1]


async def pages(caller: Caller, **parameters: object) -> list[list[Json]]:
    """Every page of the list, one after another."""
    found: list[list[Json]] = []
    last: str | None = None
    while not found or last is not None:
        asked = {**parameters, **({"lastKey": last} if last else {})}
        query = "&".join(f"{name}={value}" for name, value in asked.items())
        answer = await caller.call("GET", f"{PRODUCTS}?{query}")
        assert answer.status == 200, answer
        pagination = answer.body["pagination"]
        last = pagination["lastEvaluatedKey"]
        products = answer.body["products"]
        assert pagination == {
            "hasMore": last is not None,
            "lastEvaluatedKey": last,
            "count": len(products),
        }
        found.append(products)
    return found


def ids_of(found: list[list[Json]]) -> list[str]:
    return [product["productGuid"] for page in found for product in page]


def parted_after(rows: int) -> Trouble:
    """A page that ends early, as at a megabyte."""

    async def answer(carry_out: Any) -> Any:
        page = await carry_out()
        if len(page["Items"]) > rows:
            kept = page["Items"][:rows]
            key = {name: kept[-1][name] for name in ("pk", "sk")}
            page |= {"Items": kept, "LastEvaluatedKey": key}
        return page

    return answer


async def lose_target(instance: Instance, guid: str) -> None:
    """Delete the row of a target, which the service never does."""
    [row] = [row for row in await instance.records() if row["sk"]["S"] == f"PRODUCT#{guid}#TARGET"]
    await instance.reads.delete_item(
        TableName=instance.settings.dynamodb_records_table,
        Key={"pk": row["pk"], "sk": row["sk"]},
    )


async def test_all_pages_together_show_each_product_once_newest_first(
    instance: Instance, admin: Caller
) -> None:
    assert await pages(admin) == [[]]
    made = await shelve(instance, 7)
    for limit, sizes in ((3, [3, 3, 1]), (7, [7]), (6, [6, 1]), (1, [1] * 7), (50, [7])):
        found = await pages(admin, limit=limit)
        assert [len(page) for page in found] == sizes
        assert ids_of(found) == made
    [[first, *_]] = await pages(admin)
    assert first == (await admin.call("GET", f"{PRODUCTS}/{made[0]}")).body


async def test_a_list_without_a_limit_has_20_products_a_page(
    instance: Instance, admin: Caller
) -> None:
    made = await shelve(instance, 21)
    found = await pages(admin)
    assert [len(page) for page in found] == [20, 1]
    assert ids_of(found) == made


async def test_a_list_can_be_filtered_by_status_and_category(
    instance: Instance, admin: Caller
) -> None:
    events = await shelve(instance, 3)
    zeros = await shelve(instance, 3, productCategory=0, productStatus=0)
    available = await shelve(instance, 2, productStatus=1)
    assert ids_of(await pages(admin, category=4, limit=2)) == available + events
    assert ids_of(await pages(admin, category=0, limit=2)) == zeros
    assert ids_of(await pages(admin, status=0)) == zeros
    assert ids_of(await pages(admin, status=3, category=4, limit=1)) == events
    assert ids_of(await pages(admin, status=1, category=0)) == []


async def test_an_organisation_sees_only_its_own_products(
    instance: Instance, admin: Caller
) -> None:
    made = await shelve(instance, 2)
    others = admin.as_(organization="another")
    theirs = await make(others)
    assert ids_of(await pages(others)) == [theirs["productGuid"]]
    assert ids_of(await pages(admin, limit=1)) == made
    assert ids_of(await pages(admin.as_(user="bob", privilege=3))) == made
    over_there = await others.call("GET", f"{PRODUCTS}?lastKey={made[0]}")
    assert over_there.status == 200
    assert {product["createdBy"] for product in over_there.body["products"]} <= {"ada"}
    assert not {product["productGuid"] for product in over_there.body["products"]} & {*made}


async def test_a_product_without_its_target_is_not_listed(
    instance: Instance, admin: Caller
) -> None:
    made = await shelve(instance, 5)
    for lost in (made[0], made[3]):
        await lose_target(instance, lost)
        gone = await admin.call("GET", f"{PRODUCTS}/{lost}")
        assert (gone.status, gone.body["message"]) == (404, "Product not found")
    for limit in (1, 2, 5):
        assert ids_of(await pages(admin, limit=limit)) == [made[1], made[2], made[4]]


@pytest.mark.parametrize("rows", [1, 2, 3])
async def test_no_product_is_missed_where_a_page_separates_it_from_its_target(
    instance: Instance, admin: Caller, rows: int
) -> None:
    made = await shelve(instance, 4)
    for limit in (1, 2, 4):
        instance.reads.orders["query"] = deque([parted_after(rows)] * 100)
        assert ids_of(await pages(admin, limit=limit)) == made
    [oldest] = made[3:]
    await admin.call("PATCH", f"{PRODUCTS}/{oldest}", {"productStatus": 1})
    instance.reads.orders["query"] = deque([parted_after(rows)] * 100)
    assert ids_of(await pages(admin, status=1)) == [oldest]


async def test_a_short_page_continues_where_it_ended(instance: Instance, admin: Caller) -> None:
    [oldest] = await shelve(instance, 1, productStatus=1)
    await shelve(instance, 5)
    # Eleven rows in ten pages: the last of them is the target of the oldest product.
    instance.reads.orders["query"] = deque([parted_after(2), *[parted_after(1)] * 9])
    found = await pages(admin, status=1)
    assert ids_of(found) == [oldest]


async def test_invalid_parameters_are_refused_together(admin: Caller) -> None:
    limit = "limit must be a whole number from 1 to 50"
    for text in ("0", "51", "-1", "1.5", "x", "", "%D9%A1", "9" * 5000):
        answer = await admin.call("GET", f"{PRODUCTS}?limit={text}")
        assert (answer.status, answer.body["errors"]) == (400, [limit])
    answer = await admin.call("GET", f"{PRODUCTS}?limit=x&lastKey=1&status=DRAFT&category=11")
    fields = {
        "limit": limit,
        "lastKey": "lastKey must be the lastEvaluatedKey of the page before",
        "status": "status must be a code, as in the productStatus of a product",
        "category": "category must be a code, as in the productCategory of a product",
    }
    assert answer.body == {
        "statusCode": 400,
        "message": "Request validation failed",
        "errors": list(fields.values()),
        "fields": fields,
    }
    answer = await admin.call("GET", f"{PRODUCTS}?limit=2&limit=3&status=1&status=1")
    assert answer.status == 400
    assert answer.body["errors"] == [
        "limit is given more than once",
        "status is given more than once",
    ]
