"""Real clients of an instance, and what they received."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import pytest
import socketio

from assembly_service.domain.exact_json import Value
from tests.notification.support import CLIENTS, NODE, PATIENCE_SECONDS


class Serving(Protocol):
    """Whatever serves clients."""

    @property
    def url(self) -> str: ...


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
    instance: Serving,
    *,
    transport: str = "websocket",
    token: str | None = None,
    headers: dict[str, str] | None = None,
) -> AsyncIterator[PythonClient]:
    """A connected client. Raises ConnectionError of the library if it is refused."""
    socket = socketio.AsyncClient(reconnection=False, request_timeout=PATIENCE_SECONDS)
    record = Record()

    async def disconnected(reason: str) -> None:
        await record.add("disconnect", reason)

    socket.on("*", record.add, namespace="/products")
    socket.on("disconnect", disconnected, namespace="/products")
    try:
        await socket.connect(
            instance.url,
            headers=headers or {},
            auth=None if token is None else {"token": token},
            namespaces=["/products"],
            transports=[transport],
            wait_timeout=PATIENCE_SECONDS,
        )
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
    instance: Serving,
    *,
    transports: Sequence[str] = ("websocket",),
    auth: dict[str, str] | None = None,
    first: str | None = "connected",
) -> AsyncIterator[StockClient]:
    """A client in a process of its own, once this has happened to it; None: at once."""
    arguments = f"{instance.url}/products", ",".join(transports), json.dumps(auth or {})
    async with _running("stock_client.mjs", *arguments) as client:
        if first is not None:
            await client.record.first(first)
        yield client


@asynccontextmanager
async def event_source(instance: Serving, path_and_query: str) -> AsyncIterator[Record]:
    """What happens to the EventSource of npm, in a process of its own."""
    async with _running("event_source.mjs", f"{instance.url}{path_and_query}") as client:
        yield client.record


@asynccontextmanager
async def _running(script: str, *arguments: str) -> AsyncIterator[StockClient]:
    if not (CLIENTS / "node_modules").is_dir():
        pytest.fail(
            "The clients of npm are missing: run 'make test', or 'npm ci' in tests/clients."
        )
    process = await asyncio.create_subprocess_exec(
        NODE,
        script,
        *arguments,
        cwd=CLIENTS,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=16 * 1024 * 1024,
    )
    record = Record()
    reading = asyncio.create_task(_read_lines(process, record))
    client = StockClient(process=process, record=record)
    try:
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
