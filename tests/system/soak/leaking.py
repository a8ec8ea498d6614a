"""The service with a leak, to see that a soak notices: LEAK is memory, descriptors or tasks.

Each product that is shown to clients leaks one of it.
"""

import asyncio
import os
import runpy
from collections.abc import Callable, Sequence

from assembly_service.notification.rooms import Push, Rooms

_LEAKS: dict[str, Callable[[], object]] = {
    "memory": lambda: os.urandom(50_000),
    "descriptors": lambda: os.open(os.devnull, os.O_RDONLY),
    "tasks": lambda: asyncio.create_task(asyncio.sleep(3_600)),
}
_kept: list[object] = []
_broadcast = Rooms.broadcast


def _leaking(rooms: Rooms, pushes: Sequence[Push]) -> None:
    _broadcast(rooms, pushes)
    _kept.extend(_LEAKS[os.environ["LEAK"]]() for _ in pushes)


if __name__ == "__main__":
    Rooms.broadcast = _leaking  # type: ignore[method-assign, assignment]
    runpy.run_module("assembly_service", run_name="__main__")
