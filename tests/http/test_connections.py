"""Slow clients are disconnected, and malformed requests are refused."""

import asyncio
import json
from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from assembly_service.http.connections import Timeouts
from assembly_service.settings.service import Settings
from tests.http.listening_front import GET, LONG, PATIENT, POST, SHORT, answered, closed, front


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET /api/v1/sh", GET[:-2], GET[:-2] + b"X-Endless: a"],
    ids=["nothing", "half a request line", "headers without an end", "half a header"],
)
async def test_a_connection_is_closed_when_its_headers_do_not_end_in_time(
    settings: Settings, sent: bytes
) -> None:
    async with front(settings, SHORT) as served:
        assert await served.closes_after(sent) >= SHORT.headers
        assert served.figure("connections_closed_total", missing="headers") == 1


async def test_headers_sent_byte_by_byte_get_no_extra_time(settings: Settings) -> None:
    async with front(settings, SHORT) as served:
        reader, writer = await served.connect()
        writer.write(b"GET /")
        end = asyncio.create_task(closed(reader))
        while not end.done():
            writer.write(b"a")
            await asyncio.wait({end}, timeout=0.05)
        await end
        writer.close()


async def test_a_connection_is_closed_when_its_body_pauses_for_too_long(
    settings: Settings,
) -> None:
    async with front(settings, SHORT) as served:
        assert await served.closes_after(POST + b"1") >= SHORT.body_pause
        assert served.figure("connections_closed_total", missing="body") == 1


async def test_a_connection_is_closed_when_its_body_trickles_in_for_too_long(
    settings: Settings,
) -> None:
    async with front(settings, replace(SHORT, body_pause=LONG)) as served:
        reader, writer = await served.connect()
        writer.write(POST)
        end = asyncio.create_task(closed(reader))
        sent = 0
        while not end.done() and sent < 99:
            writer.write(b"1")
            sent += 1
            await asyncio.wait({end}, timeout=0.1)
        await end
        writer.close()


async def test_time_in_which_the_service_reads_nothing_does_not_count_against_the_client(
    settings: Settings,
) -> None:
    body = b"1" * 1_000_000
    async with front(settings, SHORT) as served:
        served.reads.clear()
        reader, writer = await served.connect()
        writer.write(POST.replace(b"100", str(len(body)).encode()))
        sending = asyncio.create_task(_send(writer, body))
        # Longer than a body may take; nothing reads it meanwhile.
        done, _ = await asyncio.wait({asyncio.create_task(reader.read(1))}, timeout=2 * SHORT.body)
        assert not done
        assert served.figure("connections_closed_total", missing="body") == 0
        served.reads.set()
        await sending
        writer.close()


async def _send(writer: asyncio.StreamWriter, body: bytes) -> None:
    writer.write(body)
    await writer.drain()


async def test_an_idle_connection_is_kept_for_longer_than_headers_may_take(
    settings: Settings,
) -> None:
    async with front(settings, replace(SHORT, idle=4)) as served:
        reader, writer = await served.connect()
        writer.write(GET)
        assert (await answered(reader))[0] == 200
        idle = asyncio.create_task(reader.read(1))
        assert not (await asyncio.wait({idle}, timeout=2 * SHORT.headers))[0]
        async with asyncio.timeout(LONG):
            assert await idle == b""
        assert served.figure("connections_closed_total", missing="headers") == 0
        writer.close()


async def test_the_headers_of_a_later_request_have_the_same_time_limit(settings: Settings) -> None:
    async with front(settings, Timeouts(headers=SHORT.headers, idle=LONG)) as served:
        reader, writer = await served.connect()
        writer.write(GET)
        assert (await answered(reader))[0] == 200
        writer.write(GET[:-2])
        async with asyncio.timeout(LONG / 2):
            assert await reader.read() == b""
        writer.close()


async def test_a_client_within_its_time_limits_is_served_repeatedly(settings: Settings) -> None:
    async with front(settings, replace(PATIENT, headers=SHORT.headers)) as served:
        reader, writer = await served.connect()
        for number in range(4):
            body = str(number).encode() * 100
            writer.write(POST + body[:50])
            answer = asyncio.create_task(answered(reader))
            assert not (await asyncio.wait({answer}, timeout=SHORT.headers / 2))[0]
            writer.write(body[50:])
            assert await answer == (200, body)
        writer.close()


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET / HTTP/1.1\r\nAuthorization: Bearer " + b"s" * 70_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nsecret secret: secret\r\n\r\n", 400),
        (b"\x16\x03\x01\x02secret", 400),
    ],
    ids=["a header that is too long", "no header", "no HTTP"],
)
async def test_a_malformed_request_is_answered_with_a_problem_that_quotes_nothing(
    settings: Settings, sent: bytes, status: int
) -> None:
    with capture_logs() as logs:
        async with front(settings) as served:
            reader, writer = await served.connect()
            writer.write(sent)
            answer = await answered(reader)
            writer.close()
    assert answer[0] == status
    problem = json.loads(answer[1])
    assert problem["status"] == status
    assert problem["detail"].endswith(".")
    assert [each["event"] for each in logs] == ["request_unreadable"]
    assert "secret" not in str(logs) + str(problem)
    assert "sss" not in str(logs) + str(problem)


async def test_a_token_of_9000_characters_reaches_the_application(settings: Settings) -> None:
    async with front(settings) as served:
        reader, writer = await served.connect()
        writer.write(GET[:-2] + b"Authorization: Bearer " + b"t" * 9_000 + b"\r\n\r\n")
        assert (await answered(reader))[0] == 200
        writer.close()


@pytest.mark.parametrize("size", [100_000, 200_000, 900_000])
async def test_a_body_that_arrives_after_its_headers_does_not_count_as_headers(
    settings: Settings, size: int
) -> None:
    async with front(settings) as served:
        reader, writer = await served.connect()
        for _ in range(3):
            writer.write(POST.replace(b"100", str(size).encode()))
            await writer.drain()
            # The headers are handled before the first byte of the body arrives.
            waits = asyncio.create_task(reader.read(1))
            assert not (await asyncio.wait({waits}, timeout=0.05))[0]
            waits.cancel()
            await asyncio.wait({waits})
            writer.write(b"1" * size)
            assert await answered(reader) == (200, b"1" * size)
        writer.close()


@pytest.mark.parametrize("end", [b"", b"\r\n"], ids=["without an end", "with an end"])
async def test_headers_that_are_too_large_in_total_are_refused(
    settings: Settings, end: bytes
) -> None:
    async with front(settings) as served:
        reader, writer = await served.connect()
        writer.write(GET[:-2])
        for _ in range(100):
            writer.write(b"X: " + b"x" * 2_000 + b"\r\n")
            await writer.drain()
        writer.write(end)
        status, problem = await answered(reader)
        assert status == 431
        assert b"98,304 in all" in problem
        async with asyncio.timeout(LONG / 2):
            assert await reader.read() == b""
        writer.close()


async def test_once_the_service_stops_a_response_says_that_its_connection_closes(
    settings: Settings,
) -> None:
    async with front(settings) as served:
        reader, writer = await served.connect()
        writer.write(GET)
        assert b"connection: close" not in (await reader.readuntil(b"\r\n\r\n")).lower()
        served.stop.set()
        writer.write(GET)
        async with asyncio.timeout(LONG):
            assert b"connection: close" in (await reader.read()).lower()
        writer.close()
