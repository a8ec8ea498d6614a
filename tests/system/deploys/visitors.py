"""Visitors in a process of their own, whose parent says how many, and asks how they fare."""

import asyncio
from dataclasses import dataclass, field

import uvloop

from bench.loads.lines import requests, say
from bench.loads.processes import raise_file_limit
from tests.system.deploys.publisher import seller_of, videos_of
from tests.system.deploys.visitor import Visitor

_CONNECTING_AT_ONCE = 50


@dataclass(kw_only=True)
class Visitors:
    """Visitors of so many sellers, in turn."""

    sellers: int
    _all: list[Visitor] = field(default_factory=list)
    _following: list[asyncio.Task[None]] = field(default_factory=list)

    async def connect(self, port: int, count: int) -> None:
        """Connect so many; return when all are live."""
        for start in range(0, count, _CONNECTING_AT_ONCE):
            some = [
                Visitor(port=port, seller=seller_of(number, self.sellers))
                for number in range(start, min(count, start + _CONNECTING_AT_ONCE))
            ]
            self._all += some
            self._following += [asyncio.create_task(each.follow()) for each in some]
            for each in some:
                await each.live.wait()

    def report(self, sent: int) -> dict[str, object]:
        """Return how they fare, and what they lack of so many videos that were sent."""
        expected = {
            seller_of(number, self.sellers): videos_of(number, self.sellers, sent)
            for number in range(self.sellers)
        }
        return {
            "live": sum(each.live.is_set() for each in self._all),
            "missed": sum(len(expected[each.seller] - each.held.keys()) for each in self._all),
            "expected": sum(len(expected[each.seller]) for each in self._all),
            "resyncs": sum(each.resyncs for each in self._all),
            "refusals": sum(each.refusals for each in self._all),
            "attempts": [each for visitor in self._all for each in visitor.attempts],
            "goodbyes": [each for visitor in self._all for each in visitor.goodbyes],
            "absences": [each for visitor in self._all for each in visitor.absences],
        }

    async def leave(self) -> None:
        """Disconnect all."""
        for task in self._following:
            task.cancel()
        await asyncio.gather(*self._following, return_exceptions=True)


async def main() -> None:
    """Obey until the parent ends the input."""
    raise_file_limit()
    say(ready=True)
    visitors: Visitors | None = None
    async for request in requests():
        if visitors is None:
            visitors = Visitors(sellers=request["sellers"])
            await visitors.connect(request["port"], request["count"])
            say(live=True)
        else:
            say(**visitors.report(request["sent"]))


if __name__ == "__main__":
    uvloop.run(main())
