"""Measures deliveries of one event to many, by any server with the service's events."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from assembly_service.domain import exact_json
from assembly_service.domain.product import Announcement
from assembly_service.domain.timestamps import format_milliseconds
from bench.errors import BenchError
from bench.loads.audience import Audience, audience
from bench.loads.processes import DrivenProgram, cpu_seconds, running_program
from bench.loads.products import make_product
from bench.loads.subscriber import Subscriber

_SELLER = "home256"
_MOST_EVENTS = 1000
_ROUNDS = 5
# Long enough for every measured server to be idle again before the next event.
_PAUSE_SECONDS = 0.001
_PAUSE_SECONDS_A_SUBSCRIBER = 0.0001
# Far more than a stalled client's 1 MiB and what the kernel takes for it.
_EVENTS_TO_A_SILENT_ONE = 5_000


@dataclass(frozen=True, kw_only=True)
class _Server:
    """A running server and its connected subscribers."""

    program: DrivenProgram
    crowd: Audience
    pause: float

    async def deliver(self, events: int) -> tuple[float, int]:
        """CPU microseconds a delivery, and the size of an event.

        Raises BenchError if not every event reached every subscriber.
        """
        before = cpu_seconds(self.program.pid)
        await self.program.ask(seller=_SELLER, count=events, pause=self.pause, payload=_payload())
        received = await self.crowd.received(events)
        spent = cpu_seconds(self.program.pid) - before
        deliveries = events * self.crowd.subscribers
        if received.events != deliveries:
            raise BenchError(
                f"Of {deliveries} deliveries {received.events} were made: "
                "the figure would be one of less work."
            )
        return spent / deliveries * 1e6, received.event_bytes


async def measure_deliveries(
    commands: Mapping[str, Sequence[str]],
    subscribers: int,
    deliveries: int,
    offers_compression: bool = False,
) -> dict[str, dict[str, float]]:
    """Measure the CPU microseconds a delivery of each server, the median of its rounds.

    The servers take turns, so that all have the same luck. Raises BenchError if not every event
    reached every subscriber.
    """
    events = max(1, min(_MOST_EVENTS, deliveries // subscribers) // _ROUNDS)
    cpu: dict[str, list[float]] = {name: [] for name in commands}
    details: dict[str, dict[str, float]] = {}
    async with AsyncExitStack() as opened:
        servers = {
            name: await _server(opened, command, subscribers, offers_compression)
            for name, command in commands.items()
        }
        for name, server in servers.items():
            _, event_bytes = await server.deliver(events)
            details[name] = {"event_bytes": event_bytes, "compressed": server.crowd.compressed}
        for _ in range(_ROUNDS):
            for name, server in servers.items():
                cpu[name].append((await server.deliver(events))[0])
    return {
        name: {"cpu_microseconds": round(median(cpu[name]), 1), "events": events * _ROUNDS, **rest}
        for name, rest in details.items()
    }


async def _server(
    opened: AsyncExitStack, command: Sequence[str], subscribers: int, offers_compression: bool
) -> _Server:
    program = await opened.enter_async_context(running_program(*command))
    crowd = audience(
        program.greeting["port"],
        _SELLER,
        subscribers=subscribers,
        offers_compression=offers_compression,
    )
    return _Server(
        program=program,
        crowd=await opened.enter_async_context(crowd),
        pause=_PAUSE_SECONDS + _PAUSE_SECONDS_A_SUBSCRIBER * subscribers,
    )


async def drop_silent_one(command: Sequence[str]) -> float:
    """How many silent clients of one are dropped: the bound is in force in what is measured.

    Raises BenchError if it is not.
    """
    async with running_program(*command) as program:
        silent = Subscriber(
            _SELLER, offers_compression=False, arrived=lambda *_: None, lost=lambda: None
        )
        await asyncio.get_running_loop().create_connection(
            lambda: silent, "127.0.0.1", program.greeting["port"]
        )
        await silent.subscribed
        silent.stop_reading()
        answer = await program.ask(seller=_SELLER, count=_EVENTS_TO_A_SILENT_ONE, pause=0)
    if not answer["dropped"]:
        raise BenchError(
            f"A client that never read was kept through {_EVENTS_TO_A_SILENT_ONE} events: "
            "the bound for slow clients is not in force, so its cost is not in the figure."
        )
    dropped: float = answer["dropped"]
    return dropped


def _payload() -> object:
    """The event for the peers, which do not make products."""
    now = time.time_ns() // 1_000_000
    product = make_product(_SELLER, "video-0", updated_at=now)
    announcement = Announcement(product=product, correlation_id="bench")
    payload: object = json.loads(exact_json.dumps(announcement.payload(format_milliseconds(now))))
    return payload
