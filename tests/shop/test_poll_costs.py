"""How many reads of the table polls cost."""

import asyncio
import random

import pytest

from assembly_service.domain.timestamps import format_milliseconds
from tests.harness.web import NOON, make_product
from tests.shop.polled_shop import SECOND, Server, changed


async def test_all_who_follow_a_shop_closely_share_one_read_a_second() -> None:
    server = Server(changed("v1", 3 * SECOND))
    for second in range(3):
        server.now = NOON + second * SECOND
        polls = [
            server.videos(format_milliseconds(server.now - 15 * SECOND + 10 * each))
            for each in range(200)
        ]
        assert await asyncio.gather(*polls) == [["v1"]] * 200
    assert server.table.reads == 3


@pytest.mark.parametrize("oldest", [60 * SECOND, 86_400 * SECOND], ids=["minute", "day"])
@pytest.mark.parametrize("changes", [1, 200])
async def test_all_who_keep_an_old_since_where_little_changes_share_one_read_a_second(
    oldest: int, changes: int
) -> None:
    server = Server(*(changed(f"v{n}", oldest - n) for n in range(changes)))
    # Before them lie more changes than a window has.
    for n in range(300):
        server.table.put(changed(f"old{n}", 2 * oldest - n))
    since = [format_milliseconds(NOON - oldest * n // 200) for n in range(200)]
    for second in range(20):
        server.now = NOON + second * SECOND
        await asyncio.gather(*map(server.videos, random.sample(since, len(since))))
    # At first who asks further back than all before takes one more.
    assert server.table.reads <= 20 + 4


async def test_who_asks_from_the_future_reads_for_the_others_too() -> None:
    server = Server(changed("v1", 3 * SECOND))
    assert await server.videos("9999-12-31T23:59:59.000Z") == []
    assert await server.videos() == ["v1"]
    assert server.table.reads == 1


async def test_one_who_asks_from_long_ago_in_a_busy_shop_costs_the_others_nothing() -> None:
    server = Server(*(changed(f"v{n:03d}", 60 * SECOND - n) for n in range(500)))
    old = format_milliseconds(NOON - 3_600 * SECOND)
    for second in range(4):
        server.now = NOON + second * SECOND
        assert len(await server.videos(old)) == 20
        server.table.reads = 0
        assert await asyncio.gather(*(server.videos() for _ in range(100))) == [[]] * 100
        assert server.table.reads <= 1


async def test_where_more_changes_than_a_window_holds_a_poll_costs_a_read_at_most() -> None:
    server = Server()
    for second in range(12):
        server.now = NOON + second * SECOND
        for n in range(100):
            server.table.put(make_product(f"v{second}-{n}", updated_at=server.now - n))
        server.table.reads = 0
        for poller in range(50):
            page = await server.page(format_milliseconds(server.now - 3 * SECOND - poller))
            assert page.count == 20 if second > 2 else page.count
        # One for those who share, and at most one more for each who cannot.
        assert server.table.reads <= 51


async def test_who_asks_from_long_ago_where_much_changed_costs_one_read() -> None:
    server = Server(*(changed(f"v{n:03d}", 3_600 * SECOND - n) for n in range(500)))
    await server.page(format_milliseconds(NOON - 7_200 * SECOND))
    server.table.reads = 0
    for n in range(5):
        page = await server.page(format_milliseconds(NOON - 7_200 * SECOND - n), limit=50)
        assert (page.count, page.has_more) == (50, True)
    assert server.table.reads <= 5
