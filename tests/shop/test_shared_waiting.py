"""Those who wait for a seller share one look-out, which wakes them for what concerns them."""

import asyncio
from collections.abc import Sequence

import pytest

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.shop import held_requests
from assembly_service.shop.held_requests import HeldRequests
from assembly_service.storage.catalogue import Position
from tests.harness.web import NOON, SELLER, ManualClock

PATIENCE = 20
LONG = 30


class Looks:
    """What a request that waits finds each time that it looks."""

    def __init__(self, *found: str) -> None:
        self.found = list(found)
        self.begun = asyncio.Semaphore(0)

    async def __call__(self) -> str:
        self.begun.release()
        await asyncio.sleep(0)
        return self.found.pop(0) if len(self.found) > 1 else self.found[0]


class Watched:
    """The positions of changed products, which may fail to be read."""

    def __init__(self) -> None:
        self.positions: list[Position] = []
        self.error: Exception | None = None
        self.reads = asyncio.Semaphore(0)

    async def __call__(self, seller_handle: str, *, since: str, limit: int) -> Sequence[Position]:
        assert seller_handle == SELLER
        self.reads.release()
        if self.error is not None:
            raise self.error
        return [each for each in self.positions if each.updated_at > since][:limit]


@pytest.fixture
def watched(monkeypatch: pytest.MonkeyPatch) -> Watched:
    monkeypatch.setattr(held_requests, "_WATCH_SECONDS", 0.001)
    return Watched()


def is_news(found: str) -> bool:
    return found == "news"


def held_by(
    held: HeldRequests, looks: Looks, *, video_id: str | None = None, seconds: float = LONG
) -> "asyncio.Task[str]":
    return asyncio.create_task(
        held.hold(
            SELLER,
            video_id=video_id,
            seconds=seconds,
            gone=asyncio.get_running_loop().create_future(),
            look=looks,
            is_news=is_news,
        )
    )


def new_held_requests(watched: Watched) -> HeldRequests:
    return HeldRequests(changed_positions=watched, clock=ManualClock(), allowance_seconds=10)


async def test_a_product_waits_for_its_own_video_alone(watched: Watched) -> None:
    held = new_held_requests(watched)
    looks = Looks("nothing", "news")
    answer = held_by(held, looks, video_id="v1")
    await looks.begun.acquire()
    held.wake(SELLER, "v2")
    await watched.reads.acquire()
    assert not answer.done()
    held.wake(SELLER, "v1")
    async with asyncio.timeout(PATIENCE):
        assert await answer == "news"


@pytest.mark.parametrize("video_id", [None, "v2"])
async def test_what_is_heard_during_a_look_has_it_look_again(
    watched: Watched, video_id: str | None
) -> None:
    held = new_held_requests(watched)
    looks = Looks("nothing", "news")
    answer = held_by(held, looks)
    await looks.begun.acquire()
    held.wake(SELLER, video_id)
    async with asyncio.timeout(PATIENCE):
        assert await answer == "news"


async def test_a_client_that_leaves_during_a_look_ends_it_at_once(watched: Watched) -> None:
    held = new_held_requests(watched)
    gone = asyncio.get_running_loop().create_future()
    looking: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def look() -> str:
        gone.set_result(None)
        return await looking

    answer = asyncio.create_task(
        held.hold(SELLER, seconds=LONG, gone=gone, look=look, is_news=is_news)
    )
    await asyncio.wait({answer}, timeout=PATIENCE)
    assert answer.cancelled()
    assert looking.cancelled()
    assert not held._waiters


async def test_each_change_that_is_found_wakes_once(
    watched: Watched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_requests, "_PAUSE_SECONDS", 0)
    held = new_held_requests(watched)
    looks = Looks("nothing")
    watched.positions = [Position(format_milliseconds(NOON), "v1")]
    answer = held_by(held, looks)
    for _ in range(20):
        await watched.reads.acquire()
    assert looks.begun._value <= 2
    answer.cancel()


async def test_a_read_that_fails_is_made_again(watched: Watched) -> None:
    held = new_held_requests(watched)
    watched.error = TimeoutError()
    looks = Looks("nothing", "news")
    answer = held_by(held, looks)
    await watched.reads.acquire()
    watched.positions = [Position(format_milliseconds(NOON), "v1")]
    watched.error = None
    async with asyncio.timeout(PATIENCE):
        assert await answer == "news"


async def test_more_changes_than_a_read_holds_wake_everybody(watched: Watched) -> None:
    held = new_held_requests(watched)
    watched.positions = [Position(format_milliseconds(NOON + n), f"w{n}") for n in range(300)]
    looks = Looks("nothing", "news")
    async with asyncio.timeout(PATIENCE):
        assert await held_by(held, looks, video_id="v1") == "news"


async def test_nothing_is_read_once_nobody_waits(watched: Watched) -> None:
    held = new_held_requests(watched)
    gone = asyncio.get_running_loop().create_future()
    answer = asyncio.create_task(
        held.hold(SELLER, seconds=LONG, gone=gone, look=Looks("nothing"), is_news=is_news)
    )
    await watched.reads.acquire()
    gone.set_result(None)
    async with asyncio.timeout(PATIENCE):
        assert await answer == "nothing"
    assert vars(held)["_watches"] == vars(held)["_waiters"] == {}


async def test_a_wait_ends_in_time_however_much_happens(watched: Watched) -> None:
    held = new_held_requests(watched)

    class Restless(Looks):
        async def __call__(self) -> str:
            held.wake(SELLER)
            return await super().__call__()

    async with asyncio.timeout(PATIENCE):
        assert await held_by(held, Restless("nothing"), seconds=0.05) == "nothing"
