"""A floor: bare aiohttp with a ready body, behind two middlewares that do next to nothing."""

import aiohttp
import uvloop
from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from bench.loads.lines import requests, say
from bench.loads.processes import raise_file_limit

_HEADERS = ("Content-Type", "Content-Encoding", "ETag", "Cache-Control")


@web.middleware
async def _pass_on(request: web.Request, handler: Handler) -> web.StreamResponse:
    return await handler(request)


@web.middleware
async def _vary(request: web.Request, handler: Handler) -> web.StreamResponse:
    response = await handler(request)
    response.headers[hdrs.VARY] = hdrs.ACCEPT_ENCODING
    return response


async def main() -> None:
    """Serve until the parent closes the input; each of its lines says whose answer to repeat."""
    raise_file_limit()
    body, headers = b"", dict[str, str]()

    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, headers=headers)

    application = web.Application(middlewares=[_pass_on, _vary])
    application.add_routes([web.get("/{path:.*}", answer)])
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    say(port=runner.addresses[0][1])
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        async for request in requests():
            asked = {"Accept-Encoding": request["coding"]}
            async with session.get(request["url"], headers=asked) as original:
                body = await original.read()
                headers = {
                    name: original.headers[name] for name in _HEADERS if name in original.headers
                }
            say(bytes=len(body))
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(main())
