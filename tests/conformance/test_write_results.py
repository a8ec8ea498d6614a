"""Conditional writes have the same results on every engine."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from assembly_service.aws.errors import ErrorKind, kind_of, kind_of_code
from assembly_service.domain.product import ProductKey
from assembly_service.storage.attribute_values import Item
from assembly_service.storage.conditional_writes import (
    ConditionalWriter,
    Delete,
    Insert,
    Replace,
    WriteResult,
)
from assembly_service.storage.rows import key_item
from tests.conformance.conftest import Habits
from tests.harness.pipeline import Pipeline

pytestmark = pytest.mark.conditions

APPLIED, LOST, REFUSED = WriteResult.APPLIED, WriteResult.LOST, WriteResult.REFUSED
UNFIT_NUMBERS = ["1E+300", "1E+126", "1E-131", "-1E+300", "1" * 40, "0." + "1" * 39]
FIT_NUMBERS = ["9." + "9" * 37 + "E+125", "1E-130", "1" * 38, "-9.99E+125", "0"]


def key(video: str) -> Item:
    return key_item(ProductKey("seller", video))


def item(video: str, version: str = "v1", **more: dict[str, Any]) -> Item:
    return {**key(video), "version": {"S": version}, **more}


async def stored(account: Pipeline, table: str, video: str) -> Item | None:
    answer = await account.clients.dynamodb.get_item(
        TableName=table, Key=key(video), ConsistentRead=True
    )
    found: Item | None = answer.get("Item")
    return found


def statement(text: str, *parameters: str) -> dict[str, Any]:
    return {"Statement": text, "Parameters": [{"S": parameter} for parameter in parameters]}


async def codes(account: Pipeline, *statements: dict[str, Any]) -> list[str | None]:
    """Return the error codes of a batch exactly as the engine returns them."""
    answer = await account.clients.dynamodb_writes.batch_execute_statement(Statements=statements)
    return [response.get("Error", {}).get("Code") for response in answer["Responses"]]


async def test_the_service_knows_all_error_codes_of_a_batch(
    account: Pipeline, writer: ConditionalWriter, staging: str
) -> None:
    await writer.write([Insert(staging, item("there"))])
    insert = f"INSERT INTO \"{staging}\" VALUE {{'seller_handle': ?, 'video_id': ?}}"
    delete = (
        f'DELETE FROM "{staging}" WHERE "seller_handle" = ? AND "video_id" = ? AND "version" = ?'  # noqa: S608
    )
    found = await codes(
        account,
        statement(insert, "seller", "there"),
        statement(insert, "seller", "new"),
        statement(insert.replace(staging, "no-such-table"), "seller", "there"),
        statement(insert, "seller", ""),
    )
    assert found == ["DuplicateItem", None, "ResourceNotFound", "ValidationError"]
    found += await codes(account, statement(delete, "seller", "there", "v2"))
    assert found[-1] == "ConditionalCheckFailed"
    assert [kind_of_code(code) for code in found if code] == [
        ErrorKind.CONDITION_FAILED,
        ErrorKind.NOT_FOUND,
        ErrorKind.REFUSED,
        ErrorKind.CONDITION_FAILED,
    ]


@pytest.mark.parametrize("number", UNFIT_NUMBERS)
async def test_only_the_statement_with_an_invalid_number_is_refused(
    account: Pipeline, writer: ConditionalWriter, staging: str, habits: Habits, number: str
) -> None:
    fit = [Insert(staging, item(str(each))) for each in range(24)]
    unfit = Insert(staging, item("unfit", number={"N": number}))
    results = await writer.write([*fit[:7], unfit, *fit[7:]])
    expected = REFUSED if habits.refuses_unfit_numbers else APPLIED
    assert results == [*[APPLIED] * 7, expected, *[APPLIED] * 17]
    for each in range(24):
        assert await stored(account, staging, str(each)) == item(str(each))


async def test_only_the_statements_with_invalid_numbers_are_refused(
    writer: ConditionalWriter, staging: str, habits: Habits
) -> None:
    unfit = {0, 1, 12, 24}
    results = await writer.write(
        [
            Insert(staging, item(str(n), number={"N": "1E+300" if n in unfit else "1"}))
            for n in range(25)
        ]
    )
    refused = REFUSED if habits.refuses_unfit_numbers else APPLIED
    assert results == [refused if n in unfit else APPLIED for n in range(25)]


@pytest.mark.parametrize("number", UNFIT_NUMBERS)
async def test_a_replacement_with_an_invalid_number_is_refused(
    writer: ConditionalWriter, staging: str, number: str
) -> None:
    await writer.write([Insert(staging, item("1"))])
    unfit = item("1", "v2", number={"N": number})
    assert await writer.write([Replace(staging, unfit, "version", {"S": "v1"})]) == [REFUSED]


@pytest.mark.parametrize("number", FIT_NUMBERS)
async def test_the_extreme_numbers_that_an_event_may_contain_are_stored(
    account: Pipeline, writer: ConditionalWriter, staging: str, number: str
) -> None:
    whole = item("1", number={"N": number})
    assert await writer.write([Insert(staging, whole)]) == [APPLIED]
    assert await stored(account, staging, "1") is not None


async def test_a_batch_with_one_key_twice_is_refused_as_a_whole(
    account: Pipeline, staging: str, habits: Habits
) -> None:
    insert = f"INSERT INTO \"{staging}\" VALUE {{'seller_handle': ?, 'video_id': ?}}"
    twice = [statement(insert, "seller", video) for video in ("a", "b", "a")]
    if habits.refuses_a_key_twice:
        with pytest.raises(ClientError) as refused:
            await codes(account, *twice)
        assert kind_of(refused.value) is ErrorKind.REFUSED
    else:
        assert await codes(account, *twice) == [None, None, "DuplicateItem"]


async def test_one_key_twice_ends_with_one_row_and_the_others_written(
    account: Pipeline, writer: ConditionalWriter, staging: str
) -> None:
    videos = ("a", "b", "a", "c")
    results = await writer.write([Insert(staging, item(video)) for video in videos])
    # The refused call may already have written: the split statements then find their own rows.
    assert set(results) <= {APPLIED, LOST}
    assert [await stored(account, staging, video) for video in videos] == [*map(item, videos)]


async def test_one_key_in_both_tables_does_not_count_as_twice(
    writer: ConditionalWriter, staging: str, products: str
) -> None:
    row = item("1", updated_at={"S": "2026-11-18T06:00:00.000Z"})
    assert await writer.write([Insert(staging, row), Insert(products, row)]) == [APPLIED] * 2
    delete = Delete(staging, key("1"), "version", {"S": "v1"})
    assert await writer.write([delete, Insert(products, row)]) == [APPLIED, LOST]


async def test_deleting_a_missing_row_neither_fails_nor_affects_the_others(
    account: Pipeline, writer: ConditionalWriter, staging: str, habits: Habits
) -> None:
    await writer.write([Insert(staging, item("2"))])
    deletes = [Delete(staging, key(video), "version", {"S": "v1"}) for video in ("1", "2")]
    gone = LOST if habits.misses_an_item_to_delete else APPLIED
    assert await writer.write(deletes) == [gone, APPLIED]
    assert await stored(account, staging, "2") is None


async def test_a_replacement_of_a_missing_row_is_lost(
    account: Pipeline, writer: ConditionalWriter, staging: str
) -> None:
    assert await writer.write([Replace(staging, item("1"), "version", {"S": "v1"})]) == [LOST]
    assert await stored(account, staging, "1") is None


async def test_only_the_product_with_a_timestamp_that_is_not_text_is_refused(
    writer: ConditionalWriter, products: str, habits: Habits
) -> None:
    rows = [item("1", updated_at={"N": "1"}), item("2", updated_at={"S": "1"})]
    refused = REFUSED if habits.keeps_index_keys_typed else APPLIED
    assert await writer.write([Insert(products, row) for row in rows]) == [refused, APPLIED]


async def test_statements_beyond_the_limit_of_a_call_are_spread_over_calls(
    writer: ConditionalWriter, staging: str
) -> None:
    assert await writer.write([Insert(staging, item(str(n))) for n in range(60)]) == [APPLIED] * 60
