"""Every read for a decision or an answer is strongly consistent."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.plan import StageHalf, WriteProduct
from assembly_service.domain.product import HalfKind
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.announcing import Reannouncer, keys_of
from assembly_service.operations.waiting_halves import waiting_halves
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.assembly_tables import AssemblyTables
from assembly_service.storage.catalogue import Catalogue
from tests.harness.halves import HOUR, KEY, NOW, product, staged
from tests.harness.model_aws import ModelTables
from tests.harness.pipeline import Announcer
from tests.harness.reads import ReadsSeen

SELLER = KEY.seller_handle
SINCE = format_milliseconds(NOW - HOUR)
LOOK = ["batch_get_item", "batch_get_item"]
"""A look reads a key in both tables."""
CHANGES = ["query", "batch_get_item"]
"""The index has the keys; the products are in the table."""


class InTwoPages(ModelTables):
    """Tables whose scans and queries end before the last row, as DynamoDB's may."""

    async def scan(self, **request: Any) -> Any:
        answer = await super().scan(**request)
        return answer if "ExclusiveStartKey" in request else answer | {"LastEvaluatedKey": {}}

    async def query(self, **request: Any) -> Any:
        if "ExclusiveStartKey" not in request:
            start = {"S": "" if request.get("ScanIndexForward", True) else "\U0010ffff"}
            return {"Items": [], "LastEvaluatedKey": {"updated_at": start, "video_id": start}}
        return await super().query(**request)


def tables_on(client: object) -> AssemblyTables:
    return AssemblyTables(client=client, products_table="products", staging_table="staging")


def catalogue_on(client: object) -> Catalogue:
    return Catalogue(dynamodb=client, table="products")


async def look(client: object) -> None:
    await tables_on(client).look([KEY])


async def scan(client: object) -> None:
    assert [page async for page in tables_on(client).scan_staged()]


async def list_halves_that_wait(client: object) -> None:
    assert [page async for page in waiting_halves(tables_on(client), clock=lambda: NOW)]


async def announce_again(client: object) -> None:
    reannouncer = Reannouncer(
        tables=tables_on(client),
        announce=Announcer(),
        rules=AssemblyRules(staging_ttl=1, commit_allowance=5_000),
        clock=lambda: NOW,
        correlation_id="again",
    )
    async for keys in keys_of(catalogue_on(client), SELLER, ()):
        await reannouncer.announce(keys)
    assert reannouncer.result.announced == {KEY}


async def read_a_product(client: object) -> None:
    assert await catalogue_on(client).product(KEY)


async def list_the_newest(client: object) -> None:
    page = await catalogue_on(client).newest(SELLER, limit=5, after=None)
    assert len(page.products) == 1


async def list_changes(client: object) -> None:
    page = await catalogue_on(client).changed_since(SELLER, since=SINCE, limit=5, after=None)
    assert len(page.products) == 1


async def poll(client: object) -> None:
    recent = RecentChanges(catalogue=catalogue_on(client), clock=lambda: NOW)
    page = await recent.page(SELLER, since=SINCE, limit=5, after=None)
    assert page.count == 1


@pytest.mark.parametrize(
    ("read", "calls"),
    [
        (look, LOOK),
        (scan, ["scan", "scan"]),
        (list_halves_that_wait, ["scan", *LOOK, "scan", *LOOK]),
        (announce_again, ["query", "query", *LOOK]),
        (read_a_product, ["get_item"]),
        (list_the_newest, ["query", "query"]),
        (list_changes, ["query", *CHANGES]),
        (poll, ["query", *CHANGES]),
    ],
)
async def test_every_read_is_strongly_consistent(
    read: Callable[[object], Awaitable[None]], calls: list[str]
) -> None:
    client = ReadsSeen(InTwoPages())
    await tables_on(client).write(
        [WriteProduct(product(updated_at=NOW)), StageHalf(staged(HalfKind.CAPTION))]
    )
    await read(client)
    assert client.consistent == [(call, True) for call in calls]
