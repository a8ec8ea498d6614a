"""Connections are limited, and IPv6 addresses work too."""

import asyncio
import os
import resource
from collections.abc import Callable, Iterator
from ipaddress import ip_network

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.start_errors import CannotStart
from assembly_service.http import listener
from assembly_service.http.server import SPARE_DESCRIPTORS
from assembly_service.settings.service import Settings
from tests.harness.pipeline import eventually
from tests.http.listening_front import GET, LONG, PATIENT, answered, front


async def test_beyond_the_limit_a_client_waits_until_another_disconnects(
    settings: Settings,
) -> None:
    async with front(settings, max_connections=3) as served:
        writers = []
        for _ in range(3):
            reader, writer = await served.connect()
            writer.write(GET)
            assert (await answered(reader))[0] == 200
            writers.append(writer)
        reader, waiting = await served.connect()
        waiting.write(GET)
        answer = asyncio.create_task(answered(reader))

        async def has_paused() -> bool:
            return served.figure("accepting_paused_total", limit="connections") == 1

        await eventually(has_paused)
        assert served.figure("accepting") == 0
        assert not answer.done()
        writers.pop().close()
        assert (await answer)[0] == 200
        for each in (*writers, waiting):
            each.close()


async def test_an_address_with_too_many_connections_is_refused_another(settings: Settings) -> None:
    limits = {"max_connections_per_address": 2}
    async with front(settings, PATIENT, **limits) as served:
        connections = [await served.connect() for _ in range(2)]
        for reader, writer in connections:
            writer.write(GET)
            assert (await answered(reader))[0] == 200
        assert await served.closes_after(b"") < LONG / 2
        assert served.figure("connections_refused_total") == 1
        connections[0][1].close()

        async def there_is_room() -> bool:
            return served.figure("connections") == 1

        await eventually(there_is_room)
        reader, writer = await served.connect()
        writer.write(GET)
        assert (await answered(reader))[0] == 200
        for each in (connections[1][1], writer):
            each.close()


async def test_the_connections_of_a_trusted_proxy_do_not_count_as_one_client(
    settings: Settings,
) -> None:
    limits = {"max_connections_per_address": 2, "trusted_proxies": (ip_network("127.0.0.0/8"),)}
    async with front(settings, PATIENT, **limits) as served:
        writers = []
        for _ in range(4):
            reader, writer = await served.connect()
            writer.write(GET)
            assert (await answered(reader))[0] == 200
            writers.append(writer)
        assert served.figure("connections_refused_total") == 0
        for each in writers:
            each.close()


@pytest.fixture
def few_descriptors() -> Iterator[Callable[[int], None]]:
    """Leave so many descriptors for connections, apart from the spare ones."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def leave(count: int) -> None:
        lowest = os.dup(0)
        os.close(lowest)
        limit = lowest + count + SPARE_DESCRIPTORS
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, before[1]))

    yield leave
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


async def test_connections_leave_descriptors_for_everything_else(
    settings: Settings, few_descriptors: Callable[[int], None]
) -> None:
    few_descriptors(20)
    with capture_logs() as logs:
        async with front(settings) as served:
            clients = [asyncio.create_task(served.connect()) for _ in range(12)]
            writers = [(await each)[1] for each in clients]

            async def has_paused() -> bool:
                return served.figure("accepting_paused_total", limit="descriptors") == 1

            await eventually(has_paused)
            spare = [os.dup(0) for _ in range(SPARE_DESCRIPTORS - 14)]
            for descriptor in spare:
                os.close(descriptor)
            for writer in writers:
                writer.close()

            async def accepts_again() -> bool:
                return served.figure("accepting") == 1

            await eventually(accepts_again)
    lines = [each for each in logs if each["event"].startswith("accepting_")]
    assert [each["event"] for each in lines] == ["accepting_paused", "accepting_resumed"]
    assert lines[0]["limit"] == "descriptors"


async def test_the_log_does_not_say_resumed_while_a_later_pause_goes_on(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with capture_logs() as logs:

        def said() -> list[str]:
            events = [each["event"] for each in logs]
            return [each for each in events if each.startswith("accepting_")]

        async with front(settings, max_connections=1) as served:
            _, first = await served.connect()
            await eventually_said(said, ["accepting_paused"])
            first.close()
            await eventually_said(said, ["accepting_paused", "accepting_resumed"])
            _, second = await served.connect()

            async def has_paused_again() -> bool:
                return served.figure("accepting_paused_total", limit="connections") == 2

            await eventually(has_paused_again)
            assert said() == ["accepting_paused", "accepting_resumed"]
            monkeypatch.setattr(listener, "_LOG_SECONDS", 0)
            await eventually_said(
                said, ["accepting_paused", "accepting_resumed", "accepting_paused"]
            )
            second.close()


async def eventually_said(said: Callable[[], list[str]], events: list[str]) -> None:
    async def are_said() -> bool:
        return said() == events

    await eventually(are_said)


@pytest.mark.parametrize("count", [-SPARE_DESCRIPTORS // 2, 0, 15])
async def test_too_few_descriptors_for_connections_are_refused_at_start(
    settings: Settings, few_descriptors: Callable[[int], None], count: int
) -> None:
    few_descriptors(count)
    with pytest.raises(CannotStart, match=r"ulimit -n.* raise it to 1024"):
        async with front(settings):
            pass


@pytest.mark.parametrize("host", ["::1", "::"])
async def test_ipv6_addresses_are_listened_on_and_written_in_brackets(
    settings: Settings, host: str
) -> None:
    async with front(settings, host=host) as served:
        assert served.host == host
        for address in ("::1", "127.0.0.1") if host == "::" else ("::1",):
            reader, writer = await asyncio.open_connection(address, served.port)
            writer.write(GET)
            assert (await answered(reader))[0] == 200
            writer.close()
