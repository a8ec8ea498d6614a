"""A service with scripted answers to subscribe requests."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

import socketio
from aiohttp import web

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
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
