"""Runs the subscribers of one seller in a few processes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from bench.errors import BenchError
from bench.loads.processes import DrivenProgram, python, running_program

_SUBSCRIBERS_A_PROCESS = 1250
_DELIVERY_SECONDS = 60


@dataclass(frozen=True, kw_only=True)
class Received:
    """What arrived since the last question; times are monotonic nanoseconds."""

    events: int
    event_bytes: int
    instants: list[int]


@dataclass(frozen=True, kw_only=True)
class Audience:
    """Connected subscribers; `compressed` says whether the server accepted compression."""

    subscribers: int
    compressed: bool
    programs: list[tuple[DrivenProgram, int]]

    async def received(self, events: int, *, with_instants: bool = False) -> Received:
        """Wait up to a minute until each has received so many events."""
        answers = await asyncio.gather(
            *(
                program.ask(
                    act="receive",
                    events=events * subscribers,
                    seconds=_DELIVERY_SECONDS,
                    with_instants=with_instants,
                )
                for program, subscribers in self.programs
            )
        )
        if lost := sum(answer["lost"] for answer in answers):
            raise BenchError(f"The server cut {lost} subscribers that read all the time.")
        return Received(
            events=sum(answer["events"] for answer in answers),
            event_bytes=max(answer["event_bytes"] for answer in answers),
            instants=[each for answer in answers for each in answer.get("arrivals", [])],
        )


@asynccontextmanager
async def audience(
    port: int, seller: str, *, subscribers: int, offers_compression: bool
) -> AsyncIterator[Audience]:
    """Connect and subscribe all of them. Raises BenchError if one is refused."""
    shares = [
        min(_SUBSCRIBERS_A_PROCESS, subscribers - start)
        for start in range(0, subscribers, _SUBSCRIBERS_A_PROCESS)
    ]
    request: dict[str, Any] = {
        "act": "connect",
        "port": port,
        "seller": seller,
        "offers_compression": offers_compression,
    }
    async with AsyncExitStack() as opened:
        programs = []
        compressed = False
        for share in shares:
            command = running_program(*python("bench.loads.subscribers"))
            program = await opened.enter_async_context(command)
            answer = await program.ask(**request, count=share)
            compressed |= answer["compressed"]
            programs.append((program, share))
        yield Audience(subscribers=subscribers, compressed=compressed, programs=programs)
