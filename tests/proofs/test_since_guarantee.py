"""Following a seller misses nothing: clocks differ, commits come late, pages open late.

Products are written by the service's own handlers, read by its own REST front and replayed by its
own namespace; every call of theirs is a step, and time passes only between steps.
"""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from structlog.testing import capture_logs

from assembly_service.domain.plan import WriteProduct
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.monitoring.metrics import Metrics
from assembly_service.notification.replay import MOST_REPLAYED
from tests.support.followers import (
    SELLER,
    Instant,
    RestFollower,
    SocketFollower,
    SocketServer,
    catalogue_shown,
)
from tests.support.interleavings import explore
from tests.support.quiet_loop import QuietLoop, play
from tests.support.small_events import event
from tests.support.small_rows import stored_product
from tests.support.stage import Stage
from tests.support.stage_handlers import Handler

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
KINDS = [(CAPTION,), (THUMBNAIL,), (CAPTION, THUMBNAIL), (CAPTION, THUMBNAIL)]
VIDEOS = [ProductKey(SELLER, f"v{number}") for number in range(3)]
SKEWS = st.sampled_from([-5_000, -2_500, 0])
"""Clocks differ by up to the allowance for that."""
LIST_MAY_BE_OLD = 1_000
"""Milliseconds: nobody here tells the pollers' servers of what is written elsewhere."""
MOST_EVENTS = 59
MANY = 10_000

Result = TypeVar("Result")


@pytest.mark.parametrize("follows", list(Instant), ids=str)
@pytest.mark.parametrize("ticks", [(5_000,), (2_500, 2_501)], ids=str)
@pytest.mark.parametrize("skew", [-5_000, 0])
def test_a_product_committed_late_reaches_a_poller_in_every_order(
    skew: int, ticks: tuple[int, ...], follows: Instant
) -> None:
    followers: dict[Stage, RestFollower] = {}
    not_modified = 0

    async def fresh() -> Stage:
        stage = Stage(metrics=Metrics())
        follower = followers[stage] = RestFollower(stage, follows)
        pair = [await stage.deliver(kind, event(kind, 1)) for kind in HalfKind]

        async def poll(handler: Handler) -> None:
            await follower.poll(handler)
            await follower.poll(handler)

        await stage.handling("writer", pair, skew=skew)
        await stage.acting("poller", poll)
        await stage.acting("clock", lambda handler: pass_time(stage, handler, ticks))
        return stage

    async def check(stage: Stage) -> None:
        nonlocal not_modified
        follower = followers.pop(stage)
        stage.now += LIST_MAY_BE_OLD
        await stage.acting("last poll", follower.poll)
        await stage.finish(stage.handlers["last poll"])
        assert follower.held.products == await catalogue_shown(stage) != {}
        not_modified += follower.not_modified

    with capture_logs():
        explored = play(explore(fresh, check, nothing, of_shared_steps=True))
    assert (not_modified > 0) is (follows is Instant.REVALIDATED)
    print(f"ticks {ticks}, skew {skew}: {explored}")  # noqa: T201 - the figures belong to the proof


@pytest.mark.parametrize("skew", [-5_000, 0])
def test_a_change_reaches_a_poller_that_opens_its_pages_late_in_every_order(skew: int) -> None:
    followers: dict[Stage, RestFollower] = {}

    async def fresh() -> Stage:
        stage = Stage(metrics=Metrics())
        follower = followers[stage] = RestFollower(stage)
        for video in VIDEOS[:2]:
            pair = [await stage.deliver(kind, event(kind, 1, key=video)) for kind in HalfKind]
            await stage.handled(*pair)
        stage.now += 60_000
        newer = await stage.deliver(CAPTION, event(CAPTION, 2, key=VIDEOS[1]))
        await stage.handling("writer", [newer], skew=skew)
        await stage.acting("poller", follower.poll)
        await stage.acting("clock", lambda handler: pass_time(stage, handler, (4_000, 60_000)))
        return stage

    async def check(stage: Stage) -> None:
        follower = followers.pop(stage)
        stage.now += LIST_MAY_BE_OLD
        await stage.acting("last poll", follower.poll)
        await stage.finish(stage.handlers["last poll"])
        assert follower.held.products == await catalogue_shown(stage) != {}

    with capture_logs():
        explored = play(explore(fresh, check, nothing, of_shared_steps=True))
    print(f"skew {skew}: {explored}")  # noqa: T201 - the figures belong to the proof


