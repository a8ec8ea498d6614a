"""A peer: the same events over python-socketio on aiohttp, as it comes."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from itertools import cycle
from typing import Any

import socketio
import uvloop
from aiohttp import web

from bench.loads.lines import collect, obey, say
from bench.loads.processes import raise_file_limit

_NAMESPACE = "/products"


class _Peer:
    """Accepts every connection and lets each client join a room."""

    def __init__(self) -> None:
        self.server = socketio.AsyncServer(async_mode="aiohttp")
        self.server.on("connect", self._connect, namespace=_NAMESPACE)
        self.server.on("subscribe_to_seller", self._subscribe, namespace=_NAMESPACE)
        self._payloads: Iterator[object] = iter(())

    async def prepare(self, *, payloads: Sequence[object], **_: object) -> dict[str, Any]:
        """Take the payloads of the events to announce."""
        self._payloads = cycle(payloads)
        return {}

    async def announce(self, *, seller: str, count: int, pause: float) -> dict[str, Any]:
        """Announce so many events."""
        announced_at = []
        for _ in range(count):
            announced_at.append(time.monotonic_ns())
            await self.server.emit(
                "new_product", next(self._payloads), room=seller, namespace=_NAMESPACE
            )
            await asyncio.sleep(pause)
        return {"announced_at": announced_at}

    async def _connect(self, _sid: str, _environ: dict[str, Any]) -> None:
        """Accept every connection."""

    async def _subscribe(self, sid: str, wanted: dict[str, str]) -> None:
        await self.server.enter_room(sid, wanted["seller_handle"], namespace=_NAMESPACE)
        await self.server.emit("subscribed", wanted, to=sid, namespace=_NAMESPACE)


async def main() -> None:
    """Serve until the parent closes the input."""
    raise_file_limit()
    peer = _Peer()
    application = web.Application()
    peer.server.attach(application)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
    made_of = f"python-socketio {version('python-socketio')} on aiohttp {version('aiohttp')}"
    say(port=runner.addresses[0][1], version=made_of)
    await obey({"prepare": peer.prepare, "announce": peer.announce, "collect": collect})
    await peer.server.shutdown()
    await runner.cleanup()


if __name__ == "__main__":
    uvloop.run(main())
