"""Calls answer what became of a write, whatever the store or others do meanwhile."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    Caller,
    Instance,
)
from tests.drafts.product.test_catalogue_calls import make
from tests.drafts.product.test_catalogue_changes import product_path, target_paths
from tests.drafts.product.test_catalogue_conditions import CHANGES
from tests.harness.drafts import (
    Answer,
    Json,
    answer_lost,
    straight,
    timed_out,
)

AT_ONCE = 16
WAYS = pytest.mark.parametrize("way", range(3))


def path_of(made: Json, way: int) -> str:
    """The path of a change: of the product, or one of two of its target."""
    return (product_path(made), *target_paths(made))[way]


def has_change(shown: Json, way: int) -> bool:
    """Whether a product shows the change of this path."""
    return CHANGES[way].items() <= {**shown, **shown["audienceTarget"]}.items()


async def test_a_created_product_is_answered_although_reads_fail_afterwards(
    instance: Instance, admin: Caller
) -> None:
    instance.reads.orders["transact_get_items"] = deque([timed_out])
    answer = await admin.call("POST", PRODUCTS, {**PRODUCT, "taxes": 5.50})
    assert (answer.status, answer.headers["ETag"]) == (201, '"1.1"')
    instance.reads.orders.clear()
    assert (await admin.call("GET", product_path(answer.body))).body == answer.body


@WAYS
async def test_an_applied_change_is_answered_although_reads_fail_afterwards(
    instance: Instance, admin: Caller, way: int
) -> None:
    made = await make(admin, productPicture="https://shop.example")
    instance.clock.now += 1
    instance.reads.orders["transact_get_items"] = deque([straight, timed_out])
    answer = await admin.call(
        "PATCH", path_of(made, way), CHANGES[way], headers={"If-Match": '"1.1"'}
    )
    assert answer.status == 200
    assert has_change(answer.body, way)
    instance.reads.orders.clear()
    there = await admin.call("GET", product_path(made))
    assert (there.headers["ETag"], there.body) == (answer.headers["ETag"], answer.body)


@WAYS
@pytest.mark.parametrize("arrives", [True, False])
async def test_a_change_answers_its_own_result_and_not_that_of_a_later_one(
    instance: Instance, admin: Caller, way: int, arrives: bool
) -> None:
    made = await make(admin)
    path = path_of(made, way)

    async def another_after(carry_out: Callable[[], Awaitable[Any]]) -> Any:
        answer = await carry_out()
        for later in ({"otPrPrice": 2}, {"osot_gender": [3], "osot_province": [3]}):
            another = path_of(made, 0 if "otPrPrice" in later else 1)
            assert (await admin.call("PATCH", another, later)).status == 200
        if not arrives:
            raise TimeoutError
        return answer

    instance.reads.orders["transact_write_items"] = deque([another_after])
    answer = await admin.call("PATCH", path, CHANGES[way], headers={"If-Match": '"1.1"'})
    assert (answer.status, answer.headers["ETag"]) == (200, '"2.1"' if way == 0 else '"1.2"')
    assert has_change(answer.body, way)
    now = await admin.call("GET", product_path(made))
    assert now.headers["ETag"] == ('"3.2"' if way == 0 else '"2.3"')
    assert (await instance.count_records())["audits"] == 4


@WAYS
async def test_a_change_with_an_unknown_outcome_is_503_and_can_be_repeated(
    instance: Instance, admin: Caller, way: int
) -> None:
    made = await make(admin)

    async def change() -> Answer:
        return await admin.call("PATCH", path_of(made, way), CHANGES[way])

    for trouble, audits in ((timed_out, 1), (answer_lost, 2)):
        instance.reads.orders["transact_write_items"] = deque([trouble])
        # Finding the product of a target takes a read too.
        instance.reads.orders["get_item"] = deque([*[straight] * (way == 2), timed_out])
        answer = await change()
        assert (answer.status, answer.headers["Retry-After"]) == (503, "5")
        assert (await instance.count_records())["audits"] == audits
    again = await change()
    assert again.status == 200
    assert has_change(again.body, way)


@WAYS
async def test_many_concurrent_changes_of_one_product_all_succeed(
    instance: Instance, admin: Caller, way: int
) -> None:
    made = await make(admin)
    path = path_of(made, way)
    name, there = next(iter(CHANGES[way].items()))
    values = [[1 + n % 4, 5 + n // 4] if isinstance(there, list) else n for n in range(AT_ONCE)]
    answers = await asyncio.gather(*(admin.call("PATCH", path, {name: value}) for value in values))
    assert [answer.status for answer in answers] == [200] * AT_ONCE
    assert len({answer.headers["ETag"] for answer in answers}) == AT_ONCE
    assert (await instance.count_records())["audits"] == 1 + AT_ONCE
