"""All clients of a deploy, in groups, and how they fare."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bench.loads.processes import DrivenProgram, python, running_program
from tests.system.deploys.publisher import Publisher, seller_of
from tests.system.waves import KINDS, Clients, clients_of

_VISITORS_A_PROCESS = 2_500
_SETTLE_SECONDS = 120
_POLL_SECONDS = 0.25

Ask = Callable[[int], Awaitable[Mapping[str, Any]]]
"""Asks clients for the fields of a report, given how many videos were sent."""


@dataclass(kw_only=True)
class Report:
    """How clients fared. Times are milliseconds since 1970; an absence is its end and length."""

    live: int = 0
    missed: int = 0
    expected: int = 0
    resyncs: int = 0
    refusals: int = 0
    attempts: list[float] = field(default_factory=list)
    goodbyes: list[float] = field(default_factory=list)
    absences: list[tuple[float, float]] = field(default_factory=list)

    def add(self, part: Mapping[str, Any]) -> None:
        """Add what some more clients reported."""
        for name, value in part.items():
            setattr(self, name, getattr(self, name) + value)

    def sentence(self, clients: int) -> str:
        """What so many clients missed, and how many follow again."""
        return (
            f"{self.missed:,} of {self.expected:,} missed, {self.live:,} of {clients:,} live"
            f" ({self.resyncs} asked to reload, {self.refusals} subscriptions refused)"
        )


@dataclass(frozen=True, kw_only=True)
class Group:
    """So many clients of one kind; each of `asks` asks some of them."""

    name: str
    count: int
    asks: Sequence[Ask]

    async def report(self, sent: int) -> Report:
        """Return how they fare."""
        report = Report()
        for part in await asyncio.gather(*(ask(sent) for ask in self.asks)):
            report.add(part)
        return report


@dataclass(frozen=True, kw_only=True)
class Crowd:
    """All clients, and who publishes to them."""

    groups: Sequence[Group]
    publisher: Publisher

    async def reports(self) -> dict[str, Report]:
        """Return how each group fares."""
        return {each.name: await each.report(self.publisher.sent) for each in self.groups}

    async def until_back(self, left: int, since: float) -> dict[str, Report]:
        """Wait until so many absences have ended since a time, and all are live."""

        def is_back(reports: Mapping[str, Report]) -> bool:
            ended = sum(end >= since for each in reports.values() for end, _ in each.absences)
            return ended >= left and self._all_live(reports)

        return await self._until(is_back)

    async def until_whole(self) -> dict[str, Report]:
        """Wait until all are live and nobody lacks anything; the last reports after a while."""

        def is_whole(reports: Mapping[str, Report]) -> bool:
            return self._all_live(reports) and not any(each.missed for each in reports.values())

        return await self._until(is_whole)

    def _all_live(self, reports: Mapping[str, Report]) -> bool:
        return all(reports[each.name].live == each.count for each in self.groups)

    async def _until(self, done: Callable[[Mapping[str, Report]], bool]) -> dict[str, Report]:
        deadline = time.monotonic() + _SETTLE_SECONDS
        while not done(reports := await self.reports()) and time.monotonic() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        return reports


@asynccontextmanager
async def crowd(
    port: int, publisher: Publisher, *, visitors: int, stock: int, kinds: Sequence[str]
) -> AsyncIterator[Crowd]:
    """Connect so many visitors, and so many clients of each kind of Node; all are live."""
    async with AsyncExitStack() as opened:
        groups = [await _visitors(opened, port, publisher.sellers, visitors)]
        for number, kind in enumerate(kinds):
            seller = seller_of(number, publisher.sellers)
            url = f"http://127.0.0.1:{port}"
            clients = await opened.enter_async_context(clients_of(url, seller, stock, kind))
            groups.append(Group(name=KINDS[kind], count=stock, asks=[_ask_stock(clients)]))
        yield Crowd(groups=groups, publisher=publisher)


async def _visitors(opened: AsyncExitStack, port: int, sellers: int, count: int) -> Group:
    asks = []
    for start in range(0, count, _VISITORS_A_PROCESS):
        program = await opened.enter_async_context(
            running_program(*python("tests.system.deploys.visitors"))
        )
        share = min(_VISITORS_A_PROCESS, count - start)
        await program.ask(port=port, sellers=sellers, count=share)
        asks.append(_ask_visitors(program))
    return Group(name="light clients", count=count, asks=asks)


def _ask_visitors(program: DrivenProgram) -> Ask:
    return lambda sent: program.ask(sent=sent)


def _ask_stock(clients: Clients) -> Ask:
    async def ask(_sent: int) -> Mapping[str, Any]:
        report = await clients.ask(report=True)
        return {
            "live": len(report["liveSince"]),
            "missed": report["missed"],
            "expected": report["products"] * clients.count,
            "resyncs": report["resyncs"],
            "attempts": report["attempts"],
            "absences": report["absences"],
        }

    return ask
