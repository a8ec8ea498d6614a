"""A front end that follows shops as the README says, over crashes and outages of its instance.

The stock npm client keeps the connection. The follower only subscribes again with `since` when it
reconnects, and reloads a shop over REST on `resync`. So the service decides what it ends with.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from tests.notification.support import CLIENTS, NODE

_LOAD_AGAIN_SECONDS = 0.2
_SUBSCRIBE_AGAIN_SECONDS = 0.5
_PATIENCE_SECONDS = 180


@dataclass(kw_only=True)
class Follower:
    """`catalogue` has the newest product received, by video."""

    url: str
    sellers: Sequence[str]
    catalogue: dict[str, dict[str, Value]] = field(default_factory=dict)
    connections: int = 0
    pushes: int = 0
    resyncs: int = 0
    subscribed: int = 0
    loads: int = 0
    errors: int = 0
    _since: dict[str, str] = field(default_factory=dict)
    _to_load: set[str] = field(default_factory=set)
    _loading: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _ended: bool = False

    async def until(
        self, condition: Callable[[], bool], seconds: float = _PATIENCE_SECONDS
    ) -> None:
        """Wait until received events make a condition true."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: self._ended or condition())
        assert condition(), "the client ended: its own words are among what was printed"

    async def _follow(
        self, process: asyncio.subprocess.Process, http: aiohttp.ClientSession
    ) -> None:
        assert process.stdout is not None
        assert process.stdin is not None
        while line := await process.stdout.readline():
            event, *values = exact_json.loads(line.decode())
            if event == "connect":
                self.connections += 1
                self._subscribe(process.stdin)
            elif event == "error":
                self.errors += 1
                loop = asyncio.get_running_loop()
                loop.call_later(_SUBSCRIBE_AGAIN_SECONDS, self._subscribe, process.stdin)
            else:
                self._told(event, values[0] if values else {}, http)
            await self._tell()
        self._ended = True
        await self._tell()

    def _subscribe(self, commands: asyncio.StreamWriter) -> None:
        if not commands.is_closing():
            commands.writelines(map(self._subscription, self.sellers))

    def _subscription(self, seller: str) -> bytes:
        since = {"since": self._since[seller]} if seller in self._since else {}
        wanted = {"seller_handle": seller} | since
        command = {"emit": "subscribe_to_seller", "arguments": [wanted]}
        return json.dumps(command).encode() + b"\n"

    def _told(self, event: str, payload: dict[str, Value], http: aiohttp.ClientSession) -> None:
        match event:
            case "new_product" | "product_updated":
                self.pushes += 1
                self._take(payload["product"])
            case "subscribed":
                self.subscribed += 1
                # While a shop is being loaded, only the older timestamp is safe.
                if payload["seller_handle"] not in self._loading:
                    self._since[payload["seller_handle"]] = payload["timestamp"]
            case "resync":
                self.resyncs += 1
                self._load_soon(payload["seller_handle"], http)

    def _take(self, product: dict[str, Value]) -> None:
        held = self.catalogue.get(product["video_id"])
        if held is None or product["updated_at"] > held["updated_at"]:
            self.catalogue[product["video_id"]] = product

    def _load_soon(self, seller: str, http: aiohttp.ClientSession) -> None:
        self._to_load.add(seller)
        if seller not in self._loading:
            self._loading[seller] = asyncio.create_task(self._load(seller, http))

    async def _load(self, seller: str, http: aiohttp.ClientSession) -> None:
        while seller in self._to_load:
            self._to_load.discard(seller)
            try:
                self._since[seller] = await self._load_pages(seller, http)
                self.loads += 1
            except (aiohttp.ClientError, TimeoutError):
                self._to_load.add(seller)
                await asyncio.sleep(_LOAD_AGAIN_SECONDS)
            await self._tell()
        del self._loading[seller]

    async def _load_pages(self, seller: str, http: aiohttp.ClientSession) -> str:
        async for page in pages(http, self.url, seller):
            for product in page["products"]:
                self._take(product)
        instant: str = page["metadata"]["timestamp"]
        return instant

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _end(self) -> None:
        for task in self._loading.values():
            task.cancel()
        await asyncio.gather(*self._loading.values(), return_exceptions=True)


async def pages(
    http: aiohttp.ClientSession, url: str, seller: str
) -> AsyncIterator[dict[str, Value]]:
    """The pages of a shop. Raises aiohttp's errors."""
    parameters = {"limit": "50"}
    while True:
        shop = f"{url}/api/v1/shop/{seller}/products"
        async with http.get(shop, params=parameters, raise_for_status=True) as answer:
            page = exact_json.loads(await answer.text())
        yield page
        if not page["pagination"]["hasMore"]:
            return
        parameters["lastKey"] = page["pagination"]["lastEvaluatedKey"]


@asynccontextmanager
async def following(
    url: str, sellers: Sequence[str], *, transports: str = "polling,websocket"
) -> AsyncIterator[Follower]:
    """A follower that is subscribed to the sellers of one instance."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        CLIENTS / "stock_client.mjs",
        f"{url}/products",
        transports,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**22,
    )
    follower = Follower(url=url, sellers=sellers)
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=5)) as http:
        reading = asyncio.create_task(follower._follow(process, http))
        try:
            await follower.until(lambda: follower.subscribed >= len(sellers))
            yield follower
        finally:
            if process.returncode is None:
                process.kill()
            await process.wait()
            await reading
            await follower._end()
