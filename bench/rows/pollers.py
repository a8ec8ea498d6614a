"""Many pollers of one shop: the queries they cost, and how old what they are shown can be."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.processes import (
    DrivenProgram,
    cpu_seconds,
    python,
    raise_file_limit,
    running_program,
)
from bench.loads.products import sample_events
from bench.loads.shelf import Row, put
from bench.loads.work import calls
from bench.local_aws import Account, local_aws
from bench.resources import Resources, resources
from bench.subscriber import Subscriber, subscriber

_SHOP = "home256"
_PRODUCTS = 500
_DAY = 86_400_000
_INTERVAL_SECONDS = 2.0
_NO_CHANGE, _BETWEEN_CHANGES, _CHANGES = 0.4, 0.1, 4
"""Parts of the whole time: all is quiet at first, then a change comes at every step."""


@dataclass(frozen=True, kw_only=True)
class _Change:
    """A product that was changed, and when that was over: nanoseconds, on the monotonic clock."""

    video_id: str
    here: bool
    over: int


async def measure(quick: bool) -> list[Figure]:
    """Queries a second; the age of what is shown after a change elsewhere, and after one here."""
    raise_file_limit()
    pollers, seconds = (50, 5.0) if quick else (1000, 20.0)
    async with AsyncExitStack() as opened:
        account = opened.enter_context(local_aws()).fresh_account()
        await put(account, _rows())
        instance = await opened.enter_async_context(running(SERVICE, account))
        load = await opened.enter_async_context(running_program(*python("bench.loads.pollers")))
        hearing = await opened.enter_async_context(subscriber(instance.url, [_SHOP]))
        writing = await opened.enter_async_context(resources(account))
        run = await _run(
            instance, load, _Changer(account, writing, hearing), pollers=pollers, seconds=seconds
        )
    return _figures(run, pollers)


class _Changer:
    """Changes products: elsewhere, straight in the table, or here, through the queues."""

    def __init__(self, account: Account, writing: Resources, hearing: Subscriber) -> None:
        self._account = account
        self._writing = writing
        self._hearing = hearing

    async def change(self, number: int) -> _Change:
        """Make the change of that number; every second one is made here."""
        video_id = f"change-{number}"
        here = number % 2 == 1
        if here:
            over = await self._publish(video_id)
        else:
            await put(self._account, [Row(_SHOP, video_id, time.time_ns() // 1_000_000)])
            over = time.monotonic_ns()
        return _Change(video_id=video_id, here=here, over=over)

    async def _publish(self, video_id: str) -> int:
        """Send both halves; when the event came, from which on no answer may lack the product."""
        key = {"seller_handle": _SHOP, "video_id": video_id}
        for kind, event in zip(
            (HalfKind.CAPTION, HalfKind.THUMBNAIL), sample_events(), strict=True
        ):
            await self._writing.send(kind, exact_json.dumps(event | key).decode())
        await self._hearing.until(lambda: video_id in self._hearing.heard)
        return round(self._hearing.heard[video_id] * 1e9)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What the instance did in `seconds`, and what the pollers saw."""

    seconds: float
    cpu: float
    queries: float
    batch_gets: float
    changes: Sequence[_Change]
    seen: Mapping[str, Any]


async def _run(
    instance: Instance, load: DrivenProgram, changer: _Changer, *, pollers: int, seconds: float
) -> _Run:
    before, cpu = await instance.metrics(), cpu_seconds(instance.process.pid)
    start = time.monotonic()
    polling = asyncio.create_task(
        load.ask(
            url=instance.url,
            seller=_SHOP,
            pollers=pollers,
            interval=_INTERVAL_SECONDS,
            seconds=seconds,
        )
    )
    changes = []
    for number in range(_CHANGES):
        due = start + seconds * (_NO_CHANGE + number * _BETWEEN_CHANGES)
        await asyncio.sleep(max(0, due - time.monotonic()))
        changes.append(await changer.change(number))
    seen = await polling
    passed = time.monotonic() - start
    after = await instance.metrics()
    return _Run(
        seconds=passed,
        cpu=cpu_seconds(instance.process.pid) - cpu,
        queries=calls(after, "Query") - calls(before, "Query"),
        batch_gets=calls(after, "BatchGetItem") - calls(before, "BatchGetItem"),
        changes=changes,
        seen=seen,
    )


def _figures(run: _Run, pollers: int) -> list[Figure]:
    elsewhere = [_seconds_unaware(run, change) for change in run.changes if not change.here]
    here = [_seconds_unaware(run, change) for change in run.changes if change.here]
    name = f"{pollers:,} pollers of one shop"
    return [
        Figure(
            row=f"{name}, each every 2 s: DynamoDB queries",
            measured=round(run.queries / run.seconds, 1),
            unit="a second",
            target=1.0,
            details={"polls_wanted_a_second": pollers / _INTERVAL_SECONDS} | _details(run),
        ),
        Figure(
            row=f"{name}: oldest list shown after a change elsewhere",
            measured=max((each for ages in elsewhere for each in ages), default=0.0),
            unit="s",
            target=1.0,
            details={"pollers_that_saw_each_change": [len(ages) for ages in elsewhere]},
        ),
        Figure(
            row=f"{name}: old lists shown after a change on the same instance",
            measured=sum(1 for ages in here for each in ages if each > 0),
            unit="lists",
            target=0,
            details={"pollers_that_saw_each_change": [len(ages) for ages in here]},
        ),
    ]


def _seconds_unaware(run: _Run, change: _Change) -> list[float]:
    """For each poller how long after the change it asked and was still not shown it, or 0."""
    asked = run.seen["unaware"].get(change.video_id, [])
    return [max(0.0, round((each - change.over) / 1e9, 3)) for each in asked]


def _details(run: _Run) -> dict[str, object]:
    not_modified, modified = run.seen["not_modified"], run.seen["modified"]
    first_change = run.changes[0].over
    quiet = [sum(1 for asked in each if asked < first_change) for each in (not_modified, modified)]
    seconds = run.seen["seconds"]
    again = len(not_modified) + len(modified)
    answers = run.seen["first"] + again
    return {
        "seconds": round(run.seconds, 1),
        "queries": run.queries,
        "batch_gets": run.batch_gets,
        "answers": answers,
        "answers_a_second": round(answers / run.seconds),
        "failed": run.seen["failed"],
        "cpu_milliseconds_an_answer": round(run.cpu / answers * 1000, 2),
        "not_modified_share": round(len(not_modified) / (again or 1), 3),
        "not_modified_share_before_the_first_change": round(quiet[0] / (sum(quiet) or 1), 3),
        "median_milliseconds": round(median(seconds) * 1000, 1),
        "last_percent_milliseconds": round(quantiles(seconds, n=100)[98] * 1000, 1),
    }


def _rows() -> list[Row]:
    now = time.time_ns() // 1_000_000
    return [Row(_SHOP, f"video-{number:04}", now - _DAY - number) for number in range(_PRODUCTS)]
