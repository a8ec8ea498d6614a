"""Event streams as `curl -N` reads them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.notification.support import PATIENCE_SECONDS, Instance

PATH = "/api/v1/shop/amani/events"


@dataclass
class Reader:
    """Reads a stream block by block."""

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
