"""The inside of a `DrivenProgram`: its requests and answers, as lines of JSON."""

import asyncio
import gc
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

Act = Callable[..., Awaitable[dict[str, Any]]]
"""Does what a request asks for, with the request's other fields as arguments."""
_LONGEST_LINE = 16 * 1024 * 1024


def say(**answer: object) -> None:
    """Print one line for the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def requests() -> AsyncIterator[dict[str, Any]]:
    """Yield the parent's requests until it closes the input."""
    reader = asyncio.StreamReader(limit=_LONGEST_LINE)
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)


async def obey(acts: Mapping[str, Act]) -> None:
    """Do what each request's `act` names and answer with its result, until the input ends."""
    async for request in requests():
        say(**await acts[request.pop("act")](**request))


async def collect() -> dict[str, Any]:
    """Collect garbage, as an act: memory that nobody uses is not to be counted."""
    gc.collect()
    return {}
