"""The limit of concurrent requests of one client behind proxies."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from ipaddress import ip_network

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from assembly_service.application import create_application
from assembly_service.http.document import DocumentPart
from assembly_service.http.mounting import Mounted
from assembly_service.runtime.metrics import Metrics
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue
from tests.harness.web import ManualClock, stated_operations
from tests.notification.support import plain_settings

ORIGIN = "https://shop.example"
PATH = "/slow/answer"
EVENTS = "/api/v1/shop/amani/events"


@dataclass
class Front:
    """An application with one call that answers on demand."""

    metrics: Metrics = field(default_factory=Metrics)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def application(self, **changes: object) -> web.Application:
        slow = web.Application()
        slow.router.add_get("/answer", self._answer)
        catalogue, clock = Catalogue(dynamodb=None, table="products"), ManualClock()
        return create_application(
            catalogue=catalogue,
            readers=None,
            recent_changes=RecentChanges(catalogue=catalogue, clock=clock),
            settings=plain_settings(cors_origins=(ORIGIN,), **changes),
            clock=clock,
            metrics=self.metrics,
            operations=stated_operations(),
            mounted=[
                Mounted(applications={"/slow": slow}, document=DocumentPart(tags=[], paths={}))
            ],
        )

    async def _answer(self, _: web.Request) -> web.Response:
        self.begun.release()
        await self.may_answer.wait()
        return web.Response()

    @property
    def refused(self) -> float | None:
        name = "assembly_http_connections_refused_total"
        return self.metrics.registry.get_sample_value(name)


@pytest.fixture
def front() -> Front:
    return Front()


@pytest.fixture(params=[1, (ip_network("127.0.0.0/8"),)], ids=["one proxy", "a network"])
async def session(request: pytest.FixtureRequest, front: Front) -> AsyncIterator[ClientSession]:
    changes = {"trusted_proxies": request.param, "max_connections_per_address": 2}
    async with (
        TestServer(front.application(**changes)) as server,
        ClientSession(str(server.make_url("/"))) as session,
    ):
        yield session
        front.may_answer.set()


def client(address: str) -> dict[str, str]:
    return {"X-Forwarded-For": address, "Origin": ORIGIN}


async def test_a_client_behind_a_proxy_has_a_limit_of_its_own(
    front: Front, session: ClientSession
) -> None:
    slow = [
        asyncio.ensure_future(session.get(PATH, headers=client(address)))
        for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2")
    ]
    for _ in slow:
        await front.begun.acquire()
    async with session.get("/health/live", headers=client("192.0.2.1")) as answer:
        assert answer.status == 429
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert (await answer.json())["detail"].startswith("Too many connections of your address")
    assert front.refused == 1
    # An EventSource comes back only after a 200.
    async with session.get(EVENTS, headers=client("192.0.2.1")) as answer:
        assert (answer.status, answer.content_type) == (200, "text/event-stream")
        assert "\nretry: " in await answer.text()
    async with session.get("/health/live", headers=client("192.0.2.2")) as answer:
        assert answer.status == 200
    front.may_answer.set()
    for each in slow:
        assert (await each).status == 200
    async with session.get("/health/live", headers=client("192.0.2.1")) as answer:
        assert answer.status == 200


async def test_clients_without_a_proxy_are_not_told_apart_by_their_headers(
    front: Front,
) -> None:
    changes = {"trusted_proxies": (ip_network("10.0.0.0/8"),), "max_connections_per_address": 1}
    async with (
        TestServer(front.application(**changes)) as server,
        ClientSession(str(server.make_url("/"))) as session,
    ):
        slow = asyncio.ensure_future(session.get(PATH, headers=client("192.0.2.1")))
        await front.begun.acquire()
        async with session.get("/health/live", headers=client("192.0.2.1")) as answer:
            assert answer.status == 200
        front.may_answer.set()
        assert (await slow).status == 200


def test_there_is_a_limit_if_proxies_are_trusted_or_one_is_set() -> None:
    assert plain_settings().most_of_an_address is None
    assert plain_settings(trusted_proxies=1).most_of_an_address == 1_000
    assert plain_settings(max_connections_per_address=5).most_of_an_address == 5
