"""What it costs to show one event to many: CPU of the server's process a delivery."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median

from assembly_service.domain import exact_json
from assembly_service.domain.instants import format_milliseconds
from assembly_service.domain.product import Announcement
from bench.errors import BenchError
from bench.figure import Figure
from bench.loads.audience import Audience, audience
from bench.loads.processes import (
    DrivenProgram,
    cpu_seconds,
    python,
    raise_file_limit,
    running_program,
)
from bench.loads.products import make_product
from bench.loads.subscriber import Subscriber
from bench.peers.node import NODE_IS_MISSING, node_command

_SELF = "assembly-service"
_SERVICE = python("bench.loads.notification_server")
_PYTHON = python("bench.peers.socketio_python")
_SELLER = "home256"
_SUBSCRIBERS = 500
_TARGET_MICROSECONDS = 9.0
_CROWDS = (10, 100, 500, 1000, 5000)
_DELIVERIES = 50_000
_MOST_EVENTS = 1000
_ROUNDS = 5
# Long enough for every server measured to be idle again before the next event.
_PAUSE_SECONDS = 0.001
_PAUSE_SECONDS_A_SUBSCRIBER = 0.0001
# Far more than a stalled client's 1 MiB and what the kernel takes for it.
_EVENTS_TO_A_SILENT_ONE = 5_000


@dataclass(frozen=True, kw_only=True)
class _Server:
    """A running server and everyone who is connected to it."""

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


async def measure(quick: bool) -> list[Figure]:
    """A delivery to one of 500 subscribers, without compression and with it on offer."""
    raise_file_limit()
    subscribers, deliveries = (50, 1_000) if quick else (_SUBSCRIBERS, _DELIVERIES)
    figures = [
        await _figure(subscribers, deliveries, offers_compression=offers_compression)
        for offers_compression in (False, True)
    ]
    growth = {}
    for crowd in (10, 50) if quick else _CROWDS:
        measured = await _measured({_SELF: _SERVICE}, crowd, deliveries)
        growth[str(crowd)] = measured[_SELF]["cpu_microseconds"]
    figures[0].details["growth"] = growth
    figures[0].details["silent_clients_dropped"] = await _drop_silent_one()
    return figures


async def _figure(subscribers: int, deliveries: int, *, offers_compression: bool) -> Figure:
    node = node_command("socketio_node.mjs")
    peers = {"python-socketio": _PYTHON} | ({} if node is None else {"Node socket.io": node})
    measured = await _measured(
        {_SELF: _SERVICE} | peers, subscribers, deliveries, offers_compression
    )
    cpu = {name: each["cpu_microseconds"] for name, each in measured.items()}
    offered = ", compression offered" if offers_compression else ""
    return Figure(
        row=f"delivery of a 3 KB event to one of {subscribers} subscribers{offered}",
        measured=cpu.pop(_SELF),
        unit="µs CPU",
        target=_TARGET_MICROSECONDS,
        peers=cpu,
        details={**measured, **({} if node else {"Node socket.io": NODE_IS_MISSING})},
    )


async def _measured(
    commands: Mapping[str, Sequence[str]],
    subscribers: int,
    deliveries: int,
    offers_compression: bool = False,
) -> dict[str, dict[str, float]]:
    """For each server the median of its rounds. They take turns, so that all have the same luck."""
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


def _payload() -> object:
    """The event for the peers, which make no products of their own."""
    now = time.time_ns() // 1_000_000
    product = make_product(_SELLER, "video-0", updated_at=now)
    announcement = Announcement(product=product, correlation_id="bench")
    payload: object = json.loads(exact_json.dumps(announcement.payload(format_milliseconds(now))))
    return payload


async def _drop_silent_one() -> float:
    """How many silent clients of one are dropped: the bound is in force in what is measured.

    Raises BenchError if it is not.
    """
    async with running_program(*_SERVICE) as program:
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
