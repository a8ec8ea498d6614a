"""The tables match the template, however an engine creates them."""

from typing import Any

import pytest

from assembly_service.aws.start_checks import check_tables
from assembly_service.domain.product import ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.storage.catalogue import Catalogue
from assembly_service.storage.conditional_writes import ConditionalWriter, Insert, WriteResult
from assembly_service.storage.rows import product_to_item
from tests.harness.engine import Account
from tests.harness.pipeline import Pipeline
from tests.harness.web import NOON, SELLER, make_product

pytestmark = pytest.mark.conditions


def _shape(table: dict[str, Any]) -> dict[str, Any]:
    """Return what determines a table's behaviour, in the same order for every engine."""
    indexes = [
        {name: index[name] for name in ("IndexName", "KeySchema", "Projection")}
        for kind in ("LocalSecondaryIndexes", "GlobalSecondaryIndexes")
        for index in table.get(kind, [])
    ]
    return {
        "attributes": sorted(
            (each["AttributeName"], each["AttributeType"]) for each in table["AttributeDefinitions"]
        ),
        "key": table["KeySchema"],
        "indexes": indexes,
        "billing": table.get("BillingModeSummary", {}).get("BillingMode"),
    }


async def test_the_tables_pass_the_checks_at_start(account: Pipeline) -> None:
    await check_tables(account.clients, account.settings)


async def test_the_tables_equal_those_that_the_local_aws_creates_from_the_template(
    account: Pipeline, aws: Account, aws_tables: Any
) -> None:
    names = [name for output, name in aws.environment.items() if output.endswith("_TABLE")]
    assert len(names) == 4
    for name in names:
        here = await account.clients.dynamodb.describe_table(TableName=name)
        assert _shape(here["Table"]) == _shape(aws_tables.describe_table(TableName=name)["Table"])


async def test_the_index_orders_changes_and_contains_at_least_the_keys(
    account: Pipeline, writer: ConditionalWriter, products: str
) -> None:
    rows = [make_product(f"v{n}", updated_at=NOON + (7 * n) % 30) for n in range(30)]
    writes = [Insert(products, product_to_item(row)) for row in rows]
    assert await writer.write(writes) == [WriteResult.APPLIED] * 30
    answer = await account.clients.dynamodb.query(
        TableName=products,
        IndexName="by_updated_at",
        ConsistentRead=True,
        KeyConditionExpression="seller_handle = :seller",
        ExpressionAttributeValues={":seller": {"S": SELLER}},
    )
    keys = {"seller_handle", "video_id", "updated_at"}
    assert [item.keys() for item in answer["Items"]] == [keys] * 30
    catalogue = Catalogue(dynamodb=account.clients.dynamodb, table=products)
    since = format_milliseconds(NOON - 1)
    page = await catalogue.changed_since(SELLER, since=since, limit=30, after=None)
    assert list(page.products) == sorted(rows, key=lambda row: row.updated_at)


async def test_one_read_sees_both_tables(
    account: Pipeline, writer: ConditionalWriter, products: str
) -> None:
    row = make_product("v1")
    await writer.write([Insert(products, product_to_item(row))])
    absent = ProductKey(SELLER, "v2")
    seen = await account.tables.look([row.key, absent])
    assert seen[row.key].product == row
    assert seen[row.key].staged is None
    assert (seen[absent].product, seen[absent].staged) == (None, None)
