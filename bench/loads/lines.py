"""The inside of a `DrivenProgram`: its requests and answers, as lines of JSON."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from typing import Any


def say(**answer: object) -> None:
    """Print one line for the parent."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


async def requests() -> AsyncIterator[dict[str, Any]]:
    """Yield the parent's requests until it closes the input."""
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        yield json.loads(line)
