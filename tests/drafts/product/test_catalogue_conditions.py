"""Concurrent changes, and changes on the condition of a version."""

import asyncio
from collections import deque
from itertools import product as each_with_each

import pytest

from tests.drafts.product.support import (
    Caller,
    Instance,
)
from tests.drafts.product.test_catalogue_calls import make
from tests.drafts.product.test_catalogue_changes import product_path, switched_on, target_paths
from tests.harness.drafts import (
    Answer,
    Held,
    Json,
)

pytestmark = pytest.mark.conditions

CHANGES: list[Json] = [{"otPrPrice": 1}, {"osot_gender": [2]}, {"osot_province": [1]}]
"""One for each path: of the product, and of the target in both ways."""


def to(path: int, value: int) -> Json:
    """A change for a path, to a new value."""
    name, there = next(iter(CHANGES[path].items()))
    return {name: [value] if isinstance(there, list) else value}


async def test_a_conditional_change_applies_to_that_version_of_the_pair_only(
    admin: Caller,
) -> None:
    made = await make(admin)
    paths = [product_path(made), *target_paths(made)]
    changes = dict(zip(paths, CHANGES, strict=True))
    seen: list[str] = []

    async def change(path: str, tag: str) -> Answer:
        return await admin.call("PATCH", path, changes[path], headers={"If-Match": tag})

    tag = (await admin.call("GET", paths[0])).headers["ETag"]
    for changed in paths:
        answer = await change(changed, tag)
        assert answer.status == 200
        seen.append(tag)
        tag = answer.headers["ETag"]
        assert tag not in seen
        assert (await admin.call("GET", paths[0])).headers["ETag"] == tag
        for path in paths:
            for old in (*seen, '"0.0", "9.9"'):
                stale = await change(path, old)
                assert (stale.status, stale.body) == (
                    412,
                    {
                        "statusCode": 412,
                        "message": "The product was changed meanwhile: load it again",
                        "productGuid": made["productGuid"],
                    },
                )
    assert (await change(paths[0], f'"9.9", {tag}')).status == 200
    assert (await change(paths[1], "*")).status == 200
    assert (await admin.call("PATCH", paths[2], changes[paths[2]])).status == 200


async def test_a_change_of_nothing_leaves_the_product_and_its_version_as_they_are(
    instance: Instance, admin: Caller
) -> None:
    made = await make(admin)
    there = await admin.call("GET", product_path(made))
    for path in (product_path(made), *target_paths(made)):
        answer = await admin.call("PATCH", path, {}, headers={"If-Match": '"1.1"'})
        assert (answer.status, answer.body) == (200, there.body)
        assert answer.headers["ETag"] == '"1.1"'
        stale = await admin.call("PATCH", path, {}, headers={"If-Match": '"0.1"'})
        assert stale.status == 412
    assert (await instance.count_records())["audits"] == 1


async def test_an_unreadable_condition_is_refused_and_not_ignored(
    admin: Caller,
) -> None:
    made = await make(admin)
    paths = (product_path(made), *target_paths(made))
    for path, tag in each_with_each(paths, ("1.1", "")):
        answer = await admin.call("PATCH", path, {}, headers={"If-Match": tag})
        assert (answer.status, answer.body) == (
            400,
            {
                "statusCode": 400,
                "message": (
                    "If-Match must be the ETag of the product as it was given, quotes included"
                ),
            },
        )
    assert (await admin.call("GET", product_path(made))).headers["ETag"] == '"1.1"'


async def test_a_weak_tag_never_matches(admin: Caller) -> None:
    made = await make(admin)
    for path in (product_path(made), *target_paths(made)):
        for tag, status in (
            ('W/"1.1"', 412),
            ('W/"*"', 412),
            ('"*"', 412),
            ('W/"1.1", "1.1"', 200),
        ):
            answer = await admin.call("PATCH", path, {}, headers={"If-Match": tag})
            assert answer.status == status


async def test_concurrent_changes_are_all_applied(instance: Instance, admin: Caller) -> None:
    made = await make(admin)
    product, (by_product, by_target) = product_path(made), target_paths(made)
    changes: list[tuple[str, Json]] = [
        (product, {"otPrPrice": 1}),
        (product, {"productName": "Autumn"}),
        (by_product, {"osot_province": [1]}),
        (by_target, {"osot_gender": [2]}),
        (product, {"productCode": "moved"}),
    ]
    answers = await asyncio.gather(*(admin.call("PATCH", *change) for change in changes))
    assert [answer.status for answer in answers] == [200] * 5
    now = await admin.call("GET", product)
    assert (
        now.body.items()
        >= {
            "otPrPrice": 1,
            "productName": "Autumn",
            "productCode": "MOVED",
        }.items()
    )
    assert switched_on(now.body) == {"osot_province": [1], "osot_gender": [2]}
    assert now.headers["ETag"] == '"4.3"'
    assert await instance.count_records() == {"products": 1, "targets": 1, "guards": 1, "audits": 6}


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 1), (1, 0), (1, 2)])
async def test_an_overtaken_change_is_applied_to_the_result_or_refused(
    instance: Instance, admin: Caller, first: int, second: int
) -> None:
    made = await make(admin)
    paths = [product_path(made), *target_paths(made)]

    async def overtaken(tag: str, slower: int, faster: int) -> Answer:
        held = Held()
        instance.reads.orders["transact_write_items"] = deque([held])
        change = admin.call("PATCH", paths[first], to(first, slower), headers={"If-Match": tag})
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            slow = tasks.create_task(change)
            await held.reached.wait()
            assert (await admin.call("PATCH", paths[second], to(second, faster))).status == 200
            held.let_go.set()
        return slow.result()

    assert (await overtaken('"1.1"', 1, 2)).status == 412
    assert (await overtaken("*", 3, 4)).status == 200
    assert (await instance.count_records())["audits"] == 4
