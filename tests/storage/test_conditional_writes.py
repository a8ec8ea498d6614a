"""Conditional writes on a real engine: every write has a result of its own."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from assembly_service.domain.product import ProductKey
from assembly_service.settings.service import Settings
from assembly_service.storage.attribute_values import Item
from assembly_service.storage.conditional_writes import (
    ConditionalWriter,
    Delete,
    Insert,
    Replace,
    WriteResult,
)
from assembly_service.storage.rows import key_item
from tests.harness.pipeline import Pipeline

pytestmark = pytest.mark.conditions

APPLIED, LOST, REFUSED = WriteResult.APPLIED, WriteResult.LOST, WriteResult.REFUSED
FAILED = WriteResult.CALL_FAILED


@pytest.fixture
def writer(account: Pipeline) -> ConditionalWriter:
    return ConditionalWriter(account.clients.dynamodb_writes)


@pytest.fixture
def table(settings: Settings) -> str:
    return settings.dynamodb_staging_table


def key(video: str) -> Item:
    return key_item(ProductKey("seller", video))


def item(video: str, version: str = "v1", size: int = 1) -> Item:
    return {**key(video), "version": {"S": version}, "text": {"S": "x" * size}}


async def stored(account: Pipeline, table: str, video: str) -> Item | None:
    answer = await account.clients.dynamodb.get_item(
        TableName=table, Key=key(video), ConsistentRead=True
    )
    found: Item | None = answer.get("Item")
    return found


async def test_an_insert_applies_once_and_keeps_what_exists(
    account: Pipeline, writer: ConditionalWriter, table: str
) -> None:
    assert await writer.write([Insert(table, item("1"))]) == [APPLIED]
    assert await writer.write([Insert(table, item("1", "v2"))]) == [LOST]
    assert await stored(account, table, "1") == item("1")


async def test_a_replace_applies_only_on_the_expected_value(
    account: Pipeline, writer: ConditionalWriter, table: str
) -> None:
    replace = Replace(table, item("1", "v2"), "version", {"S": "v1"})
    assert await writer.write([replace]) == [LOST]
    await writer.write([Insert(table, item("1"))])
    assert await writer.write([replace]) == [APPLIED]
    assert await writer.write([replace]) == [LOST]
    assert await stored(account, table, "1") == item("1", "v2")


async def test_a_delete_spares_an_item_whose_version_has_moved_on(
    account: Pipeline, writer: ConditionalWriter, table: str
) -> None:
    await writer.write([Insert(table, item("1", "v2"))])
    assert await writer.write([Delete(table, key("1"), "version", {"S": "v1"})]) == [LOST]
    assert await stored(account, table, "1") == item("1", "v2")
    assert await writer.write([Delete(table, key("1"), "version", {"S": "v2"})]) == [APPLIED]
    assert await stored(account, table, "1") is None


async def test_results_are_in_the_order_of_the_writes_however_many_there_are(
    account: Pipeline, writer: ConditionalWriter, table: str
) -> None:
    await writer.write([Insert(table, item(str(n))) for n in range(0, 60, 3)])
    results = await writer.write(
        [
            Insert(table, item(str(n)))
            if n % 2
            else Replace(table, item(str(n), "v2"), "version", {"S": "v1"})
            for n in range(60)
        ]
    )
    there = [n % 3 == 0 for n in range(60)]
    expected = [
        (LOST if there[n] else APPLIED) if n % 2 else (APPLIED if there[n] else LOST)
        for n in range(60)
    ]
    assert results == expected


class StrictAboutNumbers:
    """The engine behind a client that refuses a batch for one invalid number, as DynamoDB does.

    The local engine takes such numbers.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    async def batch_execute_statement(self, **call: Any) -> Any:
        parameters = [value for each in call["Statements"] for value in each["Parameters"]]
        if {"N": "1E+300"} in parameters:
            error = {"Code": "ValidationException", "Message": "Number overflow."}
            raise ClientError({"Error": error}, "BatchExecuteStatement")
        return await self._client.batch_execute_statement(**call)


async def test_only_the_invalid_write_of_a_refused_batch_is_refused(
    account: Pipeline, table: str
) -> None:
    writer = ConditionalWriter(StrictAboutNumbers(account.clients.dynamodb_writes))
    unfit = Insert(table, {**item("unfit"), "number": {"N": "1E+300"}})
    writes = [Insert(table, item(str(n))) for n in range(9)]
    results = await writer.write([*writes[:4], unfit, *writes[4:]])
    assert results == [*[APPLIED] * 4, REFUSED, *[APPLIED] * 5]


async def test_a_call_that_fails_says_nothing_about_its_writes(
    writer: ConditionalWriter,
) -> None:
    assert await writer.write([Insert("no-such-table", item("1"))]) == [FAILED]
    assert await writer.write([Replace("no-such-table", item("1"), "version", {"S": "v1"})]) == [
        FAILED
    ]
