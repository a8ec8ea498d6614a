"""A proxy in front of the local AWS that lets a watcher see every call, unchanged."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import aiohttp
from aiohttp import web

_PASSED_ON = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")
_MOST_BYTES = 2**24


class Answer(NamedTuple):
    """A response of the local AWS."""

    status: int
    body: bytes


PassOn = Callable[[], Awaitable[Answer]]
Watch = Callable[[str, bytes, PassOn], Awaitable[Answer]]
"""Gets a call's operation and body, passes the call on, and returns the answer."""


@asynccontextmanager
async def front(target: str, watch: Watch) -> AsyncIterator[str]:
    """Listen on a free loopback port until the block ends. Yields the URL for clients."""
    unlimited = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(target, connector=unlimited) as engine:

        async def answer(request: web.Request) -> web.Response:
            return await _answer(engine, request, watch)

        application = web.Application(client_max_size=_MOST_BYTES)
        application.router.add_post("/{path:.*}", answer)
        # Cancel a poll whose caller is gone, so that it takes no message with it.
        runner = web.AppRunner(
            application, access_log=None, handler_cancellation=True, shutdown_timeout=0.1
        )
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            yield f"http://127.0.0.1:{runner.addresses[0][1]}"
        finally:
            await runner.cleanup()


async def _answer(
    engine: aiohttp.ClientSession, request: web.Request, watch: Watch
) -> web.Response:
    body = await request.read()
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}

    async def pass_on() -> Answer:
        async with engine.post(request.path_qs, data=body, headers=headers) as passed:
            return Answer(passed.status, await passed.read())

    operation = request.headers["X-Amz-Target"].rpartition(".")[2]
    status, answered = await watch(operation, body, pass_on)
    return web.Response(
        status=status, body=answered, headers={"Content-Type": request.headers["Content-Type"]}
    )
