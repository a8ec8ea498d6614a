"""Whatever happens, in the end everyone who follows a seller has its catalogue.

Products are written by the service's handlers, read through its REST front and replayed by its
namespace; each of their calls is a step, and time passes only between steps.
"""

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import rule

from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.notification.replay import MOST_REPLAYED
from tests.harness.followers import Instant, RestFollower, catalogue_shown
from tests.harness.small_events import event
from tests.harness.stage_handlers import Handler
from tests.system.proofs.following import (
    ALL,
    LIST_MAY_BE_OLD,
    SLOWEST,
    VIDEOS,
    socket_follower,
    to_the_end,
)
from tests.system.proofs.machine import SteppedMachine, play_rules

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
KINDS = [(CAPTION,), (THUMBNAIL,), (CAPTION, THUMBNAIL), (CAPTION, THUMBNAIL)]
SKEWS = st.sampled_from([SLOWEST, -2_500, 0])
"""Clocks differ by up to their allowance."""
MOST_EVENTS = 59


class Following(SteppedMachine):
    """Writers, pollers and a socket client, interleaved step by step, with different clocks.

    Clocks are up to the allowance behind the stage's clock, anew for each call. Writers crash too;
    what they had in flight is handled again.
    """

    most_replayed = MOST_REPLAYED

    def __init__(self) -> None:
        super().__init__()
        self.socket = socket_follower(most_replayed=self.most_replayed)
        self.stage = self.socket.stage
        self.pollers = [RestFollower(self.stage, each) for each in Instant]
        self.sent = 0
        self.started = 0

    @rule(video=st.sampled_from(VIDEOS), kinds=st.sampled_from(KINDS), skew=SKEWS)
    def write(self, video: ProductKey, kinds: tuple[HalfKind, ...], skew: int) -> None:
        """A handler starts with newer halves of a video."""
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
        """Carry out some calls of one handler, poller or subscription."""
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
        """A client starts its next poll, or continues it at another instance."""
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
        """A writer crashes before or after a call; its messages are redelivered."""
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
        """The socket client reconnects, if it is away."""
        if self.socket.client is None and "socket" not in self.stage.handlers:
            self.socket.skew = skew
            self.do(self.stage.acting("socket", self.socket.subscribe))

    @rule(skew=SKEWS)
    def load(self, skew: int) -> None:
        """The socket client reloads over REST as it was told to, or continues that."""
        handler = self.stage.handlers.get("load")
        if handler is not None and handler.waiting:
            self.do(self.stage.release(handler, handler.waiting[0]))
        elif self.socket.to_load:
            self.socket.skew = skew
            self.do(self.stage.acting("load", self.socket.load))

    @rule(packets=st.integers(1, 5))
    def read(self, packets: int) -> None:
        """The socket client reads its packets."""
        self.socket.read(packets)

    @rule()
    def drop(self) -> None:
        """The connection is lost, possibly in the middle of a replay."""
        self.do(self.drop_now())

    async def drop_now(self) -> None:
        """A reload continues without the connection."""
        await self.socket.drop()
        if "socket" in self.stage.handlers:
            await self.stage.crash(self.stage.handlers["socket"])

    async def redeliver(self, handler: Handler) -> None:
        held = [each for each in handler.messages if self.stage.is_left(each)]
        if held:
            again = [await self.stage.deliver_again(each) for each in held]
            self.started += 1
            await self.stage.handling(f"writer {self.started}", again, skew=handler.skew)

    async def finish(self) -> None:
        """Everyone finishes; then every client has exactly the catalogue."""
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
        self.socket.read(ALL)
        if self.socket.to_load:
            await to_the_end(self.stage, name, self.socket.load)


class FollowingByLoads(Following):
    """The same with a server that replays a single product, so that clients reload often."""

    most_replayed = 1


@pytest.mark.parametrize("machine", [Following, FollowingByLoads])
def test_followers_end_with_the_catalogue(machine: type[Following], every: int) -> None:
    play_rules(machine, examples=150, steps=50, every=every)
