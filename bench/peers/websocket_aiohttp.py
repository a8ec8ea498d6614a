"""A floor: a server of WebSockets on aiohttp that knows no Socket.IO, and only pings.

`python -m bench.peers.websocket_aiohttp [deflate]`; with `deflate` it accepts compression.
"""

import asyncio
import sys
from contextlib import suppress
from importlib.metadata import version
from typing import Any

import uvloop
from aiohttp import web

from bench.loads.lines import collect, obey, say
from bench.loads.processes import raise_file_limit

_TICK_SECONDS = 0.05


class _Wheel:
    """Pings each WebSocket once a turn: a task writes to those in one slot at every tick."""

    def __init__(self) -> None:
        self._slots: list[set[web.WebSocketResponse]] = [set()]
        self._place = 0
        self._turning: asyncio.Task[None] | None = None

    async def turn(self, *, seconds: float) -> dict[str, Any]:
        """Begin to turn, once in so many seconds. Call this before any client connects."""
        self._slots = [set() for _ in range(round(seconds / _TICK_SECONDS))]
        self._turning = asyncio.create_task(self._turn())
        return {}

    def add(self, websocket: web.WebSocketResponse) -> set[web.WebSocketResponse]:
        """Put a WebSocket into the slot whose turn is a whole turn away. Returns the slot."""
        slot = self._slots[self._place]
        slot.add(websocket)
        return slot

    async def _turn(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due += _TICK_SECONDS
            await asyncio.sleep(due - loop.time())
            self._place = (self._place + 1) % len(self._slots)
            for websocket in tuple(self._slots[self._place]):
                # One whose client has just left is still there.
                with suppress(ConnectionError):
                    await websocket.send_str("2")


async def main() -> None:
    """Serve until the parent closes the input."""
    raise_file_limit()
    wheel = _Wheel()
    compresses = "deflate" in sys.argv

    async def serve(request: web.Request) -> web.WebSocketResponse:
        websocket = web.WebSocketResponse(compress=compresses)
        await websocket.prepare(request)
        slot = wheel.add(websocket)
        async for _ in websocket:
            """Only pongs arrive."""
        slot.discard(websocket)
        return websocket

    application = web.Application()
    application.add_routes([web.get("/socket.io/", serve)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    say(port=runner.addresses[0][1], version=f"aiohttp {version('aiohttp')}", bare=True)
    await obey({"turn": wheel.turn, "collect": collect})
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(main())
