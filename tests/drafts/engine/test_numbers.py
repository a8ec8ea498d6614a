"""Readable numbers are drawn once each, and few calls take them."""

import asyncio
from typing import Any

import pytest

from assembly_service.drafts.engine.numbers import BLOCK, Numbers
from assembly_service.storage.attribute_values import Item
from tests.harness.drafts import TroubledClient, timed_out

pytestmark = pytest.mark.conditions

KEY: Item = {"pk": {"S": "COUNTERS"}, "sk": {"S": "TEST"}}
COUNTERS = ("products", "targets")


def numbers_of(client: Any, table: str) -> Numbers:
    """The numbers that one instance draws."""
    return Numbers(client=client, table=table, key=KEY, counters=COUNTERS)


async def test_no_number_is_drawn_twice_by_any_instance_or_the_release_before(
    client: TroubledClient, table: str
) -> None:
    one, other = numbers_of(client, table), numbers_of(client, table)
    assert await one.draw() == (1, 1)
    before = await client.update_item(
        TableName=table,
        Key=KEY,
        UpdateExpression="ADD products :one, targets :one",
        ExpressionAttributeValues={":one": {"N": "1"}},
        ReturnValues="UPDATED_NEW",
    )
    drawn = await asyncio.gather(*(each.draw() for each in (one, other) for _ in range(BLOCK)))
    products = [1, int(before["Attributes"]["products"]["N"]), *(each[0] for each in drawn)]
    assert len(set(products)) == len(products)
    assert all(product == target for product, target in drawn)


async def test_a_block_takes_one_call_however_many_draw_at_once(
    client: TroubledClient, table: str
) -> None:
    numbers = numbers_of(client, table)
    drawn = await asyncio.gather(*(numbers.draw() for _ in range(BLOCK)))
    assert drawn == [(number, number) for number in range(1, BLOCK + 1)]
    assert client.called["update_item"] == 1


async def test_a_block_that_could_not_be_taken_is_taken_by_the_next_draw(
    client: TroubledClient, table: str
) -> None:
    numbers = numbers_of(client, table)
    client.orders["update_item"].append(timed_out)
    with pytest.raises(TimeoutError):
        await numbers.draw()
    assert await numbers.draw() == (1, 1)
