"""The meter counts every call of a draft."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from assembly_service.storage.attribute_values import Item
from bench.errors import BenchFailed
from bench.front import Answer
from bench.meter import Meter
from bench.targets import Target, targets

DRAFT: Item = {"pk": {"S": "DRAFT#1"}, "sk": {"S": "META"}, "lifecycle": {"S": "open"}}
EVENT: Item = {"pk": {"S": "OUTBOX"}, "sk": {"S": "1#1"}}


class Tables:
    """A table's items before and after a call."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    async def get_item(self, *, Key: Item, **_: object) -> dict[str, Any]:  # noqa: N803 - theirs
        found = [each for each in self.items if Key.items() <= each.items()]
        return {"Item": found[0]} if found else {}


async def units(
    operation: str,
    request: Mapping[str, object],
    *,
    said: object,
    leaves: list[Item],
    status: int = 200,
) -> tuple[float, float]:
    """Units written and read by one call that answers `said` and leaves these items."""
    tables = Tables()
    meter = Meter(dynamodb=tables)

    async def pass_on() -> Answer:
        tables.items = leaves
        return Answer(status, json.dumps(said).encode())

    await meter.watch(operation, json.dumps(request).encode(), pass_on)
    return meter.units


def key(item: Item) -> Item:
    return {name: item[name] for name in ("pk", "sk")}


async def test_writes_in_a_transaction_count_twice_and_the_index_once() -> None:
    actions = [
        {"Put": {"TableName": "test-drafts", "Item": DRAFT}},
        {"Put": {"TableName": "test-drafts", "Item": EVENT}},
        {"Update": {"TableName": "test-records", "Key": key(EVENT)}},
        {"ConditionCheck": {"TableName": "test-records", "Key": key(DRAFT)}},
    ]

    request = {"TransactItems": actions}
    counted = await units("TransactWriteItems", request, said={}, leaves=[DRAFT, EVENT])

    assert counted == (4 * 2 + 1, 0)


@pytest.mark.parametrize("reason", ["ConditionalCheckFailed", "TransactionConflict"])
async def test_a_transaction_that_another_writer_forestalls_is_counted(reason: str) -> None:
    request = {"TransactItems": [{"Put": {"TableName": "test-records", "Item": EVENT}}] * 2}
    said = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": "None"}, {"Code": reason}],
    }

    assert await units("TransactWriteItems", request, said=said, leaves=[], status=400) == (4, 0)


async def test_a_transaction_that_fails_otherwise_is_not_counted() -> None:
    request = {"TransactItems": [{"Put": {"TableName": "test-records", "Item": EVENT}}]}
    said = {"__type": "#TransactionCanceledException"} | {
        "CancellationReasons": [{"Code": "ThrottlingError"}]
    }

    with pytest.raises(BenchFailed, match="ThrottlingError"):
        await units("TransactWriteItems", request, said=said, leaves=[], status=400)


async def test_reads_in_a_transaction_count_twice() -> None:
    gets = [{"Get": {"TableName": "test-records", "Key": key(each)}} for each in (DRAFT, EVENT)]

    counted = await units("TransactGetItems", {"TransactItems": gets}, said={}, leaves=[])

    assert counted == (0, 2 * 2)


async def test_a_query_is_counted_by_what_it_returns() -> None:
    large = {**EVENT, "body": {"S": "x" * 5000}}
    query = {"TableName": "test-drafts", "ConsistentRead": True}

    assert await units("Query", query, said={"Items": [large, EVENT]}, leaves=[]) == (0, 2)


@pytest.mark.parametrize("name", ["FilterExpression", "ProjectionExpression", "Select"])
async def test_a_query_that_returns_less_than_it_reads_is_refused(name: str) -> None:
    with pytest.raises(BenchFailed):
        await units("Query", {"TableName": "test-drafts", name: "x"}, said={}, leaves=[])


def test_a_batch_names_draft_rows_by_their_own_key() -> None:
    writes = [{"PutRequest": {"Item": DRAFT}}, {"DeleteRequest": {"Key": key(EVENT)}}]

    assert targets("BatchWriteItem", {"RequestItems": {"test-drafts": writes}}) == [
        Target("test-drafts", key(DRAFT)),
        Target("test-drafts", key(EVENT)),
    ]
