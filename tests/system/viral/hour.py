"""One seller whom everybody begins to watch, beside sellers of whom nobody speaks."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from assembly_service.domain.product import HalfKind, ProductKey
from bench.loads.processes import DrivenProgram, python, running_program
from tests.harness.pipeline import Pipeline
from tests.harness.small_events import event
from tests.system.deploys.visitor import now
from tests.system.viral.waits import sentence

VIRAL = "viral"
MOST_QUERIES = 20
"""A second: one for the window, four each for pages and for what followed, and a few in a row."""
_SETTLE_SECONDS = 30
_POLL_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True)
class Amounts:
    """How much of everything. Rates are videos a second, of the viral seller and of all others.

    `watchers` come over `surge` seconds; `seconds` pass before they come, and twice as many after.
    """

    watchers: int = 500
    surge: int = 5
    rate: int = 10
    others: int = 20
    others_rate: int = 10
    seconds: int = 10


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of it: `saw` answers of the audiences, and the most reads in a second."""

    before: Mapping[str, Any]
    meanwhile: Mapping[str, Any]
    viral: Mapping[str, Any]
    joined: Mapping[str, Any]
    queries: float

    def total(self, name: str) -> int:
        """How many products all watchers lack (`missed`), of how many (`expected`)."""
        return sum(each[name] for each in (self.before, self.meanwhile, self.viral))

    @property
    def is_good(self) -> bool:
        """Whether nobody missed anything, for few reads. What is quick depends on the machine."""
        is_tried = self.total("expected") > 0 and self.queries > 0
        return is_tried and self.total("missed") == 0 and self.queries < MOST_QUERIES

    def sentences(self) -> list[str]:
        """The figures, a line each."""
        return [
            f"The others before: {sentence(self.before['waits'])}",
            f"The others meanwhile: {sentence(self.meanwhile['waits'])}",
            f"Page and subscription of those who came: {sentence(self.joined['waits'])}",
            f"Their products: {sentence(self.viral['waits'])}",
            f"At most {self.queries:.1f} queries a second",
            f"{self.total('missed'):,} of {self.total('expected'):,} missed",
        ]


@dataclass(kw_only=True)
class Traffic:
    """Sends videos, and keeps when."""

    account: Pipeline
    sent: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    _numbers: Iterator[int] = field(default_factory=count)

    async def publish(self, sellers: Sequence[str], rate: float) -> None:
        """Send so many videos a second, of these sellers in turn, until cancelled."""
        began = time.monotonic()
        for turn in count():
            await asyncio.sleep(began + turn / rate - time.monotonic())
            number, seller = next(self._numbers), sellers[turn % len(sellers)]
            key = ProductKey(seller, f"{number:06}")
            await self.account.send(HalfKind.CAPTION, event(HalfKind.CAPTION, 1, key=key))
            at = now()
            await self.account.send(HalfKind.THUMBNAIL, event(HalfKind.THUMBNAIL, 1, key=key))
            self.sent[seller].append((number, at))

    def between(self, start: float, end: float) -> dict[str, list[tuple[int, float]]]:
        """What was sent from a time to another."""
        return {
            seller: [each for each in videos if start <= each[1] < end]
            for seller, videos in self.sent.items()
        }


async def hour(url: str, account: Pipeline, amounts: Amounts) -> Outcome:
    """Let it happen at a running service, and say what came of it."""
    traffic, port = Traffic(account=account), int(url.rpartition(":")[2])
    others = [f"other-{number}" for number in range(amounts.others)]
    program = python("tests.system.viral.audience")
    async with running_program(*program) as quiet, running_program(*program) as crowd:
        await quiet.ask(act="join", port=port, sellers=others, count=3 * len(others), seconds=0)
        start = now()
        async with _meanwhile(traffic.publish(others, amounts.others_rate)):
            await asyncio.sleep(amounts.seconds)
            surge = now()
            reads: list[float] = []
            async with (
                _meanwhile(traffic.publish([VIRAL], amounts.rate)),
                _meanwhile(_count_queries(url, reads)),
            ):
                joined = await crowd.ask(
                    act="join",
                    port=port,
                    sellers=[VIRAL],
                    count=amounts.watchers,
                    seconds=amounts.surge,
                )
                await asyncio.sleep(2 * amounts.seconds)
        await account.drained()
        return Outcome(
            before=await _settled(quiet, traffic.between(start, surge)),
            meanwhile=await _settled(quiet, traffic.between(surge, now())),
            viral=await _settled(crowd, traffic.between(surge, now())),
            joined=joined,
            queries=max(reads, default=0),
        )


async def _settled(program: DrivenProgram, sent: Mapping[str, Any]) -> dict[str, Any]:
    """What an audience saw, once nobody lacks anything or after a while."""
    deadline = time.monotonic() + _SETTLE_SECONDS
    while (saw := await program.ask(act="saw", sent=sent))["missed"]:
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(_POLL_SECONDS)
    return saw


async def _count_queries(url: str, reads: list[float]) -> None:
    """Note once a second how many queries a second there were since the last time."""
    async with aiohttp.ClientSession(url) as http:
        seen, at = await _queries(http), time.monotonic()
        while True:
            await asyncio.sleep(1)
            before, since = seen, at
            seen, at = await _queries(http), time.monotonic()
            reads.append((seen - before) / (at - since))


async def _queries(http: aiohttp.ClientSession) -> float:
    async with http.get("/metrics") as answer:
        families = text_string_to_metric_families(await answer.text())
    samples = (sample for family in families for sample in family.samples)
    return sum(
        each.value
        for each in samples
        if each.name == "assembly_aws_calls_total" and each.labels["operation"] == "Query"
    )


@asynccontextmanager
async def _meanwhile(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do some endless work until the end; raises what it raises."""
    task = asyncio.create_task(work)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
