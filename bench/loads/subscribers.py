"""Runs subscribers as a process; the parent says how many and asks what they received."""

import asyncio
from typing import Any

import uvloop

from bench.loads.lines import requests, say
from bench.loads.processes import raise_file_limit
from bench.loads.subscriber import Subscriber

_CONNECTING_AT_ONCE = 50


class _Crowd:
    """All subscribers of this process and what they received."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._arrivals: list[int] = []
        self._event_bytes = 0
        self._lost = 0
        self._news = asyncio.Event()

    async def connect(self, request: dict[str, Any]) -> dict[str, object]:
        """Connect and subscribe so many clients. Raises ConnectionError."""
        turns = asyncio.Semaphore(_CONNECTING_AT_ONCE)
        loop = asyncio.get_running_loop()

        async def one() -> None:
            async with turns:
                subscriber = Subscriber(
                    request["seller"],
                    offers_compression=request["offers_compression"],
                    arrived=self._arrived,
                    lost=self._gone,
                )
                self._subscribers.append(subscriber)
                await loop.create_connection(lambda: subscriber, "127.0.0.1", request["port"])
                await subscriber.subscribed

        async with asyncio.TaskGroup() as tasks:
            for _ in range(request["count"]):
                tasks.create_task(one())
        return {"compressed": any(each.compressed for each in self._subscribers)}

    async def received(self, request: dict[str, Any]) -> dict[str, object]:
        """Wait for so many events, at most so many seconds, and begin to count anew."""
        try:
            async with asyncio.timeout(request["seconds"]):
                while len(self._arrivals) < request["events"]:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            pass
        arrivals, self._arrivals = self._arrivals, []
        answer = {"events": len(arrivals), "event_bytes": self._event_bytes, "lost": self._lost}
        return answer | ({"arrivals": arrivals} if request["with_instants"] else {})

    def _arrived(self, instant: int, event_bytes: int) -> None:
        self._arrivals.append(instant)
        self._event_bytes = event_bytes
        self._news.set()

    def _gone(self) -> None:
        self._lost += 1


async def main() -> None:
    """Obey until the parent ends the input."""
    raise_file_limit()
    crowd = _Crowd()
    say(ready=True)
    async for request in requests():
        act = crowd.connect if request["act"] == "connect" else crowd.received
        say(**await act(request))


if __name__ == "__main__":
    uvloop.run(main())
