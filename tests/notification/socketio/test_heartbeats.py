"""One wheel pings all connections, and drops those that do not answer."""

import asyncio
from collections import Counter

from assembly_service.notification.socketio.heartbeats import (
    PING_INTERVAL_SECONDS,
    PING_TIMEOUT_SECONDS,
    Heartbeats,
)
from tests.notification.raw import CONNECT, ended, polling_session, raw_websocket
from tests.notification.support import Instance, running_instance, until


class Turning:
    """A wheel whose ticks a test makes."""

    def __init__(self) -> None:
        self.heartbeats = Heartbeats()
        self.ticks = 0

    def tick(self, count: int) -> None:
        for _ in range(count):
            self.ticks += 1
            self.heartbeats._tick()


class Connection:
    """Notes at which tick it was pinged and checked."""

    slot = 0

    def __init__(self, turning: Turning) -> None:
        self._turning = turning
        self.pinged: list[int] = []
        self.checked: list[int] = []

    def ping(self) -> None:
        self.pinged.append(self._turning.ticks)

    def check(self) -> None:
        self.checked.append(self._turning.ticks)


async def test_a_connection_is_checked_after_20_seconds_and_pinged_every_25() -> None:
    turning = Turning()
    early, late = Connection(turning), Connection(turning)
    turning.heartbeats.add(early)
    turning.tick(300)
    turning.heartbeats.add(late)
    turning.tick(1_000)
    assert [each * 0.05 for each in early.pinged] == [25, 50]
    assert [each * 0.05 for each in early.checked] == [20, 45]
    assert [each * 0.05 for each in late.pinged] == [15 + 25, 15 + 50]
    turning.heartbeats.remove(early)
    turning.heartbeats.remove(late)
    turning.tick(500)
    assert len(early.pinged + late.pinged) == 4


async def test_a_connection_may_end_while_the_wheel_turns() -> None:
    turning = Turning()

    class Ending(Connection):
        def check(self) -> None:
            turning.heartbeats.remove(self)
            super().check()

    ending = [Ending(turning) for _ in range(3)]
    for each in ending:
        turning.heartbeats.add(each)
    turning.tick(1_000)
    assert [each.checked for each in ending] == [[400], [399], [398]]
    assert not [each for each in ending if each.pinged]


async def test_what_fails_for_one_connection_does_not_fail_the_others() -> None:
    turning = Turning()

    class Broken(Connection):
        def check(self) -> None:
            raise OSError("the disk is full")

        ping = check

    broken, sound = [Broken(turning) for _ in range(30)], Connection(turning)
    for each in [*broken, sound]:
        turning.heartbeats.add(each)
    turning.tick(1_100)
    assert len(sound.checked) == 2 <= len(sound.pinged)


async def test_those_who_come_at_once_are_pinged_within_a_second() -> None:
    turning = Turning()
    herd = [Connection(turning) for _ in range(200)]
    for each in herd:
        turning.heartbeats.add(each)
    turning.tick(530)
    pinged = Counter(each.pinged[0] for each in herd)
    assert sorted(pinged) == list(range(481, 501))
    assert set(pinged.values()) == {10}


async def test_an_empty_wheel_stands_still() -> None:
    wheel = Heartbeats()
    connection = Connection(Turning())
    wheel.add(connection)
    wheel.remove(connection)
    await until(lambda: wheel._timer is None)


def connected(instance: Instance) -> int:
    return instance.notification.subscriptions.total_connections


async def test_a_client_that_answers_no_ping_is_dropped_over_either_transport() -> None:
    async with (
        running_instance() as instance,
        raw_websocket(instance) as websocket,
        polling_session(instance) as polling,
    ):
        await websocket.send_str(CONNECT)
        await polling.send(CONNECT)
        await until(lambda: connected(instance) == 2)
        instance.turn_wheel(PING_INTERVAL_SECONDS)
        assert len(instance.connections) == 2
        instance.turn_wheel(PING_TIMEOUT_SECONDS)
        assert not instance.connections
        assert connected(instance) == 0
        assert instance.metric("websocket_slow_clients_total") == 0
        await ended(websocket)


async def test_clients_that_answer_stay() -> None:
    async with (
        running_instance() as instance,
        raw_websocket(instance) as websocket,
        polling_session(instance) as polling,
    ):
        await websocket.send_str(CONNECT)
        await polling.send(CONNECT)
        await until(lambda: connected(instance) == 2)

        async def answer_over_websocket() -> None:
            for _ in range(4):
                while await websocket.receive_str() != "2":
                    pass
                await websocket.send_str("3")

        async def answer_by_polls() -> None:
            pings = 0
            while pings < 4:
                if "2" in await polling.receive():
                    pings += 1
                    await polling.send("3")

        await asyncio.gather(
            answer_over_websocket(),
            answer_by_polls(),
            instance.turn_wheel_slowly(4 * PING_INTERVAL_SECONDS),
        )
        assert len(instance.connections) == 2
