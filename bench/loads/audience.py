"""Runs the subscribers of one server in a few processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.errors import BenchFailed
from bench.loads.processes import DrivenProgram, python, running_program

_DELIVERY_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Received:
    """What arrived since the last question; times are monotonic nanoseconds.

    `event_bytes` and `wire_bytes` are the mean sizes of an event and of its WebSocket frame.
    """

    event_bytes: float
    wire_bytes: float
    instants: list[int]


@dataclass(kw_only=True)
class Audience:
    """The subscribers of one seller at a server; without a seller, bare WebSockets.

    `compressed` says whether the server accepted compression from one of them, `ping_interval` how
    many seconds it said to leave between pings.
    """

    server: str
    port: int
    seller: str | None
    programs: list[DrivenProgram]
    subscribers: int = 0
    compressed: bool = False
    ping_interval: float = 0.0

    async def connect(
        self,
        subscribers: int,
        *,
        offers_compression: bool = False,
        returning: bool = False,
        apart: bool = False,
        at_once: int = 50,
        per_second: float | None = None,
    ) -> None:
        """Connect and subscribe so many more, some at once or so many a second.

        If they are `returning`, each subscribes since an instant; if `apart`, to a seller of its
        own, so that no read is shared. Raises BenchFailed if one is refused.
        """
        count = subscribers // len(self.programs)
        answers = await self._ask(
            act="connect",
            port=self.port,
            seller=self.seller,
            count=count,
            offers_compression=offers_compression,
            returning=returning,
            apart=apart,
            at_once=at_once // len(self.programs),
            per_second=per_second and per_second / len(self.programs),
        )
        self.subscribers += count * len(self.programs)
        self.compressed |= any(answer["compressed"] for answer in answers)
        self.ping_interval = answers[0]["ping_interval"] or 0.0

    async def received(
        self, events: int, *, with_instants: bool = False, may_repeat: bool = False
    ) -> Received:
        """Wait up to a minute until each has received so many events, or more if they may repeat.

        Raises BenchFailed if fewer came, so that no figure is one of less work.
        """
        expected = events * self.subscribers
        answers = await self._ask(
            act="receive",
            events=expected // len(self.programs),
            seconds=_DELIVERY_SECONDS,
            with_instants=with_instants,
        )
        if lost := sum(answer["lost"] for answer in answers):
            raise BenchFailed(f"{self.server} cut {lost} subscribers that read all the time.")
        came = sum(answer["events"] for answer in answers)
        if came < expected or (came > expected and not may_repeat):
            raise BenchFailed(f"{self.server} made {came} of {expected} deliveries.")
        return Received(
            event_bytes=sum(answer["event_bytes"] for answer in answers) / came,
            wire_bytes=sum(answer["wire_bytes"] for answer in answers) / came,
            instants=[each for answer in answers for each in answer.get("arrivals", [])],
        )

    async def pings(self) -> int:
        """How many pings were answered so far. Raises BenchFailed if a subscriber was cut."""
        answers = await self._ask(act="pings")
        if lost := sum(answer["lost"] for answer in answers):
            raise BenchFailed(f"{self.server} cut {lost} clients that answered every ping.")
        return sum(answer["pings"] for answer in answers)

    async def _ask(self, **request: object) -> list[dict[str, Any]]:
        return await asyncio.gather(*(program.ask(**request) for program in self.programs))


@asynccontextmanager
async def audience(
    server: str, port: int, seller: str | None, *, processes: int = 1
) -> AsyncIterator[Audience]:
    """Start the processes of subscribers, none of which is connected yet.

    `server` is the name of the server on the port.
    """
    async with AsyncExitStack() as opened:
        command = python("bench.loads.subscribers")
        programs = [
            await opened.enter_async_context(running_program(*command)) for _ in range(processes)
        ]
        yield Audience(server=server, port=port, seller=seller, programs=programs)
