"""A front before the local AWS that sees every call go by and changes nothing."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
from aiohttp import web

_PASSED_ON = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")
_MOST_BYTES = 2**24


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """A call and its answer. `asked` and `answered` are monotonic times at this front."""

    operation: str
    status: int
    request: bytes
    answer: bytes
    asked: float
    answered: float


See = Callable[[Exchange], None]


@asynccontextmanager
async def front(target: str, see: See) -> AsyncIterator[str]:
    """Listen on a free loopback port until the block ends; the URL to give to clients."""
    unlimited = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(target, connector=unlimited) as engine:

        async def answer(request: web.Request) -> web.Response:
            return await _pass_on(engine, request, see)

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


async def _pass_on(engine: aiohttp.ClientSession, request: web.Request, see: See) -> web.Response:
    asked = time.monotonic()
    body = await request.read()
    headers = {name: request.headers[name] for name in _PASSED_ON if name in request.headers}
    async with engine.post(request.path_qs, data=body, headers=headers) as passed:
        answer = await passed.read()
        see(
            Exchange(
                operation=request.headers["X-Amz-Target"].rpartition(".")[2],
                status=passed.status,
                request=body,
                answer=answer,
                asked=asked,
                answered=time.monotonic(),
            )
        )
        return web.Response(
            status=passed.status,
            body=answer,
            headers={"Content-Type": passed.headers.get("Content-Type", "")},
        )
