"""Clients hardly notice a deploy: one after another they leave, come back, and miss nothing.

`make deploys` measures it under thousands of clients.
"""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from assembly_service.pipeline.worker import Worker
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.harness.pipeline import open_pipeline
from tests.harness.valkey import free_port
from tests.notification.raw import CONNECT, SOCKET_PATH, ended
from tests.system.deploys.balancer import running_balancer
from tests.system.deploys.crowd import Crowd, Group
from tests.system.deploys.deploys import publishing, roll, start_anew
from tests.system.deploys.publisher import Publisher
from tests.system.deploys.upgrade import ROLES
from tests.system.deploys.visitors import Visitors

CLIENTS = 60


@dataclass(kw_only=True)
class Instance:
    """An instance in this process."""

    settings: Settings
    port: int = field(default_factory=free_port)
    pid: int = field(default_factory=os.getpid)
    _running: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def start(self) -> None:
        at_its_port = self.settings.model_copy(update={"port": self.port})
        await self._running.enter_async_context(running_service(at_its_port))

    async def stop(self) -> int:
        await self._running.aclose()
        return 0


@asynccontextmanager
async def four_instances(settings: Settings, bus: str) -> AsyncIterator[list[Instance]]:
    connected = {"socketio_redis_url": bus}
    four = [
        Instance(settings=settings.model_copy(update={**connected, "service_role": role}))
        for role in ROLES
    ]
    async with AsyncExitStack() as stack:
        for each in four:
            await each.start()
            stack.push_async_callback(each.stop)
        yield four


@asynccontextmanager
async def visiting(port: int, publisher: Publisher) -> AsyncIterator[Crowd]:
    """Visitors in this process."""
    visitors = Visitors(sellers=publisher.sellers)

    async def ask(sent: int) -> Mapping[str, Any]:
        return visitors.report(sent)

    try:
        await visitors.connect(port, CLIENTS)
        group = Group(name="visitors", count=CLIENTS, asks=[ask])
        yield Crowd(groups=[group], publisher=publisher)
    finally:
        await visitors.leave()


async def test_clients_of_two_webs_and_two_workers_that_are_replaced_in_turn_miss_nothing(
    settings: Settings, valkey: str
) -> None:
    async with (
        four_instances(settings, valkey) as (one, two, worker, other_worker),
        running_balancer() as balancer,
        open_pipeline(settings) as account,
    ):
        await balancer.register(one.port)
        await balancer.register(two.port)
        publisher = Publisher(account=account, sellers=6, rate=10)
        async with visiting(balancer.port, publisher) as crowd:
            async with publishing(crowd):
                deploys = [await roll(one, two, balancer, crowd)]
                await start_anew(worker)
                deploys.append(await roll(two, one, balancer, crowd))
                await start_anew(other_worker)
            await account.drained()
            report = (await crowd.until_whole())["visitors"]
    assert (report.missed, report.live) == (0, CLIENTS)
    assert report.expected > 0
    assert deploys[0].left == CLIENTS // 2
    for deploy in deploys:
        goodbyes = deploy.goodbyes()
        assert len(goodbyes) == len(deploy.absences()) == deploy.left
        # At a hundred a second; at once it would take a few milliseconds.
        assert goodbyes[-1] - goodbyes[0] > deploy.left / 100 * 1000 / 2


@pytest.fixture
def drained(monkeypatch: pytest.MonkeyPatch) -> asyncio.Event:
    """What workers wait for at the end of their drain."""
    run, drained = Worker.run, asyncio.Event()

    async def drain_for_long(worker: Worker) -> None:
        await run(worker)
        await drained.wait()

    monkeypatch.setattr(Worker, "run", drain_for_long)
    return drained


async def test_clients_leave_while_the_worker_drains(
    settings: Settings, drained: asyncio.Event
) -> None:
    async with aiohttp.ClientSession() as http, AsyncExitStack() as running:
        service = await running.enter_async_context(running_service(settings))
        websocket = await http.ws_connect(f"{service.url}{SOCKET_PATH}websocket")
        await websocket.send_str(CONNECT)
        while '"connected"' not in await websocket.receive_str():
            pass
        stopping = asyncio.create_task(running.aclose())
        await ended(websocket)
        assert websocket.close_code == aiohttp.WSCloseCode.GOING_AWAY
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(service.url)
        assert not stopping.done()
        drained.set()
        await stopping


async def test_a_worker_answers_operators_until_it_has_drained(
    settings: Settings, drained: asyncio.Event
) -> None:
    worker = settings.model_copy(update={"service_role": "worker", "announce_nowhere": True})
    async with aiohttp.ClientSession() as http, AsyncExitStack() as running:
        service = await running.enter_async_context(running_service(worker))
        stopping = asyncio.create_task(running.aclose())
        await service.stop.wait()
        async with http.get(f"{service.url}/health/ready") as answer:
            assert answer.status == 503
            assert (await answer.json())["checks"]["stop"]["status"] == "failing"
        drained.set()
        await stopping
