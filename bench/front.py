"""A front before the local AWS: every call goes by someone who watches it and changes nothing."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple

import aiohttp
from aiohttp import web

_PASSED_ON = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")
_MOST_BYTES = 2**24


class Answer(NamedTuple):
    """What the local AWS said."""

    status: int
    body: bytes


PassOn = Callable[[], Awaitable[Answer]]
Watch = Callable[[str, bytes, PassOn], Awaitable[Answer]]
"""Is given a call's operation and body; has it passed on and returns the answer."""


@asynccontextmanager
async def front(target: str, watch: Watch) -> AsyncIterator[str]:
    """Listen on a free loopback port until the block ends; the URL to give to clients."""
    unlimited = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(target, connector=unlimited) as engine:

        async def answer(request: web.Request) -> web.Response:
            return await _answer(engine, request, watch)

        application = web.Application(client_max_size=_MOST_BYTES)
        application.router.add_post("/{path:.*}", answer)
        # A poll whose caller is gone is given up, so that it takes no message with it.
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
