"""Following a seller with `since`: nothing is missed, whatever happens between two requests."""

import random
from typing import Any

import pytest
from aiohttp import ClientSession

from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from tests.harness.hooks import before_call
from tests.harness.web import (
    NOON,
    ManualClock,
    Shelf,
    load,
    load_all,
    make_product,
    products_path,
)

pytestmark = pytest.mark.conditions

HOUR = 3_600_000
ALLOWANCES = 10_000


async def test_changes_come_oldest_first_and_each_once(
    api: ClientSession, shelf: Shelf, clock: ManualClock
) -> None:
    stamps = [NOON - HOUR + 7 * number for number in range(100)]
    random.shuffle(stamps)
    products = [make_product(f"v{number}", updated_at=at) for number, at in enumerate(stamps)]
    await shelf.put(*products)

    found, pages = await load_all(api, products_path(), since="2026-11-02T10:00:00Z", limit=50)

    assert found == [p.key.video_id for p in sorted(products, key=lambda p: p.updated_at)]
    assert [page["pagination"]["hasMore"] for page in pages] == [True, False]


async def test_products_changed_in_the_same_millisecond_are_all_given(
    api: ClientSession, shelf: Shelf
) -> None:
    await shelf.put(*(make_product(f"v{number}", updated_at=NOON - 1) for number in range(30)))
    found, _ = await load_all(api, products_path(), since=format_milliseconds(NOON - HOUR), limit=7)
    assert sorted(found) == sorted(f"v{number}" for number in range(30))


async def test_since_reaches_back_by_both_allowances_and_no_further(
    api: ClientSession, shelf: Shelf
) -> None:
    await shelf.put(
        make_product("just-inside", updated_at=NOON - ALLOWANCES + 1),
        make_product("just-outside", updated_at=NOON - ALLOWANCES),
    )
    found, _ = await load_all(api, products_path(), since=format_milliseconds(NOON))
    assert found == ["just-inside"]


@pytest.mark.parametrize(
    "since",
    [
        "2026-11-02T12:00:00Z",
        "2026-11-02T15:00:00+03:00",
        "2026-11-02t12:00:00.000000001z",
        "2026-11-02T07:00:00.5-05:00",
    ],
)
async def test_since_is_an_instant_in_any_zone(
    api: ClientSession, shelf: Shelf, since: str
) -> None:
    await shelf.put(
        make_product("later", updated_at=NOON - 9_000),
        make_product("earlier", updated_at=NOON - 11_000),
    )
    page = await load(api, products_path(), since=since)
    assert [product["video_id"] for product in page["products"]] == ["later"]
    assert page["metadata"]["since"] == since


async def test_a_plus_that_the_client_forgot_to_encode_is_understood(api: ClientSession) -> None:
    page = await load(api, f"{products_path()}?since=2026-11-02T15:00:00+03:00")
    assert page["metadata"]["since"] == "2026-11-02T15:00:00+03:00"


@pytest.mark.parametrize("since", ["0001-01-01T00:00:00Z", "1969-12-31T23:59:59Z"])
async def test_since_before_all_time_gives_everything(
    api: ClientSession, shelf: Shelf, since: str
) -> None:
    await shelf.put(make_product("v1"))
    found, _ = await load_all(api, products_path(), since=since)
    assert found == ["v1"]


async def test_since_in_the_far_future_gives_nothing(api: ClientSession, shelf: Shelf) -> None:
    await shelf.put(make_product("v1"))
    found, _ = await load_all(api, products_path(), since="9999-12-31T23:59:59Z")
    assert found == []


@pytest.mark.parametrize("since", [None, "2026-11-02T10:00:00Z"])
async def test_every_page_repeats_the_clock_before_the_first_query(
    api: ClientSession, shelf: Shelf, clock: ManualClock, since: str | None
) -> None:
    await shelf.put(*(make_product(f"v{number}") for number in range(3)))
    parameters = {"since": since} if since else {}
    stamps = []
    for _ in range(3):
        page = await load(api, products_path(), limit=1, **parameters)
        stamps.append(page["metadata"]["timestamp"])
        parameters["lastKey"] = page["pagination"]["lastEvaluatedKey"]
        clock.now += HOUR
    assert not page["pagination"]["hasMore"]
    assert stamps == [format_milliseconds(NOON)] * 3


