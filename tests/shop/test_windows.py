"""The windows of all shops together take a bounded amount of memory."""

import asyncio

import pytest

from assembly_service.shop.windows import Window, Windows
from assembly_service.storage.catalogue import Page
from tests.shop.polled_shop import Table, changed

MOST_BYTES = 20_000
SHOPS = [f"shop{n}" for n in range(100)]
TABLE = Table(changed("v1", 0))


async def read() -> Page:
    return await TABLE.newest("amani_beads", limit=1, after=None)


async def read_nothing() -> Page:
    return await TABLE.newest("nobody", limit=1, after=None)


async def fail() -> Page:
    raise ConnectionResetError


async def opened(windows: Windows[Window], shop: str) -> Window:
    window = Window(seller_handle=shop, read_at=0)
    windows.open(window, read)
    await window.filled()
    return window


def kept(windows: Windows[Window]) -> list[str]:
    return [shop for shop in SHOPS if windows.last(shop) is not None]


async def test_when_they_take_too_much_those_opened_first_are_discarded() -> None:
    windows = Windows[Window](most_bytes=MOST_BYTES)
    size = sum([(await opened(windows, shop)).size for shop in SHOPS]) / len(SHOPS)
    assert kept(windows) == SHOPS[-int(MOST_BYTES / size) :]
    # Opened anew it is the last one.
    first, second = kept(windows)[:2]
    await opened(windows, first)
    await opened(windows, SHOPS[0])
    assert windows.last(first) is not None
    assert windows.last(second) is None


async def test_shops_without_products_take_room_too() -> None:
    windows = Windows[Window](most_bytes=MOST_BYTES)
    for shop in SHOPS:
        window = Window(seller_handle=shop, read_at=0)
        windows.open(window, read_nothing)
        await window.filled()
    assert 0 < len(kept(windows)) < len(SHOPS)


async def test_a_window_larger_than_all_may_be_answers_and_is_not_kept() -> None:
    windows = Windows[Window](most_bytes=10)
    window = await opened(windows, "shop0")
    assert len(window.products) == 1
    assert windows.last("shop0") is None


async def test_a_window_larger_than_all_may_be_leaves_the_others_their_room() -> None:
    windows = Windows[Window](most_bytes=MOST_BYTES)
    await opened(windows, "shop0")
    large = Window(seller_handle="shop1", read_at=0)
    large.size += MOST_BYTES
    windows.open(large, read)
    await large.filled()
    assert kept(windows) == ["shop0"]


async def test_what_is_heard_of_takes_room_too() -> None:
    windows = Windows[Window](most_bytes=MOST_BYTES)
    await opened(windows, "shop0")
    for n in range(100):
        windows.add("shop0", changed(f"v{n}", 0).shown())
    assert windows.last("shop0") is None


async def test_a_product_takes_its_room_once_however_often_it_changes() -> None:
    windows = Windows[Window](most_bytes=MOST_BYTES)
    await opened(windows, "shop0")
    window = await opened(windows, "shop1")
    for later in range(1, 101):
        windows.add("shop1", changed("v1", -later).shown())
    assert kept(windows) == ["shop0", "shop1"]
    window.drop("v1")
    assert window.size == Window(seller_handle="shop1", read_at=0).size


async def test_windows_that_failed_or_were_discarded_while_read_take_no_room() -> None:
    windows = Windows[Window](most_bytes=MOST_BYTES)
    for shop in SHOPS:
        for reading in (fail, read):
            window = Window(seller_handle=shop, read_at=0)
            windows.open(window, reading)
            windows.add(shop, changed("v2", 0).shown())
            if reading is read:
                windows.discard(shop)
            await asyncio.wait([window.reading or pytest.fail("It is not read.")])
    for shop in SHOPS[:3]:
        await opened(windows, shop)
    assert kept(windows) == SHOPS[:3]


async def test_a_window_that_was_replaced_and_fails_leaves_the_new_one() -> None:
    windows = Windows[Window]()
    old = Window(seller_handle="shop0", read_at=0)
    windows.open(old, fail)
    new = await opened(windows, "shop0")
    with pytest.raises(ConnectionResetError):
        await old.filled()
    assert windows.last("shop0") is new
