"""Stages on which clients follow a seller, and the check at the end."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import Any, TypeVar

from structlog.testing import capture_logs

from assembly_service.aws.queues import Message
from assembly_service.domain.plan import WriteProduct
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.notification.replay import MOST_REPLAYED
from tests.harness.followers import SELLER, RestFollower, catalogue_shown
from tests.harness.interleavings import Explored, explore
from tests.harness.quiet_loop import play
from tests.harness.small_events import event
from tests.harness.small_rows import stored_product
from tests.harness.socket_followers import SocketFollower, SocketServer
from tests.harness.stage import Stage
from tests.harness.stage_handlers import Handler

VIDEOS = [ProductKey(SELLER, f"v{number}") for number in range(3)]
SLOWEST = -5_000
"""The skew in milliseconds of a clock that is behind by the whole allowance."""
LIST_MAY_BE_OLD = 1_000
"""Milliseconds: the pollers' servers here are not notified of writes elsewhere."""
ALL = 10_000
"""More packets than are ever queued."""

Follower = TypeVar("Follower", RestFollower, SocketFollower)


def socket_follower(*, most_replayed: int = MOST_REPLAYED, limit: int = 50) -> SocketFollower:
    """A client on a fresh stage, whose products are announced to its server."""
    server = SocketServer(lambda: stage.now + follower.skew, most_replayed=most_replayed)
    stage = Stage(announce=server.announcer.announce)
    follower = SocketFollower(stage, server, limit=limit)
    stage.beside = follower.state
    return follower


def play_every_order(
    set_up: Callable[[], Awaitable[Follower]],
    catch_up: Callable[[Follower], Awaitable[None]],
    *,
    of_shared_steps: bool,
    most_plays: int | None,
) -> Explored:
    """Play every order on the follower's stage; once caught up, it must have the catalogue."""
    followers: dict[Stage, Follower] = {}

    async def fresh() -> Stage:
        follower = await set_up()
        followers[follower.stage] = follower
        return follower.stage

    async def check(stage: Stage) -> None:
        follower = followers.pop(stage)
        await catch_up(follower)
        assert follower.held.products == await catalogue_shown(stage) != {}

    async def only_the_end_decides(_: Stage) -> None:
        pass

    with capture_logs():
        return play(
            explore(
                fresh,
                check,
                only_the_end_decides,
                of_shared_steps=of_shared_steps,
                most_plays=most_plays,
            )
        )


async def to_the_end(
    stage: Stage, name: str, act: Callable[[Handler], Coroutine[Any, Any, None]]
) -> None:
    """Run it without interruption."""
    await stage.acting(name, act)
    await stage.finish(stage.handlers[name])


async def pair(stage: Stage, video: ProductKey) -> list[Message]:
    """Deliver the first halves of a video."""
    return [await stage.deliver(kind, event(kind, 1, key=video)) for kind in HalfKind]


async def put(stage: Stage, *videos: ProductKey) -> None:
    """Write products that all changed at this moment."""
    await stage.tables.write([WriteProduct(stored_product(key, stage.now)) for key in videos])


async def put_a_new_one_beside(stage: Stage, *, old: int) -> None:
    """Products exist, and a handler with a slow clock is about to write another."""
    await put(stage, *(ProductKey(SELLER, f"old{number}") for number in range(old)))
    stage.now += 60_000
    await stage.handling("writer", await pair(stage, VIDEOS[0]), skew=SLOWEST)


async def let_time_pass(stage: Stage, *ticks: int) -> None:
    """Let the clock advance by some milliseconds, one step each."""

    async def tick(milliseconds: int) -> None:
        stage.now += milliseconds

    async def go_on(handler: Handler) -> None:
        for milliseconds in ticks:
            await handler.call("tick", partial(tick, milliseconds))

    await stage.acting("clock", go_on)
