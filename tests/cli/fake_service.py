"""A service with scripted answers to subscribe requests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import socketio
from aiohttp import web

from tests.harness.served import served

Answer = tuple[str, Mapping[str, object]]


@asynccontextmanager
async def answering(*answers: Answer) -> AsyncIterator[str]:
    """Answer each request with the next event, then always with the last. Yields its address."""
    server = socketio.AsyncServer(async_mode="aiohttp")
    left = [*answers]

    async def subscribe(client: str, _: object) -> None:
        event, data = left.pop(0) if len(left) > 1 else left[0]
        await server.emit(event, data, to=client, namespace="/products")

    server.on("subscribe_to_seller", subscribe, namespace="/products")
    application = web.Application()
    server.attach(application)
    async with served(application) as url:
        yield url.removeprefix("http://")
