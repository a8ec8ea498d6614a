"""A poll that finds nothing new costs a 304, however often the clock has moved."""

from collections.abc import Mapping

import pytest
from aiohttp import ClientSession

from assembly_service.domain.timestamps import format_milliseconds
from tests.harness.web import NOON, ManualClock, Shelf, make_product, products_path

SINCE = format_milliseconds(NOON - 7_200_000)


async def tag(api: ClientSession, path: str, parameters: Mapping[str, str | int]) -> str:
    """The ETag of an answer that must have a body."""
    async with api.get(path, params=parameters) as response:
        assert response.status == 200
        assert response.headers["Cache-Control"] == "no-cache"
        return response.headers["ETag"]


@pytest.mark.parametrize("parameters", [{}, {"limit": 1}, {"since": SINCE, "limit": 1}])
async def test_an_unchanged_list_is_a_304_although_the_clock_moved(
    api: ClientSession, shelf: Shelf, clock: ManualClock, parameters: dict[str, str | int]
) -> None:
    await shelf.put(make_product("v1"), make_product("v2"))
    held = await tag(api, products_path(), parameters)
    clock.now += 60_000
    async with api.get(
        products_path(), params=parameters, headers={"If-None-Match": held}
    ) as response:
        assert response.status == 304
        assert await response.read() == b""
        assert response.headers["ETag"] == held
        assert response.headers["Cache-Control"] == "no-cache"
    assert held.startswith('W/"')


async def test_any_change_of_the_list_changes_the_tag(api: ClientSession, shelf: Shelf) -> None:
    tags = []
    for title in ("Cup", "Saucer"):
        await shelf.put(make_product("v1", title=title))
        tags.append(await tag(api, products_path(), {"limit": 1}))
    await shelf.put(make_product("v0"))
    tags.append(await tag(api, products_path(), {"limit": 1}))
    assert len(set(tags)) == 3


@pytest.mark.parametrize(
    ("header", "status"),
    [
        ("{strong}", 304),
        ("{weak}", 304),
        ('"other", {weak}, W/"more"', 304),
        ("*", 304),
        ('"other"', 200),
        ("nonsense", 200),
        ("", 200),
    ],
)
async def test_if_none_match_may_be_a_list_weak_strong_or_a_star(
    api: ClientSession, shelf: Shelf, header: str, status: int
) -> None:
    await shelf.put(make_product("v1"))
    weak = await tag(api, products_path(), {})
    given = header.format(weak=weak, strong=weak.removeprefix("W/"))
    async with api.get(products_path(), headers={"If-None-Match": given}) as response:
        assert response.status == status


async def test_a_single_product_has_a_tag_too(api: ClientSession, shelf: Shelf) -> None:
    await shelf.put(make_product("v1"))
    path = f"{products_path()}/v1"
    held = await tag(api, path, {})
    async with api.get(path, headers={"If-None-Match": held}) as response:
        assert response.status == 304
    await shelf.put(make_product("v1", title="Saucer"))
    async with api.get(path, headers={"If-None-Match": held}) as response:
        assert response.status == 200


async def test_an_error_is_never_a_304(api: ClientSession) -> None:
    async with api.get(f"{products_path()}/v1", headers={"If-None-Match": "*"}) as response:
        assert response.status == 404
