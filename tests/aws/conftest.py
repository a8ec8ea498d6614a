"""A server on a free port in place of AWS."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from tests.aws.json_server import Server


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    """The server and its address; it answers any path and host, like a proxy."""
    server = Server()
    runner = web.ServerRunner(web.Server(server.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield server, f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()
