"""Fixtures: the web front on a real port, over a fresh products table."""

import os
from collections.abc import AsyncIterator
from typing import Any

import aioboto3
import pytest
from aiohttp import ClientSession, web

from assembly_service.application import create_application
from assembly_service.notification.door_parts import DoorParts
from assembly_service.notification.event_door import EventDoor
from assembly_service.notification.expiries import Expiries
from assembly_service.notification.replay import Replay
from assembly_service.notification.rooms import Rooms
from assembly_service.notification.subscriptions import Subscriptions
from assembly_service.openapi import openapi_document
from assembly_service.operations.handlers import OperationsHandlers
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.shop.first_pages import FirstPages
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue
from tests.harness.described import Described, checking
from tests.harness.served import served
from tests.harness.web import ManualClock, Shelf, StatedHealth, StatedSubscriptions

__all__ = [
    "api",
    "application",
    "aws_session",
    "catalogue",
    "clock",
    "described",
    "dynamodb",
    "event_door",
    "health",
    "metrics",
    "operations",
    "recent_changes",
    "shelf",
    "subscriptions",
]
"""For the conftest of every room that is tested over HTTP."""


@pytest.fixture(scope="session")
def aws_session() -> aioboto3.Session:
    """One session for all tests, so that the service description is read once."""
    return aioboto3.Session()


@pytest.fixture
async def dynamodb(aws_session: aioboto3.Session, settings: Settings) -> AsyncIterator[Any]:
    """A low-level client of the fresh account."""
    async with aws_session.client(
        "dynamodb",
        region_name=settings.aws_region,
        endpoint_url=settings.endpoint_url("dynamodb"),
        aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"],
    ) as client:
        yield client


@pytest.fixture
def shelf(dynamodb: Any, settings: Settings) -> Shelf:
    """A shelf to put products on."""
    return Shelf(dynamodb=dynamodb, table=settings.dynamodb_products_table)


@pytest.fixture
def catalogue(dynamodb: Any, settings: Settings) -> Catalogue:
    """The catalogue under test, on the real table."""
    return Catalogue(dynamodb=dynamodb, table=settings.dynamodb_products_table)


@pytest.fixture
def recent_changes(catalogue: Catalogue, shelf: Shelf, clock: ManualClock) -> RecentChanges:
    """The server's recent changes, which are notified by the shelf."""
    recent_changes = RecentChanges(catalogue=catalogue, clock=clock)
    shelf.told.append(recent_changes.invalidate)
    return recent_changes


@pytest.fixture
def clock() -> ManualClock:
    """The server's clock, set by the test."""
    return ManualClock()


@pytest.fixture
def metrics() -> Metrics:
    """The server's metrics."""
    return Metrics()


@pytest.fixture
def health() -> StatedHealth:
    """The server's health, as the test states it."""
    return StatedHealth()


@pytest.fixture
def subscriptions() -> StatedSubscriptions:
    """The subscriptions of sockets, as the test states them."""
    return StatedSubscriptions()


@pytest.fixture
def operations(
    health: StatedHealth, metrics: Metrics, subscriptions: StatedSubscriptions
) -> OperationsHandlers:
    """The operators' calls on what the test states."""
    return OperationsHandlers(health=health, metrics=metrics, subscriptions=subscriptions)


@pytest.fixture
def application(
    catalogue: Catalogue,
    recent_changes: RecentChanges,
    settings: Settings,
    clock: ManualClock,
    metrics: Metrics,
    operations: OperationsHandlers,
    event_door: EventDoor,
) -> web.Application:
    """The whole web front; one origin is admitted. Event streams end at once."""
    application = create_application(
        catalogue=catalogue,
        readers=None,
        recent_changes=recent_changes,
        settings=settings.model_copy(update={"cors_origins": ("https://shop.example",)}),
        clock=clock,
        metrics=metrics,
        operations=operations,
    )
    application.add_routes(event_door.routes())
    return application


@pytest.fixture
async def event_door(catalogue: Catalogue, metrics: Metrics, clock: ManualClock) -> EventDoor:
    """The door for event streams, closed: each is told when to come back."""
    parts = DoorParts(
        rooms=Rooms(),
        subscriptions=Subscriptions(metrics=metrics.clients),
        replay=Replay(
            changed_since=catalogue.changed_since,
            allowance_seconds=0,
            clock=clock,
            metrics=metrics.clients,
        ),
        first_pages=FirstPages(newest=catalogue.newest, clock=clock),
        expiries=Expiries(clock),
        clock=clock,
        metrics=metrics.clients,
    )
    door = EventDoor(parts, readers=None)
    await door.close("No stream is served here.")
    return door


@pytest.fixture
def described() -> Described:
    """The document's description of the served calls."""
    return Described(openapi_document())


@pytest.fixture
async def api(application: web.Application, described: Described) -> AsyncIterator[ClientSession]:
    """A client of the served application; it takes paths.

    Every answer has to be as the document describes.
    """
    traces = [checking(described)]
    async with (
        served(application) as url,
        ClientSession(url, trace_configs=traces) as session,
    ):
        yield session
