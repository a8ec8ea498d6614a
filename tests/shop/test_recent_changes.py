"""A window answers as the table would, and is at most a second old."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assembly_service.domain.timestamps import format_milliseconds
from tests.harness.web import NOON, SELLER
from tests.shop.polled_shop import SECOND, Server, changed, products, videos


async def test_a_change_heard_of_that_the_read_half_saw_stands_at_its_own_place() -> None:
    """The row was found by its older place; the product was read when it had changed."""
    server = Server()
    older, newer = changed("v1", 8 * SECOND), changed("v1", 1 * SECOND)

    server.table.put(older)
    server.table.while_reading = lambda: server.table.put(newer)
    await server.page()
    server.recent.add(SELLER, newer.shown())
    assert await server.videos(format_milliseconds(NOON - 4 * SECOND)) == ["v1"]


async def test_a_change_elsewhere_is_seen_within_a_second() -> None:
    server = Server()
    assert await server.videos() == []
    server.table.put(changed("v1", 0))
    server.now += SECOND
    assert await server.videos() == ["v1"]


async def test_a_change_that_was_heard_of_is_seen_at_once_and_without_a_read() -> None:
    server = Server(changed("v1", 5 * SECOND))
    assert await server.videos() == ["v1"]
    server.recent.add(SELLER, server.table.put(changed("v2", 0)).shown())
    server.recent.add(SELLER, server.table.put(changed("v1", -1)).shown())
    assert await server.videos() == ["v2", "v1"]
    assert server.table.reads == 1


async def test_a_change_heard_of_while_the_window_is_read_is_in_it() -> None:
    server = Server()
    server.table.open.clear()
    poll = asyncio.create_task(server.videos())
    await server.table.begun.wait()
    server.recent.add(SELLER, changed("v1", 0).shown())
    server.table.open.set()
    assert await poll == ["v1"]
    assert await server.videos() == ["v1"]


async def test_an_older_version_that_is_heard_late_does_not_replace_a_newer_one() -> None:
    server = Server(changed("v1", 1))
    await server.page()
    server.recent.add(SELLER, changed("v1", 2).shown())
    [product] = products(await server.page())
    assert product["updated_at"] == format_milliseconds(NOON - 1)


async def test_after_something_may_have_been_missed_the_table_is_read() -> None:
    server = Server()
    assert await server.videos() == []
    server.table.put(changed("v1", 0))
    server.recent.invalidate(SELLER)
    assert await server.videos() == ["v1"]


async def test_the_instant_of_an_answer_is_never_later_than_its_read() -> None:
    server = Server()
    first = await server.page()
    server.now += SECOND // 2
    assert (await server.page()).read_at == first.read_at == NOON


@pytest.mark.parametrize("changes", [1, 300], ids=["window", "more-than-a-window"])
async def test_the_clock_may_go_on_while_the_table_is_read(changes: int) -> None:
    server = Server(*(changed(f"v{n}", 9_000 - n) for n in range(changes)))

    def go_on() -> None:
        server.now += 10 * SECOND

    server.table.while_reading = go_on
    page = await server.page()
    assert page.read_at == server.now - 10 * SECOND
    assert server.now > NOON


@pytest.mark.parametrize("newer", [0, 200], ids=["window", "more-than-a-window"])
async def test_pages_go_on_after_their_last_row_though_its_product_moved(newer: int) -> None:
    server = Server(
        *(changed(f"v{n}", 9_000 - n) for n in range(4)),
        *(changed(f"w{n}", 5_000 - n) for n in range(newer)),
    )

    def move() -> None:
        # The window is read first, and is then too small.
        if not newer or server.table.reads == 2:
            server.table.put(changed("v1", 0))

    server.table.while_reading = move
    first = await server.page(limit=2)
    assert videos(first) == ["v0", "v1"]
    server.now += 2 * SECOND
    rest = videos(await server.page(limit=300, after=first.last))
    assert (rest[:2], rest[-1], len(rest)) == (["v2", "v3"], "v1", 3 + newer)


async def test_a_clock_that_is_set_back_makes_no_window_last() -> None:
    server = Server()
    await server.page()
    server.now -= 3_600 * SECOND
    server.table.put(changed("v1", 0))
    assert await server.videos() == ["v1"]


async def test_a_failed_read_fails_for_those_who_waited_and_not_for_the_next() -> None:
    server = Server(changed("v1", 0))
    server.table.error = ConnectionResetError()
    ends = await asyncio.gather(*(server.page() for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [ConnectionResetError] * 3
    server.table.error = None
    assert await server.videos() == ["v1"]


async def test_who_leaves_does_not_end_the_read_for_the_others() -> None:
    server = Server(changed("v1", 0))
    server.table.open.clear()
    first, second = (asyncio.create_task(server.videos()) for _ in range(2))
    await server.table.begun.wait()
    first.cancel()
    server.table.open.set()
    assert await second == ["v1"]
    assert server.table.reads == 1


@pytest.mark.parametrize("changes", [199, 201, 450])
async def test_a_shop_with_many_changes_is_shown_whole(changes: int) -> None:
    server = Server(*(changed(f"v{n:03d}", 9_000 - n) for n in range(changes)))
    seen: list[str] = []
    after = None
    while True:
        page = await server.page(after=after, limit=50)
        seen += videos(page)
        if not page.has_more:
            break
        after = page.last
    assert seen == [f"v{n:03d}" for n in range(changes)]


AGES = st.integers(-1_000, 40_000)


@given(
    existing=st.lists(AGES, max_size=12),
    heard=st.lists(st.tuples(st.integers(0, 15), AGES), max_size=6),
    polls=st.lists(st.tuples(AGES, st.integers(1, 4)), min_size=1, max_size=5),
)
def test_every_page_is_what_the_table_would_have_given(
    existing: Sequence[int], heard: Sequence[tuple[int, int]], polls: Sequence[tuple[int, int]]
) -> None:
    async def check() -> None:
        server = Server(*(changed(f"v{n:02d}", age) for n, age in enumerate(existing)))
        for number, (age, limit) in enumerate(polls):
            since = format_milliseconds(NOON - age)
            after = None
            while True:
                page = await server.page(since, limit=limit, after=after)
                truth = await server.table.changed_since(
                    SELLER, since=since, limit=limit, after=after
                )
                assert products(page) == [product.shown() for product in truth.products]
                assert (page.last, page.has_more) == (truth.last, truth.has_more)
                if not page.has_more:
                    break
                after = page.last
            for video, new_age in heard[number : number + 2]:
                held = server.table.products.get(f"v{video:02d}")
                product = changed(f"v{video:02d}", new_age)
                if held is None or held.updated_at < product.updated_at:
                    server.recent.add(SELLER, server.table.put(product).shown())

    asyncio.run(check())
