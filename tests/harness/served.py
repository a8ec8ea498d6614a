"""Serves applications on loopback, and what stands before a local AWS."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.typedefs import Handler

Applications = Mapping[str, web.Application]
"""By the path at which each is mounted."""


@asynccontextmanager
async def served(application: web.Application, **options: Any) -> AsyncIterator[str]:
    """Serve an application on a free loopback port; yields its URL. A runner has the options."""
    runner = web.AppRunner(application, access_log=None, **options)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def mounted(applications: Applications) -> web.Application:
    """One application that has others at their paths."""
    application = web.Application()
    for prefix, each in applications.items():
        application.add_subapp(prefix, each)
    return application


def in_place_of_aws(answer: Handler, *, most_bytes: int = 2**20) -> web.Application:
    """An application that answers every call of AWS by a handler."""
    application = web.Application(client_max_size=most_bytes)
    application.router.add_post("/{path:.*}", answer)
    return application


async def passed_on(request: web.Request, session: ClientSession, engine_url: str) -> web.Response:
    """What the engine answers to a call."""
    kept = {name: value for name, value in request.headers.items() if name != "Host"}
    url, body = engine_url + request.path, await request.read()
    async with session.post(url, data=body, headers=kept) as answer:
        headers = {"Content-Type": answer.headers["Content-Type"]}
        return web.Response(status=answer.status, body=await answer.read(), headers=headers)
