"""Clients of event streams, and what the instance knows of them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest

from assembly_service.notification.event_stream import EventStream
from tests.notification.support import (
    PATIENCE_SECONDS,
    Instance,
    Table,
    running_instance,
    until,
)

PATH = "/api/v1/shop/amani/events"
THEN = 1_795_000_000_000


@pytest.fixture
async def instance(table: Table) -> AsyncIterator[Instance]:
    """An instance a minute after THEN, on the table of the test."""
    async with running_instance(
        changed_since=table.changed_since, newest=table.newest, clock=lambda: THEN + 60_000
    ) as running:
        yield running


@dataclass
class Reader:
    """Reads a stream as `curl -N` does, block by block."""

    response: aiohttp.ClientResponse
    blocks: list[list[str]] = field(default_factory=list)

    async def block(self) -> list[str]:
        """The lines of the next block."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            text = (await self.response.content.readuntil(b"\n\n")).decode()
        self.blocks.append(text.removesuffix("\n\n").split("\n"))
        return self.blocks[-1]

    async def event(self) -> tuple[str, Any, str | None]:
        """The name, data and id of the next event, with what is no event left out."""
        while True:
            fields = dict(line.split(": ", 1) for line in await self.block())
            if "data" in fields:
                return fields["event"], json.loads(fields["data"]), fields.get("id")

    async def until_subscribed(self) -> list[str]:
        """The names of all events up to `subscribed`."""
        names: list[str] = []
        while "subscribed" not in names:
            names.append((await self.event())[0])
        return names

    async def ended(self) -> str:
        """What comes until the end of the stream."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            return (await self.response.content.read()).decode()


@asynccontextmanager
async def reading(instance: Instance, path: str = PATH, **headers: str) -> AsyncIterator[Reader]:
    async with (
        aiohttp.ClientSession(instance.url, read_bufsize=2**22) as session,
        session.get(path, headers=headers) as response,
    ):
        yield Reader(response)


@asynccontextmanager
async def silent_connection(instance: Instance, path: str = PATH) -> AsyncIterator[None]:
    """A client that asks for the stream and reads nothing of it."""
    _, writer = await asyncio.open_connection("127.0.0.1", instance.port, limit=1024)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: shop\r\n\r\n".encode())
    try:
        yield
    finally:
        writer.close()


def open_streams(instance: Instance) -> set[EventStream]:
    return instance.notification._event_door._open


def unread(stream: EventStream) -> int:
    """How many bytes wait for the client."""
    return stream._transport.get_write_buffer_size()


async def watching(instance: Instance, count: int) -> None:
    """Wait until so many clients watch the seller."""
    register = instance.notification.subscriptions
    await until(lambda: register.clients_per_seller().get("amani", 0) == count)
