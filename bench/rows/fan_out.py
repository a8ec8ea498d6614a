"""What it costs to show one event to many: CPU of the service's process a delivery."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack

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
from bench.loads.subscriber import Subscriber

SERVICE = python("bench.loads.notification_server")
_SELLER = "home256"
_SUBSCRIBERS = 500
_TARGET_MICROSECONDS = 9.0
_CROWDS = (10, 100, 500, 1000, 5000)
_DELIVERIES = 50_000
_MOST_EVENTS = 1000
# Long enough for every server measured to be idle again before the next event.
_PAUSE_SECONDS = 0.001
_PAUSE_SECONDS_A_SUBSCRIBER = 0.0001
# Far more than a stalled client's 1 MiB and what the kernel takes for it.
_EVENTS_TO_A_SILENT_ONE = 5_000


async def measure(quick: bool) -> list[Figure]:
    """A delivery to one of 500 subscribers, without compression and with it on offer."""
    raise_file_limit()
    subscribers = 50 if quick else _SUBSCRIBERS
    deliveries = 1_000 if quick else _DELIVERIES
    crowds = (10, 50) if quick else _CROWDS
    figures = []
    for offers_compression, name in ((False, ""), (True, ", compression offered")):
        details = await measure_delivery(
            SERVICE,
            subscribers=subscribers,
            deliveries=deliveries,
            offers_compression=offers_compression,
        )
        figures.append(
            Figure(
                row=f"delivery of a 3 KB event to one of {subscribers} subscribers{name}",
                measured=details["cpu_microseconds"],
                unit="µs CPU",
                target=_TARGET_MICROSECONDS,
                details=dict(details),
            )
        )
    figures[0].details["growth"] = await _growth(crowds, deliveries)
    figures[0].details["dropped_silent_clients"] = await _drop_silent_one()
    return figures


async def measure_delivery(
    server: Sequence[str], *, subscribers: int, deliveries: int, offers_compression: bool
) -> dict[str, float]:
    """CPU of the server's process a delivery, and what was delivered.

    Raises BenchError if not every event reached every subscriber.
    """
    events = max(1, min(_MOST_EVENTS, deliveries // subscribers))
    pause = _PAUSE_SECONDS + _PAUSE_SECONDS_A_SUBSCRIBER * subscribers
    async with AsyncExitStack() as opened:
        program = await opened.enter_async_context(running_program(*server))
        crowd = await opened.enter_async_context(
            audience(
                program.greeting["port"],
                _SELLER,
                subscribers=subscribers,
                offers_compression=offers_compression,
            )
        )
        await _announce(program, crowd, events=max(1, events // 10), pause=pause)
        before = cpu_seconds(program.pid)
        event_bytes = await _announce(program, crowd, events=events, pause=pause)
        spent = cpu_seconds(program.pid) - before
    return {
        "cpu_microseconds": round(spent / (events * subscribers) * 1e6, 1),
        "events": events,
        "event_bytes": event_bytes,
        "compressed": crowd.compressed,
    }


async def _announce(program: DrivenProgram, crowd: Audience, *, events: int, pause: float) -> int:
    """Announce and wait until all is delivered; the size of an event."""
    await program.ask(seller=_SELLER, count=events, pause=pause)
    received = await crowd.received(events)
    if received.events != events * crowd.subscribers:
        raise BenchError(
            f"Of {events * crowd.subscribers} deliveries {received.events} were made: "
            "the figure would be one of less work."
        )
    return received.event_bytes


async def _growth(crowds: Sequence[int], deliveries: int) -> dict[str, float]:
    """CPU microseconds a delivery, by the number of subscribers."""
    growth = {}
    for subscribers in crowds:
        details = await measure_delivery(
            SERVICE, subscribers=subscribers, deliveries=deliveries, offers_compression=False
        )
        growth[str(subscribers)] = details["cpu_microseconds"]
    return growth


async def _drop_silent_one() -> float:
    """How many silent clients of one are dropped: the bound is in force in what is measured.

    Raises BenchError if it is not.
    """
    async with running_program(*SERVICE) as program:
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
