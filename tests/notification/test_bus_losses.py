"""Clients reload what an instance missed or failed to publish, and not too early."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, Self
from unittest import mock

import pytest
from structlog.testing import capture_logs

from assembly_service.notification import bus as bus_module
from assembly_service.notification.bus import BusRooms
from assembly_service.notification.bus_connection import PrimaryPublisher
from assembly_service.notification.bus_envelope import Envelope
from assembly_service.notification.bus_messages import BusMessages
from assembly_service.notification.rooms import Push, ResyncReason, Rooms, resync
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import InvalidSettings

NOW = 1_795_000_000_000
CHANNEL = "assembly-service:losses"


def messages() -> BusMessages:
    envelope = Envelope(channel=CHANNEL, secrets=(), signature_required=False)
    return BusMessages(envelope=envelope, clock=lambda: NOW, clock_skew=0)


class Publisher:
    """A connection that publishes, fails and pauses on order; `resynced` are the sellers of the
    resyncs that went out, call by call.
    """

    def __init__(self) -> None:
        self.failures: deque[Exception | None] = deque()
        self.resynced: list[list[str]] = []
        self.executing = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.goes_on.set()
        self._heard = messages()
        self._batch: list[str] = []

    @asynccontextmanager
    async def pipeline(self, *, transaction: bool) -> AsyncIterator[Self]:
        assert not transaction
        self._batch = []
        yield self

    def publish(self, channel: str, message: bytes) -> None:
        heard = self._heard.read(channel, message)
        if isinstance(heard, Push) and heard.event == "resync":
            self._batch.append(heard.seller_handle)

    def execute_command(self, *_: object) -> None:
        """Ask whether this is the primary, which `execute` answers."""

    async def execute(self, *, raise_on_error: bool) -> list[int]:
        assert not raise_on_error
        self.executing.set()
        await self.goes_on.wait()
        if self.failures and (failure := self.failures.popleft()) is not None:
            raise failure
        self.resynced.append(self._batch)
        return [0]

    async def aclose(self) -> None:
        """Nothing is open."""


class Watchers(BusRooms):
    """Rooms in which every seller is watched, and which record broadcasts."""

    def __init__(self) -> None:
        super().__init__(
            url="redis://127.0.0.1:1",
            publish_only=False,
            messages=messages(),
            clock=lambda: NOW,
            metrics=Metrics().bus,
        )
        self.publisher = Publisher()
        self._publisher = PrimaryPublisher(self.publisher)  # type: ignore[arg-type]
        self.shown: list[Push] = []

    def broadcast(self, pushes: Sequence[Push]) -> None:
        self.shown += pushes


def change(seller_handle: str) -> Push:
    return Push(event="new_product", seller_handle=seller_handle, payload={"timestamp": "now"})


@pytest.fixture
async def rooms(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watchers]:
    """Yield rooms without a real bus and without pauses between attempts."""
    monkeypatch.setattr(bus_module, "_FIRST_PAUSE_SECONDS", 0)
    opened = Watchers()
    yield opened
    await opened.close()


async def regained(rooms: Watchers) -> None:
    """Wait until the bus works again."""
    async with asyncio.timeout(20):
        while rooms.failure is not None:  # noqa: ASYNC110 - nothing says so when it ends
            await asyncio.sleep(0)


async def test_a_resync_that_could_not_be_sent_is_repeated_until_it_is(rooms: Watchers) -> None:
    rooms.publisher.failures.extend([TimeoutError(), ConnectionError(), TimeoutError()])
    await rooms.push([change("amani")])
    await regained(rooms)
    assert rooms.publisher.resynced == [["amani"]]


async def test_a_bug_while_the_publisher_is_restored_does_not_end_the_attempts(
    rooms: Watchers,
) -> None:
    rooms.publisher.failures.extend([TimeoutError(), KeyError("a bug")])
    with capture_logs() as logs:
        await rooms.push([change("amani")])
        await regained(rooms)
    assert rooms.publisher.resynced == [["amani"]]
    assert "bus_failed" in {line["event"] for line in logs}


async def test_a_push_missed_while_its_resync_is_sent_causes_another_resync(
    rooms: Watchers,
) -> None:
    rooms.publisher.failures.append(TimeoutError())
    await rooms.push([change("amani")])
    rooms.publisher.executing.clear()
    rooms.publisher.goes_on.clear()
    await rooms.publisher.executing.wait()
    await rooms.push([change("amani"), change("baraka")])
    rooms.publisher.goes_on.set()
    await regained(rooms)
    assert [sorted(each) for each in rooms.publisher.resynced] == [["amani"], ["amani", "baraka"]]


class Subscriber:
    """A connection on which subscribing is not yet confirmed."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.confirms = asyncio.Event()
        self.confirmed = 0
        self.told = False

    @asynccontextmanager
    async def pubsub(self) -> AsyncIterator[Self]:
        yield self

    async def subscribe(self, *_: str) -> None:
        self.asked.set()
        await self.confirms.wait()

    async def execute_command(self, command: str) -> None:
        """Ask for the role, which is answered after the two confirmations."""

    async def parse_response(self, **_: float) -> list[bytes] | dict[bytes, bytes]:
        """Confirm each of the two channels, say that this is the primary, then wait forever."""
        if self.told:
            await asyncio.Event().wait()
        self.told = self.confirmed == 2
        if self.told:
            return {b"role": b"master"}
        self.confirmed += 1
        return [b"subscribe"]

    async def handle_message(self, _: list[bytes]) -> dict[str, Any]:
        return {"type": "subscribe"}

    async def aclose(self) -> None:
        """Nothing is open."""