@pytest.mark.parametrize("since", [None, "2026-11-02T10:00:00Z"])
async def test_the_timestamp_is_the_clock_before_the_query_though_it_goes_on(
    api: ClientSession, shelf: Shelf, clock: ManualClock, dynamodb: Any, since: str | None
) -> None:
    await shelf.put(make_product("v1"))

    def go_on() -> None:
        clock.now += HOUR

    before_call(dynamodb, "query", go_on)
    page = await load(api, products_path(), **({"since": since} if since else {}))
    assert page["metadata"]["timestamp"] == format_milliseconds(NOON)
    assert clock.now == NOON + HOUR


async def test_a_product_that_changes_between_pages_comes_again_in_its_new_place(
    api: ClientSession, shelf: Shelf, clock: ManualClock
) -> None:
    await shelf.put(
        *(make_product(f"v{number}", updated_at=NOON - HOUR + number) for number in range(4))
    )
    since = format_milliseconds(NOON - HOUR)
    first = await load(api, products_path(), since=since, limit=2)
    await shelf.put(make_product("v0", updated_at=NOON, title="Saucer"))
    rest, pages = await load_all(
        api, products_path(), since=since, lastKey=first["pagination"]["lastEvaluatedKey"]
    )
    assert rest == ["v2", "v3", "v0"]
    assert pages[-1]["products"][-1]["title"] == "Saucer"


async def test_the_row_a_cursor_stands_on_may_have_moved(api: ClientSession, shelf: Shelf) -> None:
    await shelf.put(
        *(make_product(f"v{number}", updated_at=NOON - HOUR + number) for number in range(3))
    )
    since = format_milliseconds(NOON - HOUR)
    first = await load(api, products_path(), since=since, limit=1)
    await shelf.put(make_product("v0", updated_at=NOON))
    rest, _ = await load_all(
        api, products_path(), since=since, lastKey=first["pagination"]["lastEvaluatedKey"]
    )
    assert rest == ["v1", "v2", "v0"]


class Follower:
    """A client that loads once and then polls, keeping the newest of what it saw."""

    def __init__(self, api: ClientSession, clock: ManualClock) -> None:
        self._api = api
        self._clock = clock
        self._since: str | None = None
        self.held: dict[str, Any] = {}

    async def poll(self, happen: "Happenings") -> None:
        """One whole load or poll; things happen and time passes before every page."""
        parameters: dict[str, str | int] = {"limit": 5}
        if self._since:
            parameters["since"] = self._since
        while True:
            await happen.some()
            page = await load(self._api, products_path(), **parameters)
            for product in page["products"]:
                held = self.held.get(product["video_id"])
                if held is None or held["updated_at"] < product["updated_at"]:
                    self.held[product["video_id"]] = product
            if not page["pagination"]["hasMore"]:
                break
            parameters["lastKey"] = page["pagination"]["lastEvaluatedKey"]
        self._since = page["metadata"]["timestamp"]


class Happenings:
    """Products that arrive and change, stamped by skewed clocks and written late."""

    def __init__(self, shelf: Shelf, clock: ManualClock, luck: random.Random) -> None:
        self._shelf = shelf
        self._clock = clock
        self._luck = luck
        self.stamps: dict[str, int] = {}

    async def some(self) -> None:
        """Up to three writes, then up to a minute passes."""
        for _ in range(self._luck.randrange(4)):
            await self._write()
        self._clock.now += self._luck.choice([0, 1, 500, 4_000, 60_000])

    async def _write(self) -> None:
        video_id = f"v{self._luck.randrange(60)}"
        skew, delay = self._luck.randrange(5_000), self._luck.randrange(5_000)
        stamp = max(self._clock.now - skew - delay, self.stamps.get(video_id, 0) + 1)
        self.stamps[video_id] = stamp
        await self._shelf.put(make_product(video_id, updated_at=stamp))


@pytest.mark.parametrize("seed", range(4))
async def test_following_the_timestamp_misses_no_product_and_no_change(
    api: ClientSession, shelf: Shelf, clock: ManualClock, seed: int
) -> None:
    happen = Happenings(shelf, clock, random.Random(seed))
    for _ in range(30):
        await happen.some()
    follower = Follower(api, clock)
    for _ in range(20):
        await follower.poll(happen)
    clock.now += HOUR
    await follower.poll(Happenings(shelf, clock, StillLuck()))
    held = {video_id: product["updated_at"] for video_id, product in follower.held.items()}
    assert {video_id: to_milliseconds(stamp) for video_id, stamp in held.items()} == happen.stamps


class StillLuck(random.Random):
    """Nothing happens any more."""

    def randrange(self, *_: int) -> int:  # type: ignore[override]
        return 0

    def choice(self, among: Any) -> Any:
        return among[0]
