"""What other sellers notice while one is throttled, and when its own products exist."""

import asyncio
from collections.abc import Mapping
from statistics import median

from bench.figure import Figure
from bench.local_aws import local_aws
from bench.throttled import Course, Run, run
from tests.harness.hot_sellers import FORTY_WAITING, READS, SCENARIOS, Scenario

_FULL = Course(rate=20, quiet=20, throttled=90, gap=0.5, waiting=400, patience=1260)
_QUICK = Course(rate=10, quiet=1, throttled=1, gap=0.1, waiting=3, patience=60)
_RUNS = [(scenario, instances) for scenario in SCENARIOS for instances in (1, 2)]
_QUICK_RUNS = [(FORTY_WAITING, 1), (READS, 2)]
_NAMED = 10

_Runs = Mapping[tuple[Scenario, int], Run]


async def measure(quick: bool) -> list[Figure]:
    """Every scenario on one instance and on two: 20 s of quiet, then 90 s of throttling.

    While one run waits for messages that were handed back for long, the next one begins.
    """
    course, wanted = (_QUICK, _QUICK_RUNS) if quick else (_FULL, _RUNS)
    loud = asyncio.Lock()
    with local_aws() as aws:
        tasks = [
            asyncio.create_task(
                run(aws.fresh_account(), scenario, course, instances=instances, loud=loud)
            )
            for scenario, instances in wanted
        ]
        try:
            done = await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
    return _figures(dict(zip(wanted, done, strict=True)))


def _figures(runs: _Runs) -> list[Figure]:
    """Three of each scenario, each the worse of one instance and of two; two of all together."""
    scenarios = list(dict.fromkeys(scenario for scenario, _ in runs))
    figures = [figure for scenario in scenarios for figure in _of_scenario(runs, scenario)]
    return [*figures, *_of_all(runs)]


def _of_scenario(runs: _Runs, wanted: Scenario) -> list[Figure]:
    own = {number: each for (scenario, number), each in runs.items() if scenario == wanted}
    details: dict[str, object] = {f"instances: {n}": _details(own[n]) for n in own}
    return [
        Figure(
            row=f"{wanted.name}: median of the others, as a multiple of the quiet one",
            measured=max(median(each.delays) / median(each.quiet) for each in own.values()),
            unit="times",
            target=2,
            details=details,
        ),
        Figure(
            row=f"{wanted.name}: slowest product of the others",
            measured=max(each.delays[-1] for each in own.values()),
            unit="s",
            target=1,
            details=details,
        ),
        Figure(
            row=f"{wanted.name}: all is there after the end",
            measured=max(each.recovery for each in own.values()),
            unit="s",
            target=1200,
            details=details,
        ),
    ]


def _of_all(runs: _Runs) -> list[Figure]:
    return [
        Figure(
            row="throttled sellers: looks at which an instance was not ready",
            measured=sum(len(each.unready) for each in runs.values()),
            unit="probes",
            target=0,
            details={"probes": sum(each.probes for each in runs.values())},
        ),
        Figure(
            row="throttled sellers: lost, doubled, dead-lettered or left over",
            measured=sum(
                each.lost + each.doubled + each.dead_lettered + each.left for each in runs.values()
            ),
            unit="products",
            target=0,
        ),
    ]


def _details(done: Run) -> dict[str, object]:
    return {
        "products_of_others": len(done.delays),
        "quiet_median_ms": round(median(done.quiet) * 1000, 1),
        "quiet_worst_ms": round(done.quiet[-1] * 1000),
        "median_ms": round(median(done.delays) * 1000, 1),
        "last_percent_ms": round(done.delays[int(len(done.delays) * 0.99)] * 1000),
        "worst_ms": round(done.delays[-1] * 1000),
        "items_throttled": done.throttled,
        "probes": done.probes,
        "unready": done.unready[:_NAMED],
        "recovery_seconds": round(done.recovery, 1),
        "lost": done.lost,
        "doubled": done.doubled,
        "dead_lettered": done.dead_lettered,
        "left": done.left,
        "load": round(done.load, 1),
    }