@pytest.mark.parametrize("reads", [2, MANY, None], ids=["mid-replay", "drops", "stays"])
def test_a_new_product_reaches_a_socket_in_every_order(reads: int | None) -> None:
    """The client drops after so many packets and comes back, or stays."""
    followers: dict[Stage, SocketFollower] = {}

    async def fresh() -> Stage:
        sockets = SocketServer(lambda: stage.now)
        stage = Stage(metrics=Metrics(), announce=sockets.announcer.announce)
        follower = followers[stage] = SocketFollower(stage, sockets)
        stage.beside = follower.state
        old, new = [
            [await stage.deliver(kind, event(kind, 1, key=video)) for kind in HalfKind]
            for video in VIDEOS[:2]
        ]
        await stage.handled(*old)
        stage.now += 60_000
        await stage.handling("writer", new, skew=-5_000)
        await stage.acting("client", partial(come_and_go, follower, reads))
        await stage.acting("clock", lambda handler: pass_time(stage, handler, (4_000, 60_000)))
        return stage

    async def check(stage: Stage) -> None:
        follower = followers.pop(stage)
        if follower.client is None:
            await stage.acting("last", follower.subscribe)
            await stage.finish(stage.handlers["last"])
        follower.read(MANY)
        assert follower.held.products == await catalogue_shown(stage) != {}

    with capture_logs():
        explored = play(explore(fresh, check, nothing))
    print(f"reads {reads}: {explored}")  # noqa: T201 - the figures belong to the proof


@pytest.mark.parametrize("drops", [False, True], ids=["stays", "drops"])
def test_a_new_product_reaches_a_socket_that_has_to_load_in_every_order(drops: bool) -> None:
    """The client is told `resync` and loads over REST, or drops before it does and comes back."""
    followers: dict[Stage, SocketFollower] = {}
    resyncs = 0

    async def fresh() -> Stage:
        sockets = SocketServer(lambda: stage.now, most_replayed=2)
        stage = Stage(metrics=Metrics(), announce=sockets.announcer.announce)
        follower = followers[stage] = SocketFollower(stage, sockets, limit=2)
        stage.beside = follower.state
        await new_beside_old(stage, 3)
        await stage.acting("client", partial(subscribe_and_load, follower, drops))
        await stage.acting("clock", lambda handler: pass_time(stage, handler, (60_000,)))
        return stage

    async def check(stage: Stage) -> None:
        nonlocal resyncs
        follower = followers.pop(stage)
        if follower.client is None:
            await stage.acting("last", partial(subscribe_and_load, follower, False))
            await stage.finish(stage.handlers["last"])
        follower.read(MANY)
        assert follower.held.products == await catalogue_shown(stage) != {}
        resyncs += follower.resyncs

    with capture_logs():
        explored = play(explore(fresh, check, nothing, of_shared_steps=True))
    assert resyncs > 0
    print(f"drops {drops}: {explored}")  # noqa: T201 - the figures belong to the proof


def test_more_than_200_changes_are_loaded_and_a_product_committed_before_any_call_arrives() -> None:
    async def halted_everywhere() -> int:
        calls = 0
        while await load_halted(calls):
            calls += 1
        return calls

    with capture_logs():
        assert play(halted_everywhere()) > 10


async def load_halted(calls: int) -> bool:
    """Halt the client after so many calls while a product is committed; whether it had more."""
    sockets = SocketServer(lambda: stage.now)
    stage = Stage(metrics=Metrics(), announce=sockets.announcer.announce)
    follower = SocketFollower(stage, sockets)
    await new_beside_old(stage, MOST_REPLAYED + 1)
    await stage.acting("client", partial(subscribe_and_load, follower, False))
    client, writer = stage.handlers["client"], stage.handlers["writer"]
    for _ in range(calls):
        await stage.release(client, client.waiting[0])
    going = not client.done
    await stage.finish(writer, client)
    follower.read(MANY)
    assert follower.resyncs == 1
    assert not follower.to_load
    assert follower.held.products == await catalogue_shown(stage)
    assert len(follower.held.products) == MOST_REPLAYED + 2
    return going


