"""Watchers of shops in a process of their own, whose parent lets them in and asks what they saw."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import aiohttp
import uvloop

from bench.loads.lines import obey, say
from bench.loads.processes import raise_file_limit
from tests.system.deploys.visitor import Visitor, now
from tests.system.viral.waits import summary

Sent = Mapping[str, Sequence[tuple[int, float]]]
"""The videos of each seller, each with the time at which its second half was sent."""


class Audience:
    """Watchers who load a shop's first page and then follow it from there, as pages do.

    `_all` has the time at which each of them began.
    """

    def __init__(self) -> None:
        self._all: list[tuple[Visitor, float]] = []
        self._following: list[asyncio.Task[None]] = []

    async def join(
        self, *, port: int, sellers: Sequence[str], count: int, seconds: float
    ) -> dict[str, Any]:
        """Let so many in over so many seconds; return once all are live, with their waits."""
        began = asyncio.get_running_loop().time()
        connector = aiohttp.TCPConnector(limit=0)
        async with (
            aiohttp.ClientSession(f"http://127.0.0.1:{port}", connector=connector) as http,
            asyncio.TaskGroup() as arriving,
        ):
            tasks = [
                arriving.create_task(
                    self._arrive(
                        http,
                        Visitor(port=port, seller=sellers[number % len(sellers)]),
                        began + seconds * number / count,
                    )
                )
                for number in range(count)
            ]
        return {"waits": summary([task.result() for task in tasks])}

    async def _arrive(self, http: aiohttp.ClientSession, visitor: Visitor, at: float) -> float:
        await asyncio.sleep(at - asyncio.get_running_loop().time())
        began = now()
        self._all.append((visitor, began))
        async with http.get(f"/api/v1/shop/{visitor.seller}/products") as answer:
            page = await answer.json()
        for product in page["products"]:
            visitor.held.setdefault(int(product["video_id"]), now())
        visitor.since = page["metadata"]["timestamp"]
        self._following.append(asyncio.create_task(visitor.follow()))
        await visitor.live.wait()
        return now() - began

    async def saw(self, *, sent: Sent) -> dict[str, Any]:
        """Return what they lack of what was sent since they came, and how long the rest took."""
        missed, waits = 0, []
        for visitor, began in self._all:
            for video, at in sent.get(visitor.seller, ()):
                if at < began:
                    continue
                if video in visitor.held:
                    waits.append(visitor.held[video] - at)
                else:
                    missed += 1
        return {"missed": missed, "expected": missed + len(waits), "waits": summary(waits)}

    async def leave(self) -> None:
        """Disconnect all."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)


async def main() -> None:
    """Obey until the parent ends the input."""
    raise_file_limit()
    say(ready=True)
    audience = Audience()
    await obey({"join": audience.join, "saw": audience.saw})
    await audience.leave()


if __name__ == "__main__":
    uvloop.run(main())
