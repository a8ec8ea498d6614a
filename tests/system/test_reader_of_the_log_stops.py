"""A log without a reader loses lines, and delays neither products nor the stop."""

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind
from tests.cli.runs import COMMAND, bare_environment
from tests.harness.engine import Account
from tests.harness.pipeline import Pipeline, sample_events
from tests.harness.valkey import free_port
from tests.harness.warm_processes import Process, start_warm

PATIENCE_SECONDS = 60
DROPPED = "assembly_log_lines_dropped_total"


@pytest.fixture
def environment(aws: Account) -> dict[str, str]:
    return bare_environment(
        **aws.environment,
        **aws.credentials,
        PORT="0",
        SQS_WAIT_SECONDS="1",
        DRAIN_DEADLINE_SECONDS="4",
    )


@asynccontextmanager
async def serving(environment: dict[str, str], output: int) -> AsyncIterator[Process]:
    process = await start_warm(*COMMAND, "serve", env=environment, stdout=output, stderr=output)
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def make_products(account: Pipeline, count: int) -> None:
    for kind in HalfKind:
        for event in sample_events(kind, count):
            await account.send(kind, exact_json.dumps(event).decode())
    await account.drained()
    assert len(await account.products()) == count


async def stopped(process: Process) -> int:
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(PATIENCE_SECONDS):
        return await process.wait()


async def test_a_log_reader_that_stops_delays_neither_products_nor_the_stop(
    account: Pipeline, environment: dict[str, str]
) -> None:
    reader, writer = os.pipe()
    try:
        async with serving(environment, writer) as process:
            os.close(writer)
            await asyncio.to_thread(_fill_after_the_first_line, reader)
            await make_products(account, 60)
            assert await stopped(process) == 0
    finally:
        os.close(reader)


def _fill_after_the_first_line(reader: int) -> None:
    """Read that the service is starting, then let the pipe fill up."""
    with os.fdopen(os.dup(reader), "rb", buffering=0) as lines:
        assert json.loads(lines.read(4096).splitlines()[0])["event"] == "service_starting"
    descriptor = os.open(f"/proc/self/fd/{reader}", os.O_WRONLY | os.O_NONBLOCK)
    try:
        while os.write(descriptor, b"x" * 4096):
            pass
    except BlockingIOError:
        pass
    finally:
        os.close(descriptor)


async def test_a_log_that_cannot_be_written_is_counted_and_delays_nothing(
    account: Pipeline, environment: dict[str, str]
) -> None:
    port = environment["PORT"] = str(free_port())
    with Path("/dev/full").open("w") as full:  # noqa: ASYNC230
        async with serving(environment, full.fileno()) as process:
            await make_products(account, 1)
            async with (
                aiohttp.ClientSession() as http,
                http.get(f"http://127.0.0.1:{port}/metrics") as answer,
            ):
                [line] = [
                    each for each in (await answer.text()).splitlines() if each.startswith(DROPPED)
                ]
            assert float(line.split()[1]) >= 3
            assert await stopped(process) == 0
