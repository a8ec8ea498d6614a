"""A server on a free port in place of AWS."""

from collections.abc import AsyncIterator

import pytest

from tests.aws.json_server import Server, serving


@pytest.fixture
async def server() -> AsyncIterator[tuple[Server, str]]:
    """The server and its address; it answers any path and host, like a proxy."""
    async with serving() as served:
        yield served