async def test_nobody_is_asked_to_reload_before_the_instance_is_subscribed(
    rooms: Watchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    subscriber = Subscriber()
    asked: list[int] = []
    monkeypatch.setattr(rooms, "_subscriber", subscriber)
    monkeypatch.setattr(rooms, "sellers", lambda: ["amani"])
    monkeypatch.setattr(rooms._resyncs, "ask", lambda *_: asked.append(subscriber.confirmed))
    started = asyncio.create_task(rooms.start())
    await subscriber.asked.wait()
    for _ in range(20):
        await asyncio.sleep(0)
    assert asked == []
    subscriber.confirms.set()
    await started
    assert asked == [2]


async def test_a_transport_that_is_closed_while_receiving_counts_as_a_lost_connection(
    rooms: Watchers,
) -> None:
    closed = mock.AsyncMock()
    closed.parse_response.side_effect = RuntimeError("unable to perform it; the handler is closed")
    with pytest.raises(ConnectionResetError):
        await rooms._receive_all(closed)


async def test_a_received_resync_invalidates_windows_even_if_nobody_watches(
    rooms: Watchers,
) -> None:
    heard: list[Push] = []
    rooms.on_push = heard.append
    asked = resync("amani", ResyncReason.CONNECTION_RESTORED, "2026-11-18T06:00:00.000Z")
    for channel, data in messages().write(asked).items():
        rooms._receive({"type": "message", "channel": channel.encode(), "data": data})
        # A flood does not make every poll a read.
        rooms._receive({"type": "message", "channel": channel.encode(), "data": data})
    assert [(push.event, push.seller_handle) for push in heard] == [("resync", "amani")]


def test_windows_get_a_push_even_if_nobody_watches_the_seller() -> None:
    rooms, heard = Rooms(), list[Push]()
    rooms.on_push = heard.append
    rooms.broadcast([change("amani")])
    assert heard == [change("amani")]


@pytest.mark.parametrize("address", ["redis://127.0.0.1:1?foo=bar", "redis://:p\udcff@{}"])
async def test_an_address_that_the_client_library_cannot_use_is_refused_at_start(
    valkey: str, address: str
) -> None:
    rooms = BusRooms(
        url=address.format(valkey.removeprefix("redis://")),
        publish_only=False,
        messages=messages(),
        clock=lambda: NOW,
        metrics=Metrics().bus,
    )
    with (
        capture_logs() as logs,
        pytest.raises(InvalidSettings, match="SOCKETIO_REDIS_URL is wrong"),
    ):
        await rooms.start()
    await rooms.close()
    assert [line["event"] for line in logs] == ["bus_starting"]
