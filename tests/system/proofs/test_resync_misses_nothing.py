"""A client that gets a `resync` and reloads over REST misses nothing, whatever is written then."""

from collections.abc import Callable
from functools import partial

import pytest
from structlog.testing import capture_logs

from assembly_service.notification.replay import MOST_REPLAYED
from tests.harness.followers import catalogue_shown
from tests.harness.quiet_loop import play
from tests.harness.socket_followers import SocketFollower
from tests.harness.stage_handlers import Handler
from tests.system.proofs.following import (
    ALL,
    let_time_pass,
    play_every_order,
    put_a_new_one_beside,
    socket_follower,
    to_the_end,
)


@pytest.mark.parametrize("drops", [False, True], ids=["stays", "drops"])
def test_a_new_product_reaches_a_socket_that_has_to_load_in_every_order(
    drops: bool, most_plays: int | None, tell: Callable[[str], None]
) -> None:
    """The client gets a `resync` and reloads over REST, or drops before that and reconnects."""
    resyncs = 0

    async def set_up() -> SocketFollower:
        follower = socket_follower(most_replayed=2, limit=2)
        await put_a_new_one_beside(follower.stage, old=3)
        act = partial(subscribe_and_drop if drops else subscribe_and_load, follower)
        await follower.stage.acting("client", act)
        await let_time_pass(follower.stage, 60_000)
        return follower

    async def catch_up(follower: SocketFollower) -> None:
        nonlocal resyncs
        if follower.client is None:
            await to_the_end(follower.stage, "last", partial(subscribe_and_load, follower))
        follower.read(ALL)
        resyncs += follower.resyncs

    explored = play_every_order(set_up, catch_up, of_shared_steps=True, most_plays=most_plays)
    tell(f"a socket that loads, drops {drops}: {explored}")
    assert resyncs > 0


def test_more_than_200_changes_are_loaded_and_a_product_committed_before_any_call_arrives() -> None:
    async def halted_everywhere() -> int:
        calls = 0
        while await load_halted(calls):
            calls += 1
        return calls

    with capture_logs():
        assert play(halted_everywhere()) > 10


async def load_halted(calls: int) -> bool:
    """Pause the client after some calls while a product is committed; False if it had no more."""
    follower = socket_follower()
    stage = follower.stage
    await put_a_new_one_beside(stage, old=MOST_REPLAYED + 1)
    await stage.acting("client", partial(subscribe_and_load, follower))
    client, writer = stage.handlers["client"], stage.handlers["writer"]
    for _ in range(calls):
        await stage.release(client, client.waiting[0])
    going = not client.done
    await stage.finish(writer, client)
    follower.read(ALL)
    assert follower.resyncs == 1
    assert not follower.to_load
    assert follower.held.products == await catalogue_shown(stage)
    assert len(follower.held.products) == MOST_REPLAYED + 2
    return going


async def subscribe_and_load(follower: SocketFollower, handler: Handler) -> None:
    """Subscribe, and reload if that is demanded."""
    await follower.subscribe(handler)
    follower.read(ALL)
    if follower.to_load:
        await follower.load(handler)


async def subscribe_and_drop(follower: SocketFollower, handler: Handler) -> None:
    """Subscribe and read, and lose the connection before any reload."""
    await follower.subscribe(handler)
    follower.read(ALL)
    await handler.call("drop", follower.drop)
