"""Deploys under many clients: a new process on the port; two processes, one after the other.

From the environment: CLIENTS, and STOCK of each kind of Node besides them, of SELLERS; RATE videos
a second are published all the time, for SECONDS before and after each deploy.
DRAIN_SPREAD_SECONDS and DRAIN_DEADLINE_SECONDS are the service's.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import boto3
import click
import uvloop

from assembly_service.local_aws.local_engine import REGION, running_engine
from assembly_service.settings.service import Settings
from bench.loads.processes import raise_file_limit
from tests.cli.runs import bare_environment
from tests.harness.engine import fresh_account
from tests.harness.node import node
from tests.harness.pipeline import open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.harness.valkey import Valkey
from tests.system.deploys.balancer import running_balancer
from tests.system.deploys.crowd import Crowd, crowd
from tests.system.deploys.deploys import publishing, restart, roll
from tests.system.deploys.publisher import Publisher
from tests.typescript_client.package import COMPILER, PACKAGE

_AMOUNTS = {"CLIENTS": 5000, "STOCK": 100, "SELLERS": 50, "RATE": 10, "SECONDS": 5}
_PASSED_ON = ("DRAIN_SPREAD_SECONDS", "DRAIN_DEADLINE_SECONDS")


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Running services on an account of their own, and what is published to them."""

    services: Sequence[ServiceProcess]
    publisher: Publisher
    amounts: Mapping[str, int]

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
            reports = await clients.until_whole()
        for group in clients.groups:
            click.echo(f"  {group.name}: {reports[group.name].sentence(group.count)}")

    async def pause(self) -> None:
        """Let time pass between what is measured."""
        await asyncio.sleep(self.amounts["SECONDS"])


async def replace_one(scene: Scene) -> None:
    """Stop a process, and start a new one on its port."""
    [service] = scene.services
    async with scene.followed(service.port, ("package", "readme")) as clients:
        deploy = await restart(service, clients)
        click.echo(f"  {deploy.sentence()}")


async def replace_two(scene: Scene) -> None:
    """Replace two processes behind a balancer, one after the other."""
    one, two = scene.services
    async with running_balancer() as balancer:
        for each in scene.services:
            await balancer.register(each.port)
        # Without sticky sessions nobody can begin with polling.
        async with scene.followed(balancer.port, ("package", "websocket")) as clients:
            for leaving, other in ((one, two), (two, one)):
                deploy = await roll(leaving, other, balancer, clients)
                click.echo(f"  {deploy.sentence()}")
                await scene.pause()


@asynccontextmanager
async def scene(
    engine_url: str, processes: int, amounts: Mapping[str, int], **settings: str
) -> AsyncIterator[Scene]:
    """Start so many processes on a fresh account."""
    aws = fresh_account(boto3.Session(region_name=REGION), engine_url)
    environment = bare_environment(
        **aws.environment, **aws.credentials, SQS_WAIT_SECONDS="1", **settings
    )
    os.environ |= aws.credentials
    services = [ServiceProcess(environment=environment) for _ in range(processes)]
    try:
        for each in services:
            await each.start()
        async with open_pipeline(Settings.from_environment(environment)) as account:
            publisher = Publisher(account=account, sellers=amounts["SELLERS"], rate=amounts["RATE"])
            yield Scene(services=services, publisher=publisher, amounts=amounts)
    finally:
        for each in services:
            if each.running:
                await each.stop()


async def main(environment: Mapping[str, str]) -> None:
    """Measure both deploys, and print what came of them."""
    amounts = {name: int(environment.get(name) or usual) for name, usual in _AMOUNTS.items()}
    settings = {name: environment[name] for name in _PASSED_ON if name in environment}
    raise_file_limit()
    code, printed = await node(PACKAGE, COMPILER, "--project", "tsconfig.build.json")
    if code:
        sys.exit(printed)
    valkey = Valkey.on_a_free_port()
    valkey.start()
    try:
        with running_engine() as engine:
            click.echo("A new process on the port:")
            async with scene(engine.url, 1, amounts, **settings) as alone:
                await replace_one(alone)
            click.echo("Two processes behind a balancer, one after the other:")
            settings |= {"SOCKETIO_REDIS_URL": valkey.url}
            async with scene(engine.url, 2, amounts, **settings) as pair:
                await replace_two(pair)
    finally:
        valkey.stop()


if __name__ == "__main__":
    uvloop.run(main(os.environ))
