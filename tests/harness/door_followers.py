"""Clients that follow a shop through doors other than sockets, over cuts and restarts."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from assembly_service.domain import exact_json
from tests.harness.follower import pages
from tests.notification.support import CLIENTS, NODE

_AGAIN_SECONDS = 0.05
_PAUSE_SECONDS = 0.2

Held = dict[str, dict[str, Any]]


class Follower(Protocol):
    """`catalogue` has the newest version of every product that the client was shown, by video."""

    catalogue: Held


def take(catalogue: Held, product: dict[str, Any]) -> None:
    """Keep a product, unless a newer version of it is held."""
    held = catalogue.get(product["video_id"])
    if held is None or product["updated_at"] > held["updated_at"]:
        catalogue[product["video_id"]] = product


@dataclass(kw_only=True)
class EventSourceFollower:
    """The EventSource of npm: it reconnects by itself, and loads the list when it is asked to."""

    url: str
    seller: str
    catalogue: Held = field(default_factory=dict)
    subscribed: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self, output: asyncio.StreamReader, http: aiohttp.ClientSession) -> None:
        """Take what it is told until it ends."""
        while line := await output.readline():
            event, data, *_ = exact_json.loads(line.decode())
            if event == "resync":
                await self._load(http)
            elif event == "subscribed":
                for product in data.get("snapshot", {"products": []})["products"]:
                    take(self.catalogue, product)
                self.subscribed.set()
            elif "product" in data:
                take(self.catalogue, data["product"])

    async def _load(self, http: aiohttp.ClientSession) -> None:
        while True:
            try:
                async for page in pages(http, self.url, self.seller):
                    for product in page["products"]:
                        take(self.catalogue, product)
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(_AGAIN_SECONDS)
            else:
                return


@dataclass(kw_only=True)
class Poller:
    """Polls with the same `since` and its tag as long as the answer fits into a page.

    With `prefer` the service may have it wait.
    """

    url: str
    seller: str
    prefer: str | None = None
    catalogue: Held = field(default_factory=dict)
    _since: str | None = None
    _tag: str | None = None

    async def poll(self, http: aiohttp.ClientSession) -> None:
        """Poll until cancelled."""
        while True:
            try:
                await self._poll_once(http)
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(_AGAIN_SECONDS)
            if self.prefer is None:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _poll_once(self, http: aiohttp.ClientSession) -> None:
        parameters = {"limit": "50"} | ({"since": self._since} if self._since else {})
        headers = {"If-None-Match": self._tag or "", "Prefer": self.prefer or ""}
        shop = f"{self.url}/api/v1/shop/{self.seller}/products"
        async with http.get(
            shop, params=parameters, headers=headers, raise_for_status=True
        ) as answer:
            if answer.status == 304:
                return
            tag, page = answer.headers["ETag"], exact_json.loads(await answer.text())
        is_whole = self._since is not None and not page["pagination"]["hasMore"]
        self._take(page)
        while page["pagination"]["hasMore"]:
            parameters["lastKey"] = page["pagination"]["lastEvaluatedKey"]
            async with http.get(shop, params=parameters, raise_for_status=True) as answer:
                page = exact_json.loads(await answer.text())
            self._take(page)
        if is_whole:
            self._tag = tag
        else:
            # A tag belongs to its URL, and tells of one page.
            self._since, self._tag = page["metadata"]["timestamp"], None

    def _take(self, page: dict[str, Any]) -> None:
        for product in page["products"]:
            take(self.catalogue, product)


@asynccontextmanager
async def event_source_following(url: str, seller: str) -> AsyncIterator[EventSourceFollower]:
    """An EventSource that has subscribed, in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        CLIENTS / "event_source.mjs",
        f"{url}/api/v1/shop/{seller}/events?snapshot=50",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    assert process.stdout is not None
    follower = EventSourceFollower(url=url, seller=seller)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        reading = asyncio.create_task(follower.follow(process.stdout, http))
        try:
            await follower.subscribed.wait()
            yield follower
        finally:
            process.kill()
            await process.wait()
            await reading


@asynccontextmanager
async def polling(url: str, seller: str, *, prefer: str | None = None) -> AsyncIterator[Poller]:
    """A poller; with `prefer` it waits."""
    poller = Poller(url=url, seller=seller, prefer=prefer)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=40)) as http:
        task = asyncio.create_task(poller.poll(http))
        try:
            yield poller
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
