"""A first page is read once a second for everyone, and is never behind what was heard."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly_service.shop.pages import ShownPage
from assembly_service.shop.ready_lists import ReadyLists
from tests.harness.web import NOON, SELLER
from tests.shop.polled_shop import SECOND, Table, changed, products, videos

HOUR = 3_600 * SECOND


class Server:
    """Ready lists of a table, with a clock of their own."""

    def __init__(self, *video_ids: str) -> None:
        self.now = NOON
        self.table = Table(*(changed(video_id, HOUR) for video_id in video_ids))
        self.lists = ReadyLists(newest=self.table.newest, clock=lambda: self.now)

    async def page(self, limit: int = 20) -> ShownPage:
        return await self.lists.page(SELLER, limit=limit)

    async def videos(self, limit: int = 20) -> list[str]:
        return videos(await self.page(limit))

    def hear(self, video_id: str, milliseconds_ago: int = 0) -> None:
        """Write a product, and hear of it."""
        product = self.table.put(changed(video_id, milliseconds_ago))
        self.lists.add(SELLER, product.shown())


async def test_all_who_load_a_shop_share_one_read_a_second() -> None:
    server = Server("v1", "v2")
    for second in range(3):
        server.now = NOON + second * SECOND
        assert await asyncio.gather(*(server.videos() for _ in range(200))) == [["v2", "v1"]] * 200
        server.now += SECOND - 1
        assert await server.videos() == ["v2", "v1"]
    assert server.table.reads == 3


async def test_pages_of_all_sizes_share_a_read_once_the_largest_is_known() -> None:
    server = Server(*(f"v{n:02}" for n in range(60)))
    assert len(await server.videos(20)) == 20
    assert len(await server.videos(50)) == 50
    assert server.table.reads == 2
    for second in range(1, 30):
        server.now = NOON + second * SECOND
        # The largest comes rarely, and last.
        limits = [1, 20, 49] if second % 10 else [1, 20, 49, 50]
        assert [len(await server.videos(limit)) for limit in limits] == limits
    assert server.table.reads == 2 + 29


async def test_nobody_pays_for_long_for_one_who_asked_for_more() -> None:
    server = Server(*(f"v{n:02}" for n in range(60)))
    await server.page(50)
    for second in range(62):
        server.now = NOON + second * SECOND
        await server.page(20)
    assert server.table.limits[0] == 50
    assert server.table.limits[-1] == 20


async def test_a_change_heard_of_is_in_the_page_at_once_and_without_a_read() -> None:
    server = Server("v1", "v3", "v5")
    assert await server.videos(2) == ["v5", "v3"]
    server.hear("v3")
    [_, third] = products(await server.page(2))
    assert third == changed("v3", 0).shown()
    server.hear("v4")
    assert await server.videos(2) == ["v5", "v4"]
    server.hear("v2")
    page = await server.page(2)
    assert (videos(page), page.has_more) == (["v5", "v4"], True)
    assert server.table.reads == 1


async def test_what_is_heard_of_may_push_the_last_one_to_the_next_page() -> None:
    server = Server("v1", "v2")
    assert (await server.page(2)).has_more is False
    server.hear("v3")
    page = await server.page(2)
    assert (videos(page), page.has_more) == (["v3", "v2"], True)


async def test_changes_heard_of_during_the_read_are_in_the_page() -> None:
    server = Server()
    server.table.open.clear()
    load = asyncio.create_task(server.page(1))
    await server.table.begun.wait()
    for video_id in ("v1", "v2"):
        server.lists.add(SELLER, changed(video_id, 0).shown())
    server.table.open.set()
    page = await load
    assert (videos(page), page.has_more) == (["v2"], True)
    assert await server.page(1) is page


async def test_an_older_version_that_is_heard_late_replaces_no_newer_one() -> None:
    server = Server()
    server.table.put(changed("v1", 1))
    await server.page()
    server.lists.add(SELLER, changed("v1", 2).shown())
    assert products(await server.page()) == [changed("v1", 1).shown()]


async def test_a_change_elsewhere_is_seen_within_a_second() -> None:
    server = Server()
    assert await server.videos() == []
    server.table.put(changed("v1", 0))
    server.now += SECOND
    assert await server.videos() == ["v1"]


@pytest.mark.parametrize("moved_by", [0, -HOUR], ids=["missed", "clock-set-back"])
async def test_the_table_is_read_when_a_change_was_missed_or_the_clock_is_set_back(
    moved_by: int,
) -> None:
    server = Server()
    await server.page()
    server.table.put(changed("v1", 0))
    server.now += moved_by
    if not moved_by:
        server.lists.invalidate(SELLER)
    assert await server.videos() == ["v1"]


async def test_the_instant_of_a_page_is_the_start_of_its_read_whatever_is_heard_later() -> None:
    server = Server("v1")

    def go_on() -> None:
        server.now += SECOND // 2

    server.table.while_reading = go_on
    assert (await server.page()).read_at == NOON
    server.hear("v2")
    page = await server.page()
    assert (videos(page), page.read_at) == (["v2", "v1"], NOON)


async def test_a_page_is_made_ready_once_until_something_changes() -> None:
    server = Server("v1")
    before = await server.page()
    assert await server.page() is before
    assert (await server.page()).first_of_newest is before.first_of_newest
    server.hear("v1")
    after = await server.page()
    assert after.first_of_newest.tag != before.first_of_newest.tag
    server.now += SECOND
    # Only its timestamp has changed, and that has no part in the tag.
    later = await server.page()
    assert later is not after
    assert later.first_of_newest.tag == after.first_of_newest.tag


async def test_who_asks_for_every_size_of_page_fills_no_memory() -> None:
    server = Server(*(f"v{n:02}" for n in range(60)))
    pages = [await server.page(limit) for limit in range(50, 0, -1)]
    kept = [
        await server.page(limit) is page for limit, page in zip((3, 2, 1), pages[-3:], strict=True)
    ]
    assert kept == [True] * 3
    assert await server.page(50) is not pages[0]
    assert server.table.reads == 1


async def test_a_failed_read_fails_for_those_who_waited_and_not_for_the_next() -> None:
    server = Server("v1")
    server.table.error = ConnectionResetError()
    ends = await asyncio.gather(*(server.page() for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [ConnectionResetError] * 3
    server.table.error = None
    assert await server.videos() == ["v1"]


async def test_who_leaves_does_not_end_the_read_for_the_others() -> None:
    server = Server("v1")
    server.table.open.clear()
    first, second = (asyncio.create_task(server.videos()) for _ in range(2))
    await server.table.begun.wait()
    first.cancel()
    server.table.open.set()
    assert await second == ["v1"]
    assert server.table.reads == 1


VIDEOS = st.integers(0, 30).map("v{:02}".format)


@given(
    existing=st.sets(VIDEOS, max_size=30),
    happenings=st.lists(st.one_of(VIDEOS, st.integers(1, 12)), max_size=20),
)
def test_every_page_is_what_the_table_would_have_given(
    existing: set[str], happenings: Sequence[str | int]
) -> None:
    async def check() -> None:
        server = Server(*existing)
        for number, happening in enumerate(happenings):
            if isinstance(happening, str):
                server.hear(happening, -number)
                continue
            page = await server.page(happening)
            truth = await server.table.newest(SELLER, limit=happening, after=None)
            assert products(page) == [product.shown() for product in truth.products]
            assert (page.last, page.has_more) == (truth.last, truth.has_more)

    asyncio.run(check())
