"""A request that waits for a change is answered no later than the token expires it came with."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from assembly_service.access.readers import Readers
from assembly_service.access.tickets import Tickets
from assembly_service.application import create_application
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue
from tests.access.tokens import SECRET, bearer, opened, signed
from tests.harness.web import (
    NOON,
    SELLER,
    ManualClock,
    Shelf,
    make_product,
    products_path,
    stated_operations,
)

PATIENCE = 20
LONG = 30
LEEWAY = 30


@pytest.fixture
async def client(
    catalogue: Catalogue, recent_changes: RecentChanges, settings: Settings, clock: ManualClock
) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A client of a web front that shows nothing without a token."""
    required = settings.model_copy(update={"reader_auth": "required"})
    async with opened(jwt_leeway_seconds=LEEWAY) as verifier:
        application = create_application(
            catalogue=catalogue,
            readers=Readers(required, verifier=verifier, tickets=Tickets(SECRET)),
            recent_changes=recent_changes,
            settings=required,
            clock=clock,
            metrics=Metrics(),
            operations=stated_operations(),
        )
        async with TestClient(TestServer(application)) as made:
            yield made


@pytest.mark.parametrize(
    "path", [products_path(), f"{products_path()}/v1"], ids=["list", "product"]
)
async def test_a_request_waits_no_longer_than_its_token_is_valid(
    client: TestClient[web.Request, web.Application], shelf: Shelf, clock: ManualClock, path: str
) -> None:
    await shelf.put(make_product("v1", updated_at=NOON))
    exp = int(time.time()) + 600
    headers = {"Authorization": bearer(signed(sellers=SELLER, exp=exp))}
    async with client.get(path, headers=headers) as first:
        held = {"Prefer": f"wait={LONG}", "If-None-Match": first.headers["ETag"]}
    # The service's own clock is almost there.
    clock.now = (exp + LEEWAY) * 1000 - 100
    async with asyncio.timeout(PATIENCE), client.get(path, headers=headers | held) as answer:
        assert answer.status == 304
        assert answer.headers["Preference-Applied"] == "wait=0"
