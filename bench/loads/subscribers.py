"""Runs subscribers as a process; the parent says how many and asks what they received."""

import asyncio
import time
from typing import Any

import uvloop

from assembly_service.domain.timestamps import format_milliseconds
from bench.loads.lines import obey, say
from bench.loads.processes import raise_file_limit
from bench.loads.subscriber import Subscriber, Tally

_AWAY_MILLISECONDS = 30_000


class _Crowd:
    """All subscribers of this process and what they have received."""

    def __init__(self) -> None:
        self._subscribers: list[Subscriber] = []
        self._tally = Tally()

    async def connect(
        self,
        *,
        port: int,
        seller: str | None,
        count: int,
        offers_compression: bool,
        returning: bool,
        apart: bool,
        at_once: int,
        per_second: float | None,
    ) -> dict[str, Any]:
        """Connect and subscribe so many clients, some at once or so many a second.

        If they are `returning`, each subscribes since an instant; if `apart`, to a seller of its
        own. Raises ConnectionError.
        """
        turns = asyncio.Semaphore(at_once)
        loop = asyncio.get_running_loop()
        start, away_since = loop.time(), time.time_ns() // 1_000_000 - _AWAY_MILLISECONDS

        async def one(number: int) -> None:
            async with turns:
                subscriber = Subscriber(
                    self._tally,
                    f"{seller}-{len(self._subscribers)}" if apart and seller else seller,
                    offers_compression=offers_compression,
                    since=format_milliseconds(away_since - number) if returning else None,
                )
                self._subscribers.append(subscriber)
                await loop.create_connection(lambda: subscriber, "127.0.0.1", port)
                await subscriber.subscribed

        async with asyncio.TaskGroup() as tasks:
            for number in range(count):
                if per_second is not None:
                    await asyncio.sleep(start + number / per_second - loop.time())
                tasks.create_task(one(number))
        return {
            "compressed": any(each.compressed for each in self._subscribers),
            "ping_interval": self._subscribers[-1].ping_interval,
        }

    async def receive(self, *, events: int, seconds: float, with_instants: bool) -> dict[str, Any]:
        """Wait for so many events, at most so many seconds, and begin to count anew."""
        tally = self._tally
        try:
            async with asyncio.timeout(seconds):
                while len(tally.arrivals) < events and not tally.lost:
                    tally.news.clear()
                    await tally.news.wait()
        except TimeoutError:
            pass
        arrivals, tally.arrivals = tally.arrivals, []
        answer = {
            "events": len(arrivals),
            "event_bytes": tally.event_bytes,
            "wire_bytes": tally.wire_bytes,
            "lost": tally.lost,
        }
        tally.event_bytes = tally.wire_bytes = 0
        return answer | ({"arrivals": arrivals} if with_instants else {})

    async def pings(self) -> dict[str, Any]:
        """How many pings were answered so far, and how many clients are no longer connected."""
        return {"pings": self._tally.pings, "lost": self._tally.lost}


async def main() -> None:
    """Obey until the parent ends the input."""
    raise_file_limit()
    crowd = _Crowd()
    say(ready=True)
    await obey({"connect": crowd.connect, "receive": crowd.receive, "pings": crowd.pings})


if __name__ == "__main__":
    uvloop.run(main())
