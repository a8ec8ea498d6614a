"""Measures deliveries of one event to many, by any server with the service's events."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean, median

from bench.errors import BenchFailed
from bench.loads.audience import Received
from bench.loads.processes import running_program
from bench.loads.socket_servers import SELLER, Command, SocketServer, running_servers
from bench.loads.subscriber import Subscriber, Tally

_MOST_EVENTS = 1000
_ROUNDS = 5
# Long enough for every measured server to be idle again before the next event.
_PAUSE_SECONDS = 0.001
_PAUSE_SECONDS_A_SUBSCRIBER = 0.0001
# Far more than a stalled client's 1 MiB and what the kernel takes for it.
_EVENTS_TO_A_SILENT_ONE = 5_000


@dataclass(kw_only=True)
class Deliveries:
    """What the deliveries of one server cost: a value for each round."""

    version: str
    compressed: bool
    events: int
    cpu_microseconds: list[float] = field(default_factory=list)
    event_bytes: list[float] = field(default_factory=list)
    wire_bytes: list[float] = field(default_factory=list)

    @property
    def cpu(self) -> float:
        """The CPU microseconds a delivery, the median of the rounds."""
        return round(median(self.cpu_microseconds), 1)

    @property
    def wire(self) -> int:
        """The bytes of a delivery's WebSocket frame, on average."""
        return round(fmean(self.wire_bytes))

    def details(self) -> dict[str, object]:
        """All of it, as plain JSON."""
        return {
            "version": self.version,
            "compressed": self.compressed,
            "events": self.events,
            "cpu_microseconds": [round(each, 1) for each in self.cpu_microseconds],
            "event_bytes": round(fmean(self.event_bytes)),
            "wire_bytes": self.wire,
        }


async def measure_deliveries(
    commands: Mapping[str, Command],
    subscribers: int,
    deliveries: int,
    offers_compression: bool = False,
) -> dict[str, Deliveries]:
    """Measure about so many deliveries of each server.

    The servers take turns, so that all have the same luck. Raises BenchFailed if not every event
    reached every subscriber.
    """
    events = max(1, min(_MOST_EVENTS, deliveries // subscribers) // _ROUNDS)
    measured = {}
    async with running_servers(commands) as servers:
        for name, server in servers.items():
            await server.audience.connect(subscribers, offers_compression=offers_compression)
            await _deliver(server, events)
            measured[name] = Deliveries(
                version=server.version,
                compressed=server.audience.compressed,
                events=events * _ROUNDS,
            )
        for _ in range(_ROUNDS):
            for name, server in servers.items():
                before = server.cpu_seconds()
                received = await _deliver(server, events)
                spent = server.cpu_seconds() - before
                measured[name].cpu_microseconds.append(spent / (events * subscribers) * 1e6)
                measured[name].event_bytes.append(received.event_bytes)
                measured[name].wire_bytes.append(received.wire_bytes)
    return measured


async def _deliver(server: SocketServer, events: int) -> Received:
    pause = _PAUSE_SECONDS + _PAUSE_SECONDS_A_SUBSCRIBER * server.audience.subscribers
    await server.announce(events, pause=pause)
    return await server.audience.received(events)


async def drop_silent_one(command: Command) -> float:
    """How many silent clients of one are dropped: the bound is in force in what is measured.

    Raises BenchFailed if it is not.
    """
    async with running_program(*command) as program:
        silent = Subscriber(Tally(), SELLER)
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: silent, "127.0.0.1", program.greeting["port"]
        )
        await silent.subscribed
        silent.stop_reading()
        await program.ask(act="prepare", seller=SELLER)
        answer = await program.ask(
            act="announce", seller=SELLER, count=_EVENTS_TO_A_SILENT_ONE, pause=0
        )
        transport.abort()
    if not answer["dropped"]:
        raise BenchFailed(
            f"A client that never read was kept through {_EVENTS_TO_A_SILENT_ONE} events: "
            "the bound for slow clients is not in force, so its cost is not in the figure."
        )
    dropped: float = answer["dropped"]
    return dropped
