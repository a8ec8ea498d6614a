"""What it costs to show one event to many: CPU of the server's process a delivery."""

import asyncio
import json
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack

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

_SERVICE = python("bench.loads.notification_server")
_PYTHON = python("bench.peers.socketio_python")
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
    subscribers, deliveries = (50, 1_000) if quick else (_SUBSCRIBERS, _DELIVERIES)
    figures = [
        await _figure(subscribers, deliveries, offers_compression=offers_compression)
        for offers_compression in (False, True)
    ]
    growth = {
        str(crowd): (await _measured(_SERVICE, crowd, deliveries))["cpu_microseconds"]
        for crowd in ((10, 50) if quick else _CROWDS)
    }
    figures[0].details["growth"] = growth
    figures[0].details["silent_clients_dropped"] = await _drop_silent_one()
    return figures


async def _figure(subscribers: int, deliveries: int, *, offers_compression: bool) -> Figure:
    node = node_command("socketio_node.mjs")
    peers = {"python-socketio": _PYTHON} | ({} if node is None else {"Node socket.io": node})
    servers = {"service": _SERVICE} | peers
    measured = {
        name: await _measured(server, subscribers, deliveries, offers_compression)
        for name, server in servers.items()
    }
    cpu = {name: each["cpu_microseconds"] for name, each in measured.items()}
    offered = ", compression offered" if offers_compression else ""
    return Figure(
        row=f"delivery of a 3 KB event to one of {subscribers} subscribers{offered}",
        measured=cpu.pop("service"),
        unit="µs CPU",
        target=_TARGET_MICROSECONDS,
        peers=cpu,
        details={**measured, **({} if node else {"Node socket.io": NODE_IS_MISSING})},
    )


async def _measured(
    server: Sequence[str], subscribers: int, deliveries: int, offers_compression: bool = False
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
    await program.ask(seller=_SELLER, count=events, pause=pause, payload=_payload())
    received = await crowd.received(events)
    if received.events != events * crowd.subscribers:
        raise BenchError(
            f"Of {events * crowd.subscribers} deliveries {received.events} were made: "
            "the figure would be one of less work."
        )
    return received.event_bytes


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
