"""Many pollers of one shop: the queries they cause, and how old their answers can be."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.changes import Change, Changer
from bench.loads.processes import (
    DrivenProgram,
    cpu_seconds,
    python,
    raise_file_limit,
    running_program,
)
from bench.loads.shelf import Row, put
from bench.loads.work import calls
from bench.local_aws import local_aws
from bench.resources import resources
from bench.subscriber import subscriber

_SHOP = "home256"
_PRODUCTS = 500
_DAY = 86_400_000
_INTERVAL_SECONDS = 2.0
_NO_CHANGE, _BETWEEN_CHANGES, _CHANGES = 0.4, 0.1, 4
"""Shares of the whole time: quiet at first, then a change at every step."""


async def measure(quick: bool) -> list[Figure]:
    """Measure queries a second, and the age of answers after a change elsewhere and here."""
    raise_file_limit()
    pollers, seconds = (50, 4.0) if quick else (1000, 20.0)
    async with AsyncExitStack() as opened:
        account = opened.enter_context(local_aws()).fresh_account()
        await put(account, _rows())
        instance = await opened.enter_async_context(running(SERVICE, account))
        load = await opened.enter_async_context(running_program(*python("bench.loads.pollers")))
        hearing = await opened.enter_async_context(subscriber(instance.url, [_SHOP]))
        writing = await opened.enter_async_context(resources(account))
        changer = Changer(account=account, seller=_SHOP, writing=writing, hearing=hearing)
        run = await _run(instance, load, changer, pollers=pollers, seconds=seconds)
    return _figures(run, pollers)


@dataclass(frozen=True, kw_only=True)
class _Run:
    """What the instance did in `seconds`, and what the pollers saw."""

    seconds: float
    cpu: float
    queries: float
    batch_gets: float
    changes: Sequence[Change]
    end: int
    seen: Mapping[str, Any]

    @property
    def answers(self) -> int:
        """The number of successful polls."""
        return int(self.seen["first"] + len(self.seen["not_modified"]) + len(self.seen["modified"]))


async def _run(
    instance: Instance, load: DrivenProgram, changer: Changer, *, pollers: int, seconds: float
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
        end=time.monotonic_ns(),
        seen=seen,
    )


def _figures(run: _Run, pollers: int) -> list[Figure]:
    elsewhere = [_unaware(run, change, pollers) for change in run.changes if not change.here]
    here = [_unaware(run, change, pollers) for change in run.changes if change.here]
    wanted = pollers / _INTERVAL_SECONDS
    name = f"{pollers:,} pollers of one shop"
    return [
        Figure(
            row=f"{name}, each every 2 s: DynamoDB queries",
            # Per answer: a server gains nothing by leaving polls unanswered.
            measured=round(run.queries / run.answers * wanted, 1),
            unit="a second",
            target=1.0,
            details={"polls_wanted_a_second": wanted} | _details(run),
        ),
        Figure(
            row=f"{name}: oldest list shown after a change elsewhere",
            measured=max((each for ages in elsewhere for each in ages), default=0.0),
            unit="s",
            target=1.0,
            details={"pollers_that_saw_each_change": _aware(run, here=False)},
        ),
        Figure(
            row=f"{name}: old lists shown after a change on the same instance",
            measured=sum(1 for ages in here for each in ages if each > 0),
            unit="lists",
            target=0,
            details={"pollers_that_saw_each_change": _aware(run, here=True)},
        ),
    ]


def _unaware(run: _Run, change: Change, pollers: int) -> list[float]:
    """For each poller how long after the change it asked and was still not shown it, or 0.

    One that was never shown it counts as if it had asked until the end.
    """
    asked = run.seen["unaware"].get(change.video_id, [])
    asked = [*asked, *[run.end] * (pollers - len(asked))]
    return [max(0.0, round((each - change.over) / 1e9, 3)) for each in asked]


def _aware(run: _Run, *, here: bool) -> list[int]:
    changes = [change.video_id for change in run.changes if change.here == here]
    return [len(run.seen["unaware"].get(video_id, [])) for video_id in changes]


def _details(run: _Run) -> dict[str, object]:
    not_modified, modified = run.seen["not_modified"], run.seen["modified"]
    first_change = run.changes[0].over
    quiet = [
        sum(1 for answered in each if answered < first_change) for each in (not_modified, modified)
    ]
    seconds = run.seen["seconds"]
    again = len(not_modified) + len(modified)
    return {
        "seconds": round(run.seconds, 1),
        "queries": run.queries,
        "batch_gets": run.batch_gets,
        "answers": run.answers,
        "answers_a_second": round(run.answers / run.seconds),
        "failed": run.seen["failed"],
        "cpu_milliseconds_an_answer": round(run.cpu / run.answers * 1000, 2),
        "not_modified_share": round(len(not_modified) / (again or 1), 3),
        "not_modified_share_before_the_first_change": round(quiet[0] / (sum(quiet) or 1), 3),
        "median_milliseconds": round(median(seconds) * 1000, 1),
        "last_percent_milliseconds": round(quantiles(seconds, n=100)[98] * 1000, 1),
    }


def _rows() -> list[Row]:
    now = time.time_ns() // 1_000_000
    return [Row(_SHOP, f"video-{number:04}", now - _DAY - number) for number in range(_PRODUCTS)]
