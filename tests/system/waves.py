"""`make waves`: many clients whose connections are cut, and a restart under many clients.

From the environment: CLIENTS that are cut every 4 to 8 s for SECONDS, and RESTARTED clients whose
service is away for OUTAGE seconds. Each kind of client has a run of its own, and a seller.
"""

import asyncio
import json
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import click

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.local_aws.local_engine import running_engine
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.engine import fresh_account
from tests.harness.node import NODE, node
from tests.harness.pipeline import Pipeline, open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.harness.small_events import event
from tests.typescript_client.package import COMPILER, PACKAGE

KINDS = {
    "package": "assembly-service-client",
    "readme": "socket.io-client, with `since`",
    "plain": "socket.io-client, plain",
    "websocket": "socket.io-client over WebSocket only, with `since`",
}
_MEASURED = ("package", "readme", "plain")
_VIDEOS_A_SECOND = 2
_SETTLE_SECONDS = 60
WINDOW = 100
"""In which attempts to connect are counted, in milliseconds."""


@dataclass(frozen=True, kw_only=True)
class Clients:
    """A process full of clients."""

    process: asyncio.subprocess.Process
    count: int

    async def ask(self, **command: bool) -> dict[str, Any]:
        """Give a command; returns its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        answer: dict[str, Any] = json.loads(await self.process.stdout.readline())
        return answer

    async def settled(self, *, whole: bool) -> dict[str, Any]:
        """The report once all are live, and lack nothing if `whole`; the last one after a while."""
        deadline = time.monotonic() + _SETTLE_SECONDS
        while True:
            report = await self.ask(report=True)
            if len(report["liveSince"]) == self.count and not (whole and report["missed"]):
                return report
            if time.monotonic() > deadline:
                return report
            await asyncio.sleep(0.5)


@asynccontextmanager
async def clients_of(url: str, seller: str, count: int, kind: str) -> AsyncIterator[Clients]:
    """Clients that are all live."""
    process = await asyncio.create_subprocess_exec(
        *(NODE, "tests/waves/clients.mjs", url, seller, str(count), kind),
        cwd=PACKAGE,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    try:
        clients = Clients(process=process, count=count)
        await clients.settled(whole=False)
        yield clients
    finally:
        process.kill()
        await process.wait()


async def send_videos(account: Pipeline, seller: str, first: int, count: int) -> None:
    """Send both halves of so many videos, spread over the time that they take."""
    for number in range(first, first + count):
        key = ProductKey(seller, f"{number:06}")
        for kind in HalfKind:
            await account.send(kind, exact_json.dumps(event(kind, 1, key=key)).decode())
        await asyncio.sleep(1 / _VIDEOS_A_SECOND)


async def cut(
    service: ServiceProcess, account: Pipeline, kind: str, count: int, seconds: int
) -> str:
    """Clients whose connections are cut every 4 to 8 s while products come."""
    seller = f"cut-{kind}"
    async with clients_of(service.url, seller, count, kind) as clients:
        await clients.ask(cut=True)
        await send_videos(account, seller, 0, seconds * _VIDEOS_A_SECOND)
        await clients.ask(cut=False)
        await account.drained()
        report = await clients.settled(whole=kind != "plain")
    return missed_and_live(report, count)


async def restart(
    service: ServiceProcess, account: Pipeline, kind: str, count: int, outage: int
) -> str:
    """Clients whose service stops, and is back later; products come meanwhile."""
    seller = f"restarted-{kind}"
    async with clients_of(service.url, seller, count, kind) as clients:
        await send_videos(account, seller, 0, 10)
        stopping = time.time() * 1000
        await service.stop()
        await send_videos(account, seller, 10, outage * _VIDEOS_A_SECOND)
        await service.start()
        started = time.time() * 1000
        await account.drained()
        report = await clients.settled(whole=kind != "plain")
    back = sorted(max(0, each - started) for each in report["liveSince"])
    busiest = Counter(each // WINDOW for each in report["attempts"] if each > stopping)
    return (
        f"{missed_and_live(report, count)}; back after {_seconds(statistics.median(back))}"
        f" (median), {_seconds(back[-1])} (last); at most {max(busiest.values())} attempts to"
        f" connect within {WINDOW} ms"
    )


def missed_and_live(report: Mapping[str, Any], count: int) -> str:
    """How many products clients lack, of all that they should hold, and how many follow again."""
    shown = report["products"] * count
    live = len(report["liveSince"])
    return f"{report['missed']:,} of {shown:,} missed, {live:,} of {count:,} live"


def _seconds(milliseconds: float) -> str:
    return f"{milliseconds / 1000:.1f} s"


async def main(environment: Mapping[str, str]) -> None:
    """Measure all kinds of clients, and print what came of it."""
    amounts = {"CLIENTS": 300, "SECONDS": 60, "RESTARTED": 1000, "OUTAGE": 10}
    amounts |= {name: int(environment[name]) for name in amounts if environment.get(name)}
    code, printed = await node(PACKAGE, COMPILER, "--project", "tsconfig.build.json")
    if code:
        sys.exit(printed)
    with running_engine() as engine:
        aws = fresh_account(engine.url)
        named = bare_environment(**aws.environment, **aws.credentials, SQS_WAIT_SECONDS="1")
        os.environ |= aws.credentials
        service = ServiceProcess(environment=named)
        await service.start()
        try:
            async with open_pipeline(Settings.from_environment(named)) as account:
                clients, seconds = amounts["CLIENTS"], amounts["SECONDS"]
                click.echo(f"{clients} clients, cut every 4 to 8 s for {seconds} s:")
                for kind in _MEASURED:
                    said = await cut(service, account, kind, clients, seconds)
                    click.echo(f"  {KINDS[kind]}: {said}")
                clients, outage = amounts["RESTARTED"], amounts["OUTAGE"]
                click.echo(f"{clients} clients, their service away for {outage} s:")
                for kind in _MEASURED:
                    said = await restart(service, account, kind, clients, outage)
                    click.echo(f"  {KINDS[kind]}: {said}")
        finally:
            if service.running:
                await service.stop()


if __name__ == "__main__":
    asyncio.run(main(os.environ))