async def new_beside_old(stage: Stage, products: int) -> None:
    """So many products are there, and a handler is about to write a new one, by a slow clock."""
    await fill(stage, products)
    stage.now += 60_000
    pair = [await stage.deliver(kind, event(kind, 1, key=VIDEOS[0])) for kind in HalfKind]
    await stage.handling("writer", pair, skew=-5_000)


async def fill(stage: Stage, products: int) -> None:
    """Put rows on the table, all changed at this moment."""
    await stage.tables.write(
        [
            WriteProduct(stored_product(ProductKey(SELLER, f"old{number}"), stage.now))
            for number in range(products)
        ]
    )


async def subscribe_and_load(follower: SocketFollower, drops: bool, handler: Handler) -> None:
    """Subscribe and, if that is demanded, load; or drop instead."""
    await follower.subscribe(handler)
    follower.read(MANY)
    if drops:
        await handler.call("drop", follower.drop)
    elif follower.to_load:
        await follower.load(handler)


async def come_and_go(follower: SocketFollower, reads: int | None, handler: Handler) -> None:
    """Connect and subscribe; then, unless it stays, read so many packets and drop."""

    async def connect() -> None:
        """The step before the server takes the request, and reads its clock."""

    async def read_and_drop(packets: int) -> None:
        follower.read(packets)
        await follower.drop()

    await handler.call("connect", connect)
    await follower.subscribe(handler)
    if reads is not None:
        await handler.call("drop", partial(read_and_drop, reads))


async def nothing(_: Stage) -> None:
    """Only the end decides."""


async def pass_time(stage: Stage, handler: Handler, ticks: tuple[int, ...]) -> None:
    """Let time pass in steps."""

    async def tick(milliseconds: int) -> None:
        stage.now += milliseconds

    for milliseconds in ticks:
        await handler.call("tick", partial(tick, milliseconds))


