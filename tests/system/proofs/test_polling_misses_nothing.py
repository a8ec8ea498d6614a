"""A client that polls REST with `since` misses nothing, whatever the clocks and late commits."""

from collections.abc import Callable

import pytest

from assembly_service.domain.product import HalfKind
from tests.harness.followers import Instant, RestFollower
from tests.harness.small_events import event
from tests.harness.stage import Stage
from tests.harness.stage_handlers import Handler
from tests.system.proofs.following import (
    LIST_MAY_BE_OLD,
    SLOWEST,
    VIDEOS,
    let_time_pass,
    pair,
    play_every_order,
    put,
    to_the_end,
)


async def poll_again(follower: RestFollower) -> None:
    follower.stage.now += LIST_MAY_BE_OLD
    await to_the_end(follower.stage, "last poll", follower.poll)


@pytest.mark.parametrize("follows", list(Instant), ids=str)
@pytest.mark.parametrize("ticks", [(5_000,), (2_500, 2_501)], ids=str)
@pytest.mark.parametrize("skew", [SLOWEST, 0])
def test_a_product_committed_late_reaches_a_poller_in_every_order(
    skew: int,
    ticks: tuple[int, ...],
    follows: Instant,
    most_plays: int | None,
    tell: Callable[[str], None],
) -> None:
    not_modified = 0

    async def set_up() -> RestFollower:
        stage = Stage()
        follower = RestFollower(stage, follows)

        async def poll_twice(handler: Handler) -> None:
            await follower.poll(handler)
            await follower.poll(handler)

        await stage.handling("writer", await pair(stage, VIDEOS[0]), skew=skew)
        await stage.acting("poller", poll_twice)
        await let_time_pass(stage, *ticks)
        return follower

    async def catch_up(follower: RestFollower) -> None:
        nonlocal not_modified
        await poll_again(follower)
        not_modified += follower.not_modified

    explored = play_every_order(set_up, catch_up, of_shared_steps=True, most_plays=most_plays)
    tell(f"a poll by {follows}, ticks {ticks}, skew {skew}: {explored}")
    assert (not_modified > 0) is (follows is Instant.REVALIDATED)


@pytest.mark.parametrize("skew", [SLOWEST, 0])
def test_a_change_reaches_a_poller_that_opens_its_pages_late_in_every_order(
    skew: int, most_plays: int | None, tell: Callable[[str], None]
) -> None:
    async def set_up() -> RestFollower:
        stage = Stage()
        follower = RestFollower(stage)
        first, second = VIDEOS[:2]
        await put(stage, first, second)
        stage.now += 60_000
        newer = await stage.deliver(HalfKind.CAPTION, event(HalfKind.CAPTION, 2, key=second))
        await stage.handling("writer", [newer], skew=skew)
        await stage.acting("poller", follower.poll)
        await let_time_pass(stage, 4_000, 60_000)
        return follower

    explored = play_every_order(set_up, poll_again, of_shared_steps=True, most_plays=most_plays)
    tell(f"a poll page by page, skew {skew}: {explored}")
