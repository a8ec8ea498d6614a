"""A shop's usual day: products all the time, and clients that come, stay, leave, or never read."""

import asyncio
import random
import statistics
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from tests.harness.service_process import ServiceProcess
from tests.harness.throttling import Rule, Throttle
from tests.notification.raw import silent_reader
from tests.system.deploys.deploys import percentile
from tests.system.deploys.publisher import Publisher, seller_of, videos_of
from tests.system.deploys.visitor import Visitor
from tests.system.waves import Clients, clients_of

THROTTLED = seller_of(0, 1)
_STEADY_A_SELLER = 4
_STOCK_OF_A_KIND = 15
_STOCK_KINDS = ("package", "readme")
_COMING_AND_GOING = 10
_POLLERS = 5
_STREAMS = 5
_SILENT = 3
_STAY_SECONDS = (1.0, 5.0)
_THROTTLED_SECONDS = 10.0
"""Less than a message waits before it is handed back and hidden for long."""
_FREE_SECONDS = 20.0


@dataclass(kw_only=True)
class Deliveries:
    """How long products took from their second half to each of the steady clients, in ms.

    Those of the throttled seller are late on purpose, and not counted.
    """

    publisher: Publisher
    _delays: list[float] = field(default_factory=list)

    def told(self, number: int) -> None:
        """Note that a client was told of a video."""
        if seller_of(number, self.publisher.sellers) != THROTTLED:
            now = asyncio.get_running_loop().time()
            self._delays.append((now - self.publisher.sent_at[number]) * 1000)

    def take(self) -> tuple[float, float] | None:
        """The median and the 99th percentile since the last call; None if nothing was told."""
        delays, self._delays = sorted(self._delays), []
        return (statistics.median(delays), percentile(delays, 99)) if delays else None


@dataclass(kw_only=True)
class Load:
    """Everyone who uses a web process, while products are published.

    Products from `first` on are those of this load; in the end `missed` is how many of them steady
    clients lack, and `left_out` how many stock clients are not back.
    """

    web: ServiceProcess
    publisher: Publisher
    throttle: Throttle
    products_table: str
    deliveries: Deliveries
    chance: random.Random
    first: int
    steady: list[Visitor] = field(default_factory=list)
    stock: list[Clients] = field(default_factory=list)
    missed: int = 0
    left_out: int = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Publish and use the service; at the end everyone has got everything, and has left."""
        async with AsyncExitStack() as stack:
            await self._come_to_stay(stack)
            async with _beside(*self._all_that_goes_on()):
                yield
            self.throttle.rule = None
            for clients in self.stock:
                await clients.ask(cut=False)
            await self.publisher.account.drained()
            await self._until_told_everything()

    def _lacking(self) -> int:
        """How many videos steady clients were not told of."""
        sent, sellers = self.publisher.sent, self.publisher.sellers
        return sum(
            len(
                videos_of(number, sellers, sent)
                - videos_of(number, sellers, self.first)
                - each.held.keys()
            )
            for number, each in enumerate(self.steady)
        )

    async def _come_to_stay(self, stack: AsyncExitStack) -> None:
        for number in range(_STEADY_A_SELLER * self.publisher.sellers):
            seller = seller_of(number, self.publisher.sellers)
            self.steady.append(
                Visitor(port=self.web.port, seller=seller, told=self.deliveries.told)
            )
        await stack.enter_async_context(_beside(*[each.follow for each in self.steady]))
        for each in self.steady:
            await each.live.wait()
        for number, kind in enumerate(_STOCK_KINDS, start=1):
            seller = seller_of(number, self.publisher.sellers)
            opened = clients_of(self.web.url, seller, _STOCK_OF_A_KIND, kind)
            self.stock.append(await stack.enter_async_context(opened))
            await self.stock[-1].ask(cut=True)

    def _all_that_goes_on(self) -> list[Callable[[], Coroutine[Any, Any, None]]]:
        return [
            self.publisher.publish,
            self._throttle_again_and_again,
            *[self._come_and_go] * _COMING_AND_GOING,
            *[self._poll] * _POLLERS,
            *[self._read_streams] * _STREAMS,
            *[self._never_read] * _SILENT,
        ]

    async def _until_told_everything(self) -> None:
        """Wait until steady clients have got everything, and stock clients are back; a minute each.

        Stock clients show a part of a shop, so what they lack is for `make waves` and
        `make upgrade` to say.
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(60):
                while self._lacking():  # noqa: ASYNC110 - clients tell nobody
                    await asyncio.sleep(0.1)
        self.missed = self._lacking()
        for clients in self.stock:
            report = await clients.settled(whole=False)
            self.left_out += clients.count - len(report["liveSince"])

    async def _throttle_again_and_again(self) -> None:
        rule = Rule(sellers=frozenset({THROTTLED}), writes_to=frozenset({self.products_table}))
        while True:
            self.throttle.rule = rule
            await asyncio.sleep(_THROTTLED_SECONDS)
            self.throttle.rule = None
            await asyncio.sleep(_FREE_SECONDS)

    async def _come_and_go(self) -> None:
        while True:
            visitor = Visitor(port=self.web.port, seller=self._any_seller())
            async with _beside(visitor.follow):
                await self._stay()

    async def _poll(self) -> None:
        while True:
            async with aiohttp.ClientSession(self.web.url) as http:
                path = f"/api/v1/shop/{self._any_seller()}/products"
                tag = ""
                for _ in range(5):
                    headers = {"Prefer": "wait=2", "If-None-Match": tag}
                    async with http.get(path, headers=headers) as answer:
                        await answer.read()
                        tag = answer.headers.get("ETag", tag)

    async def _read_streams(self) -> None:
        while True:
            async with (
                aiohttp.ClientSession(self.web.url) as http,
                http.get(f"/api/v1/shop/{self._any_seller()}/events") as stream,
            ):
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.chance.uniform(*_STAY_SECONDS)):
                        await stream.read()

    async def _never_read(self) -> None:
        sellers = [
            seller_of(number, self.publisher.sellers) for number in range(self.publisher.sellers)
        ]
        while True:
            async with silent_reader(self.web, *sellers):
                # Those that the service has not cut by then leave without a word.
                await asyncio.sleep(60)

    async def _stay(self) -> None:
        await asyncio.sleep(self.chance.uniform(*_STAY_SECONDS))

    def _any_seller(self) -> str:
        return seller_of(self.chance.randrange(self.publisher.sellers), self.publisher.sellers)


@asynccontextmanager
async def _beside(*work: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
    """Run all of it during the block, and cancel it at its end. Raises what any of it raises."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(each()) for each in work]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