class Following(RuleBasedStateMachine):
    """Writers, pollers and a socket client, interleaved step by step while clocks differ.

    Clocks are up to the allowance behind the stage's clock, each call anew. Writers crash too;
    what they had in hand is handled again.
    """

    most_replayed = MOST_REPLAYED

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner(loop_factory=lambda: QuietLoop(skips_waits=True))
        self.logs = capture_logs()
        self.logs.__enter__()
        self.sockets = SocketServer(
            lambda: self.stage.now + self.socket.skew, most_replayed=self.most_replayed
        )
        self.stage = Stage(metrics=Metrics(), announce=self.sockets.announcer.announce)
        self.pollers = [RestFollower(self.stage, each) for each in Instant]
        self.socket = SocketFollower(self.stage, self.sockets)
        self.sent = 0
        self.started = 0

    def do(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.runner.run(work)

    @rule(video=st.sampled_from(VIDEOS), kinds=st.sampled_from(KINDS), skew=SKEWS)
    def write(self, video: ProductKey, kinds: tuple[HalfKind, ...], skew: int) -> None:
        """A handler takes newer halves of a video in hand."""
        if self.sent >= MOST_EVENTS:
            return
        self.sent += 1
        second = self.sent
        messages = [
            self.do(self.stage.deliver(kind, event(kind, second, key=video))) for kind in kinds
        ]
        self.started += 1
        self.do(self.stage.handling(f"writer {self.started}", messages, skew=skew))

    @rule(number=st.integers(0, 9), times=st.integers(1, 4))
    def step(self, number: int, times: int) -> None:
        """Some calls of one handler, poller or subscription are carried out."""
        for _ in range(times):
            if choices := self.stage.choices():
                handler, call = choices[number % len(choices)]
                self.do(self.stage.release(handler, call))

    @rule(milliseconds=st.sampled_from([1, 1_000, 2_500, 4_999, 5_000, 5_001, 60_000]))
    def wait(self, milliseconds: int) -> None:
        """Time passes."""
        self.stage.now += milliseconds

    @rule(number=st.integers(0, len(Instant) - 1), skew=SKEWS, limit=st.sampled_from([1, 2, 50]))
    def poll(self, number: int, skew: int, limit: int) -> None:
        """A client starts its next poll, or goes on with it at another instance."""
        follower, name = self.pollers[number], f"poller {number}"
        follower.skew = skew
        handler = self.stage.handlers.get(name)
        if handler is None or handler.done:
            follower.limit = limit
            self.do(self.stage.acting(name, follower.poll))
        elif handler.waiting:
            self.do(self.stage.release(handler, handler.waiting[0]))

    @rule(number=st.integers(0, 9), applied=st.booleans())
    def crash(self, number: int, applied: bool) -> None:
        """A writer ends before or after a call; its messages come again."""
        choices = [each for each in self.stage.choices() if each[0].messages]
        if not choices:
            return
        handler, call = choices[number % len(choices)]
        if applied:
            self.do(self.stage.carry_out_unheard(handler, call))
        self.do(self.stage.crash(handler))
        self.do(self.redeliver(handler))

    @rule(skew=SKEWS)
    def subscribe(self, skew: int) -> None:
        """The socket client comes back, if it is away."""
        if self.socket.client is None and "socket" not in self.stage.handlers:
            self.socket.skew = skew
            self.do(self.stage.acting("socket", self.socket.subscribe))

    @rule(skew=SKEWS)
    def load(self, skew: int) -> None:
        """The socket client loads over REST what it was told to, or goes on with it."""
        handler = self.stage.handlers.get("load")
        if handler is not None and handler.waiting:
            self.do(self.stage.release(handler, handler.waiting[0]))
        elif self.socket.to_load:
            self.socket.skew = skew
            self.do(self.stage.acting("load", self.socket.load))

    @rule(packets=st.integers(1, 5))
    def read(self, packets: int) -> None:
        """The socket client reads what came."""
        self.socket.read(packets)

    @rule()
    def drop(self) -> None:
        """The connection is lost, in the middle of a replay too."""
        self.do(self.drop_now())

    async def drop_now(self) -> None:
        """A load goes on without the connection."""
        await self.socket.drop()
        if "socket" in self.stage.handlers:
            await self.stage.crash(self.stage.handlers["socket"])

    async def redeliver(self, handler: Handler) -> None:
        held = [each for each in handler.messages if self.stage.is_left(each)]
        if held:
            again = [await self.stage.deliver_again(each) for each in held]
            self.started += 1
            await self.stage.handling(f"writer {self.started}", again, skew=handler.skew)

    def teardown(self) -> None:
        """Everyone finishes; then every client holds exactly the catalogue."""
        try:
            self.do(self.finish())
        finally:
            self.logs.__exit__(None, None, None)
            self.runner.close()

    async def finish(self) -> None:
        stage = self.stage
        await stage.finish(*stage.handlers.values())
        expected = await catalogue_shown(stage)
        if self.socket.client is not None:
            await self.read_and_load("the load before")
            assert self.socket.held.products == expected, "the connected socket"
        await self.drop_now()
        await stage.acting("last socket", self.socket.subscribe)
        stage.now += LIST_MAY_BE_OLD
        for number, follower in enumerate(self.pollers):
            await stage.acting(f"last poll {number}", follower.poll)
        await stage.finish(*stage.handlers.values())
        await self.read_and_load("the last load")
        assert self.socket.held.products == expected, "the socket that came back"
        for follower in self.pollers:
            assert follower.held.products == expected, follower.follows

    async def read_and_load(self, name: str) -> None:
        self.socket.read(MANY)
        if self.socket.to_load:
            await self.stage.acting(name, self.socket.load)
            await self.stage.finish(self.stage.handlers[name])


class FollowingByLoads(Following):
    """The same with a server that replays a single product, so that clients load again often."""

    most_replayed = 1


SETTINGS = settings(
    max_examples=150,
    stateful_step_count=50,
    derandomize=True,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
TestFollowing = Following.TestCase
TestFollowing.settings = SETTINGS
TestFollowingByLoads = FollowingByLoads.TestCase
TestFollowingByLoads.settings = SETTINGS
