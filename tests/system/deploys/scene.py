"""Running services, whom they serve, and what is published to them."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import click

from assembly_service.local_aws.local_engine import Engine, running_engine
from assembly_service.settings.service import Settings
from bench.loads.processes import raise_file_limit
from tests.cli.runs import bare_environment
from tests.harness.engine import fresh_account
from tests.harness.node import node
from tests.harness.pipeline import open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.harness.valkey import Valkey
from tests.system.deploys.crowd import Crowd, Report, crowd
from tests.system.deploys.deploys import publishing
from tests.system.deploys.publisher import Publisher
from tests.system.deploys.releases import THIS, Release
from tests.typescript_client.package import COMPILER, PACKAGE


@dataclass(frozen=True, kw_only=True)
class Stores:
    """What outlives all processes: a local AWS and a Valkey."""

    engine: Engine
    valkey: Valkey


@asynccontextmanager
async def open_stores() -> AsyncIterator[Stores]:
    """Start the stores, and build the package whose clients will come."""
    raise_file_limit()
    code, printed = await node(PACKAGE, COMPILER, "--project", "tsconfig.build.json")
    if code:
        sys.exit(printed)
    valkey = Valkey.on_a_free_port()
    valkey.start()
    try:
        with running_engine() as engine:
            yield Stores(engine=engine, valkey=valkey)
    finally:
        valkey.stop()


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Running services on an account of their own, and what is published to them.

    `reports` has, in the end, how each group of clients fared.
    """

    services: Sequence[ServiceProcess]
    publisher: Publisher
    amounts: Mapping[str, int]
    reports: dict[str, Report]

    @asynccontextmanager
    async def followed(self, port: int, kinds: Sequence[str]) -> AsyncIterator[Crowd]:
        """Clients that are told of videos all the time; at the end, says what they missed."""
        visitors, stock = self.amounts["CLIENTS"], self.amounts["STOCK"]
        opened = crowd(port, self.publisher, visitors=visitors, stock=stock, kinds=kinds)
        async with opened as clients:
            async with publishing(clients):
                await self.pause()
                yield clients
                await self.pause()
            await self.publisher.account.drained()
            self.reports.update(await clients.until_whole())
        for group in clients.groups:
            click.echo(f"  {group.name}: {self.reports[group.name].sentence(group.count)}")

    async def pause(self) -> None:
        """Let time pass between what is measured."""
        await asyncio.sleep(self.amounts["SECONDS"])


@asynccontextmanager
async def scene(
    stores: Stores,
    roles: Sequence[str],
    amounts: Mapping[str, int],
    settings: Mapping[str, str],
    *,
    release: Release = THIS,
) -> AsyncIterator[Scene]:
    """Start a process of the release for each role, on a fresh account."""
    aws = fresh_account(stores.engine.url)
    given = {**aws.environment, **aws.credentials, "SQS_WAIT_SECONDS": "1", **settings}
    environment = bare_environment(**given)
    os.environ |= aws.credentials
    services = [
        ServiceProcess(
            environment=environment | {"SERVICE_ROLE": role, **release.environment},
            command=release.command,
        )
        for role in roles
    ]
    try:
        for each in services:
            await each.start()
        async with open_pipeline(Settings.from_environment(environment)) as account:
            publisher = Publisher(account=account, sellers=amounts["SELLERS"], rate=amounts["RATE"])
            yield Scene(services=services, publisher=publisher, amounts=amounts, reports={})
    finally:
        for each in services:
            if each.running:
                await each.stop()
