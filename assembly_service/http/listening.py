"""Listens for requests on the address that the settings name."""

import errno
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from aiohttp import web

from assembly_service.aws.start_checks import StartError
from assembly_service.settings import Settings

_CLOSE_CONNECTIONS_SECONDS = 1.0


@asynccontextmanager
async def listening(
    application: web.Application,
    settings: Settings,
    *,
    before_close: Callable[[], Awaitable[None]],
) -> AsyncIterator[str]:
    """Listen on HOST and PORT; gives the URL.

    At the end no new connection is taken, `before_close` says goodbye to those that stay open, and
    what is left is closed. Raises StartError.
    """
    runner = web.AppRunner(
        application,
        access_log=None,
        shutdown_timeout=_CLOSE_CONNECTIONS_SECONDS,
        # A body that is cut off would pass for a shorter one; who reads bodies decompresses them.
        auto_decompress=False,
    )
    await runner.setup()
    try:
        site = web.TCPSite(runner, settings.host, settings.port)
        try:
            await site.start()
        except OSError as error:
            raise StartError(_cannot_listen(error, settings)) from error
        port = runner.addresses[0][1]
        yield f"http://{settings.host}:{port}"
        await site.stop()
        await before_close()
    finally:
        await runner.cleanup()


def _cannot_listen(error: OSError, settings: Settings) -> str:
    if error.errno == errno.EADDRINUSE:
        return f"Port {settings.port} is in use: stop what listens there, or set another PORT."
    return f"Cannot listen on {settings.host}:{settings.port} ({error.strerror}): correct HOST."
