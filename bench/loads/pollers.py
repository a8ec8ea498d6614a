"""Runs pollers of one shop as a process; each follows the timestamps that it is given."""

import asyncio
import random
import time
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
import uvloop

from assembly_service.domain.timestamps import format_milliseconds
from bench.loads.lines import requests, say
from bench.loads.processes import raise_file_limit

_OLDEST_SINCE_SECONDS = 86_000


@dataclass(kw_only=True)
class _Tally:
    """What all pollers saw; times are monotonic nanoseconds."""

    first: int = 0
    not_modified: list[int] = field(default_factory=list)
    modified: list[int] = field(default_factory=list)
    failed: int = 0
    seconds: list[float] = field(default_factory=list)
    unaware: dict[str, list[int]] = field(default_factory=dict)


class _Poller:
    """A polling browser, with `since` and the tag of its last answer."""

    def __init__(self, tally: _Tally, path: str) -> None:
        self._tally = tally
        self._path = path
        ago = random.uniform(0, _OLDEST_SINCE_SECONDS)
        self._since = format_milliseconds(round((time.time() - ago) * 1000))
        self._tag = ""
        self._seen: set[str] = set()
        self._asked_before = 0

    async def poll(self, session: aiohttp.ClientSession) -> None:
        """Poll once."""
        asked = time.monotonic_ns()
        headers = {"If-None-Match": self._tag} if self._tag else {}
        async with session.get(
            self._path, params={"since": self._since}, headers=headers
        ) as answer:
            body = await answer.read()
        answered = time.monotonic_ns()
        self._tally.seconds.append((answered - asked) / 1e9)
        if answer.status == 304:
            self._tally.not_modified.append(answered)
        elif answer.status == 200:
            if self._tag:
                self._tally.modified.append(answered)
            else:
                self._tally.first += 1
            self._tag = answer.headers["ETag"]
            self._take(orjson.loads(body))
        else:
            self._tally.failed += 1
            return
        self._asked_before = asked

    def _take(self, page: dict[str, Any]) -> None:
        self._since = page["metadata"]["timestamp"]
        new = {product["video_id"] for product in page["products"]} - self._seen
        self._seen |= new
        # The poll before this one was the last without them.
        for video_id in new if self._asked_before else ():
            self._tally.unaware.setdefault(video_id, []).append(self._asked_before)


async def _poll(request: dict[str, Any]) -> _Tally:
    """Run so many pollers for so many seconds, spread over the interval."""
    tally = _Tally()
    interval: float = request["interval"]
    end = time.monotonic() + request["seconds"]
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(request["url"], connector=connector) as session:

        async def keep_polling(first: float) -> None:
            poller = _Poller(tally, f"/api/v1/shop/{request['seller']}/products")
            due = time.monotonic() + first
            while due < end:
                await asyncio.sleep(max(0, due - time.monotonic()))
                await poller.poll(session)
                # A poller with a late answer does not catch up.
                due = max(due + interval, time.monotonic())

        async with asyncio.TaskGroup() as tasks:
            for number in range(request["pollers"]):
                tasks.create_task(keep_polling(interval * number / request["pollers"]))
    return tally


async def main() -> None:
    """Serve requests until the parent closes the input."""
    raise_file_limit()
    say(ready=True)
    async for request in requests():
        tally = await _poll(request)
        say(
            first=tally.first,
            not_modified=tally.not_modified,
            modified=tally.modified,
            failed=tally.failed,
            seconds=tally.seconds,
            unaware=tally.unaware,
        )


if __name__ == "__main__":
    uvloop.run(main())
