"""Reading the table when DynamoDB gives less at a time than was asked for."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from assembly_service.domain.product import ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.storage.catalogue import Catalogue, CatalogueBusy, Page, Position
from tests.harness.hooks import before_call
from tests.harness.web import NOON, SELLER, Shelf, make_product

pytestmark = pytest.mark.conditions

SINCE = format_milliseconds(NOON - 3_600_001)


@dataclass
class Stingy:
    """A real client that gives few rows and few products a call, as DynamoDB may at any time."""

    dynamodb: Any
    rows: int = 3
    products: int = 2
    read_keys: list[str] = field(default_factory=list)
    asked: list[dict[str, Any]] = field(default_factory=list)

    async def query(self, **query: Any) -> Any:
        self.asked.append(query)
        return await self.dynamodb.query(**query | {"Limit": min(query["Limit"], self.rows)})

    async def batch_get_item(self, *, RequestItems: Any, **more: Any) -> Any:  # noqa: N803
        ((table, request),) = RequestItems.items()
        self.read_keys += [key["video_id"]["S"] for key in request["Keys"]]
        now, later = request["Keys"][: self.products], request["Keys"][self.products :]
        answer: Any = {"Responses": {table: []}}
        if now:
            answer = await self.dynamodb.batch_get_item(
                RequestItems={table: {**request, "Keys": now}}, **more
            )
        left = {table: {**request, "Keys": later}} if later else {}
        return {**answer, "UnprocessedKeys": left}


def ids(page: Page) -> list[str]:
    """The video ids of a page."""
    return [product.key.video_id for product in page.products]


@pytest.fixture
def stingy(dynamodb: Any) -> Stingy:
    return Stingy(dynamodb)


@pytest.fixture
def catalogue(stingy: Stingy, shelf: Shelf) -> Catalogue:
    return Catalogue(dynamodb=stingy, table=shelf.table)


async def test_short_queries_and_unprocessed_keys_are_asked_for_again(
    catalogue: Catalogue, shelf: Shelf
) -> None:
    await shelf.put(*(make_product(f"v{number}", updated_at=NOON + number) for number in range(9)))
    newest = await catalogue.newest(SELLER, limit=8, after=None)
    assert ids(newest) == [f"v{number}" for number in range(8, 0, -1)]
    assert newest.has_more
    changed = await catalogue.changed_since(SELLER, since=SINCE, limit=8, after=None)
    assert ids(changed) == [f"v{number}" for number in range(8)]
    assert changed.has_more
    assert changed.last == Position(format_milliseconds(NOON + 7), "v7")
    rest = await catalogue.changed_since(SELLER, since=SINCE, limit=8, after=changed.last)
    assert ids(rest) == ["v8"]
    assert not rest.has_more


async def test_more_products_than_a_batch_holds_come_in_order(dynamodb: Any, shelf: Shelf) -> None:
    catalogue = Catalogue(dynamodb=dynamodb, table=shelf.table)
    await shelf.put(
        *(make_product(f"v{number}", updated_at=NOON + number) for number in range(230))
    )
    page = await catalogue.changed_since(SELLER, since=SINCE, limit=201, after=None)
    assert ids(page) == [f"v{number}" for number in range(201)]
    assert page.has_more


async def test_a_product_that_moves_during_the_query_is_given_once(
    catalogue: Catalogue, shelf: Shelf, stingy: Stingy
) -> None:
    await shelf.put(*(make_product(f"v{number}", updated_at=NOON + number) for number in range(6)))
    first_query = stingy.query

    async def query_then_move(**query: Any) -> Any:
        answer = await first_query(**query)
        if len(stingy.asked) == 1:
            await shelf.put(make_product("v0", updated_at=NOON + 100))
        return answer

    stingy.query = query_then_move  # type: ignore[method-assign]
    page = await catalogue.changed_since(SELLER, since=SINCE, limit=20, after=None)
    assert ids(page) == [f"v{number}" for number in range(6)]
    assert not page.has_more


async def test_a_page_goes_on_after_its_last_row_though_the_product_of_that_row_moved(
    dynamodb: Any, shelf: Shelf
) -> None:
    await shelf.put(*(make_product(f"v{number}", updated_at=NOON + number) for number in range(4)))
    before_call(
        dynamodb,
        "batch_get_item",
        lambda: shelf.put(make_product("v1", updated_at=NOON + 100)),
    )
    catalogue = Catalogue(dynamodb=dynamodb, table=shelf.table)
    first = await catalogue.changed_since(SELLER, since=SINCE, limit=2, after=None)
    assert ids(first) == ["v0", "v1"]
    rest = await catalogue.changed_since(SELLER, since=SINCE, limit=9, after=first.last)
    assert ids(rest) == ["v2", "v3", "v1"]


async def test_nothing_at_all_several_times_in_a_row_is_reported(
    catalogue: Catalogue, shelf: Shelf, stingy: Stingy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assembly_service.storage.catalogue._FIRST_PAUSE_SECONDS", 0.0001)
    await shelf.put(make_product("v1"))
    stingy.products = 0
    with pytest.raises(CatalogueBusy):
        await catalogue.changed_since(SELLER, since=SINCE, limit=1, after=None)


async def test_a_poll_reads_no_more_than_it_answers_with(
    catalogue: Catalogue, shelf: Shelf, stingy: Stingy
) -> None:
    await shelf.put(
        *(make_product(f"old{number}", updated_at=NOON - 10_000_000) for number in range(60))
    )
    await shelf.put(make_product("new"))
    stingy.rows = 100
    page = await catalogue.changed_since(SELLER, since=SINCE, limit=20, after=None)
    assert ids(page) == stingy.read_keys == ["new"]
    assert [query["Limit"] for query in stingy.asked] == [21]


async def test_an_empty_page_has_no_position(catalogue: Catalogue) -> None:
    nothing = Page(products=(), positions=(), last=None, has_more=False)
    assert await catalogue.newest("nobody", limit=5, after=None) == nothing
    assert await catalogue.changed_since("nobody", since=SINCE, limit=5, after=None) == nothing


async def test_a_product_is_found_by_its_key(dynamodb: Any, shelf: Shelf) -> None:
    catalogue = Catalogue(dynamodb=dynamodb, table=shelf.table)
    await shelf.put(make_product("v1"))
    assert await catalogue.product(ProductKey(SELLER, "v1")) == make_product("v1")
    assert await catalogue.product(ProductKey(SELLER, "v2")) is None
