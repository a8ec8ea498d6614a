"""The list of a seller's newest products, and single products."""

import json
from decimal import Decimal

import pytest
from aiohttp import ClientSession

from assembly_service.domain import exact_json
from tests.harness.web import SELLER, Shelf, load, load_all, make_product, products_path


@pytest.mark.parametrize("count", [500, 99, 50, 1])
async def test_paging_gives_each_product_exactly_once_and_ends_with_the_last(
    api: ClientSession, shelf: Shelf, count: int
) -> None:
    ids = [f"video-{number:04}" for number in range(count)]
    await shelf.put(*(make_product(video_id) for video_id in ids))
    await shelf.put(make_product("other", seller="another_seller"))

    found, pages = await load_all(api, products_path(), limit=50)

    assert found == ids[::-1]
    assert len(pages) == -(-count // 50)
    assert sum(page["pagination"]["count"] for page in pages) == count
    assert pages[-1]["pagination"] == {
        "hasMore": False,
        "lastEvaluatedKey": None,
        "count": (count - 1) % 50 + 1,
    }


async def test_a_page_has_twenty_products_by_default(api: ClientSession, shelf: Shelf) -> None:
    await shelf.put(*(make_product(f"v{number}") for number in range(21)))
    page = await load(api, products_path())
    assert page["pagination"]["count"] == len(page["products"]) == 20
    assert page["pagination"]["hasMore"] is True


@pytest.mark.parametrize("parameters", [{}, {"since": "2026-01-01T00:00:00Z"}])
async def test_an_unknown_shop_is_an_empty_list(
    api: ClientSession, parameters: dict[str, str]
) -> None:
    assert await load(api, products_path("nobody"), **parameters) == {
        "products": [],
        "pagination": {"hasMore": False, "lastEvaluatedKey": None, "count": 0},
        "metadata": {
            "sellerHandle": "nobody",
            "since": parameters.get("since"),
            "timestamp": "2026-11-02T12:00:00.000Z",
        },
    }


@pytest.mark.parametrize(
    "number",
    ["1999.99", "0", "0.1", "118000.99", "12345678901234567890123456789012345678", "1E-7"],
)
async def test_numbers_keep_their_value_digit_by_digit(
    api: ClientSession, shelf: Shelf, number: str
) -> None:
    await shelf.put(make_product("v1", price=exact_json.number(number)))
    async with api.get(f"{products_path()}/v1") as response:
        shown = json.loads(await response.text(), parse_float=Decimal, parse_int=Decimal)
    assert shown["price"] == Decimal(number)


async def test_a_product_is_shown_whole_and_without_what_is_kept_for_ourselves(
    api: ClientSession, shelf: Shelf
) -> None:
    product = make_product("v1", title="Kikombe ☕ كوب", raw_caption="New 😍", tags=["cups"])
    await shelf.put(product)
    shown = await load(api, f"{products_path()}/v1")
    assert shown == product.shown()
    assert (await load(api, products_path()))["products"] == [shown]


async def test_a_product_that_does_not_exist_is_a_404_problem(
    api: ClientSession, shelf: Shelf
) -> None:
    await shelf.put(make_product("v1", seller="another_seller"))
    async with api.get(f"{products_path()}/v1") as response:
        assert response.status == 404
        assert response.content_type == "application/problem+json"
        assert (await response.json(content_type=None))["status"] == 404


async def test_the_longest_names_work(api: ClientSession, shelf: Shelf) -> None:
    seller, video_id = "s" * 64, "-_" * 64
    await shelf.put(make_product(video_id, seller=seller), make_product("a", seller=seller))
    found, _ = await load_all(api, products_path(seller), limit=1)
    assert found == ["a", video_id]
    assert (await load(api, f"{products_path(seller)}/{video_id}"))["video_id"] == video_id


async def test_a_page_reads_past_the_megabyte_that_one_query_gives(
    api: ClientSession, shelf: Shelf
) -> None:
    for number in range(8):
        await shelf.put(make_product(f"v{number}", raw_caption="x" * 250_000))
    # Not held against the document: no caption that was checked is as long.
    async with ClientSession(api._base_url) as unchecked:
        page = await load(unchecked, products_path(), limit=7)
    assert page["pagination"]["count"] == 7
    assert page["pagination"]["hasMore"] is True
    assert page["metadata"]["sellerHandle"] == SELLER
