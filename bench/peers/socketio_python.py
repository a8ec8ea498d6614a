"""A peer: the same events over python-socketio on aiohttp, as it comes."""

import asyncio
import time
from typing import Any

import socketio
import uvloop
from aiohttp import web

from bench.loads.lines import requests, say
from bench.loads.processes import raise_file_limit

_NAMESPACE = "/products"


def _server() -> socketio.AsyncServer:
    server = socketio.AsyncServer(async_mode="aiohttp")

    async def subscribe(sid: str, wanted: dict[str, str]) -> None:
        await server.enter_room(sid, wanted["seller_handle"], namespace=_NAMESPACE)
        await server.emit("subscribed", wanted, to=sid, namespace=_NAMESPACE)

    async def connect(_sid: str, _environ: dict[str, Any]) -> None:
        """Accept every connection."""

    server.on("connect", connect, namespace=_NAMESPACE)
    server.on("subscribe_to_seller", subscribe, namespace=_NAMESPACE)
    return server


async def main() -> None:
    """Serve until the parent closes the input."""
    raise_file_limit()
    server = _server()
    application = web.Application()
    server.attach(application)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    say(port=runner.addresses[0][1])
    async for request in requests():
        announced_at = []
        for _ in range(request["count"]):
            announced_at.append(time.monotonic_ns())
            await server.emit(
                "new_product", request["payload"], room=request["seller"], namespace=_NAMESPACE
            )
            await asyncio.sleep(request["pause"])
        say(announced_at=announced_at)
    await server.shutdown()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(main())
