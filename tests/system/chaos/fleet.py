"""The target of the chaos: a local AWS, a Valkey, instances on both, and a client at each."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from assembly_service.local_aws.local_engine import running_engine
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.harness.engine import fresh_account
from tests.harness.follower import Follower, following
from tests.harness.pipeline import Pipeline, open_pipeline
from tests.harness.service_process import ServiceProcess
from tests.harness.valkey import Valkey
from tests.notification.proxy import Proxy, proxy_to

_VISIBILITY_SECONDS = 5
_TRANSPORTS = ("polling,websocket", "websocket")


@dataclass(frozen=True, kw_only=True)
class Stores:
    """Everything that outlives an instance, and the environment that names it."""

    account: Pipeline
    valkey: Valkey
    environment: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Fleet:
    """The instances that may be killed, and the front with its own connection to Valkey.

    The front is never killed: its follower must not subscribe again, which would replay what it
    missed.
    """

    instances: Sequence[ServiceProcess]
    front: ServiceProcess
    to_valkey: Proxy

    @property
    def processes(self) -> list[ServiceProcess]:
        """All instances, the front last."""
        return [*self.instances, self.front]


@asynccontextmanager
async def open_stores() -> AsyncIterator[Stores]:
    """Start new, empty stores and name them in the environment of this process."""
    async with AsyncExitStack() as opened:
        engine = opened.enter_context(running_engine())
        aws = fresh_account(engine.url)
        valkey = Valkey.on_a_free_port()
        valkey.start()
        opened.callback(valkey.stop)
        environment = bare_environment(
            **aws.environment,
            **aws.credentials,
            SQS_WAIT_SECONDS="1",
            SQS_VISIBILITY_TIMEOUT=str(_VISIBILITY_SECONDS),
            CLEANUP_INTERVAL_SECONDS="10",
            SOCKETIO_REDIS_URL=valkey.url,
        )
        os.environ |= environment
        settings = Settings.from_environment(environment)
        account = await opened.enter_async_context(open_pipeline(settings))
        yield Stores(account=account, valkey=valkey, environment=environment)


@asynccontextmanager
async def running_fleet(stores: Stores, *, instances: int) -> AsyncIterator[Fleet]:
    """Start the instances; kill those that still run at the end."""
    environment = stores.environment
    async with AsyncExitStack() as opened:
        to_valkey = await opened.enter_async_context(proxy_to(stores.valkey.url))
        of_front = {"SERVICE_ROLE": "web", "SOCKETIO_REDIS_URL": to_valkey.url}
        fleet = Fleet(
            instances=[ServiceProcess(environment=environment) for _ in range(instances)],
            front=ServiceProcess(environment={**environment, **of_front}),
            to_valkey=to_valkey,
        )
        for each in fleet.processes:
            opened.push_async_callback(_end, each)
        await asyncio.gather(*(each.start() for each in fleet.processes))
        yield fleet


@asynccontextmanager
async def followers_of(fleet: Fleet, sellers: Sequence[str]) -> AsyncIterator[list[Follower]]:
    """One client per process, in order; they connect in different ways."""
    async with AsyncExitStack() as opened:
        yield [
            await opened.enter_async_context(
                following(each.url, sellers, transports=_TRANSPORTS[number % 2])
            )
            for number, each in enumerate(fleet.processes)
        ]


async def _end(instance: ServiceProcess) -> None:
    if instance.running:
        await instance.kill()
