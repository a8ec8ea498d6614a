"""The measured server, in its own process; its parent says when to announce."""

import asyncio
import json
import resource
import sys
import time
from pathlib import Path

import uvloop

from assembly_service.runtime.logs import configure_logs
from tests.notification.support import Instance, product, running_instance

SELLER = "amani"


def memory_bytes() -> int:
    """The memory of this process."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


async def announce(instance: Instance, *, count: int, pause: float, padding: int) -> int:
    """Announce products named by their time in nanoseconds; return the peak memory."""
    largest = memory_bytes()
    for _ in range(count):
        await instance.announce(product(str(time.time_ns()), seller_handle=SELLER, padding=padding))
        largest = max(largest, memory_bytes())
        await asyncio.sleep(pause)
    return largest


def say(**figures: float | None) -> None:
    """Print a line for the parent."""
    print(json.dumps(figures), flush=True)  # noqa: T201 - the parent reads it


async def main() -> None:
    """Serve until standard input ends; each line of it asks for announcements."""
    configure_logs(level="ERROR", log_format="json")
    async with running_instance() as instance:
        say(port=instance.port)
        loop = asyncio.get_running_loop()
        while line := await loop.run_in_executor(None, sys.stdin.readline):
            largest = await announce(instance, **json.loads(line))
            say(
                memory=largest,
                slow=instance.metric("websocket_slow_clients_total"),
                connections=instance.notification.subscriptions.total_connections,
            )


if __name__ == "__main__":
    uvloop.run(main())
