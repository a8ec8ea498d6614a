"""What a save of one field costs in a session of 20 KB, and how many people can type at once."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from bench.figure import Figure
from bench.front import front
from bench.instances import SERVICE, Instance, running
from bench.loads.processes import cpu_seconds
from bench.loads.sessions import SETTINGS, people
from bench.local_aws import Account, local_aws
from bench.meter import Meter
from bench.resources import resources

_CALLS = re.compile(r'^assembly_aws_calls_total\{operation="(\w+)",.*\} (\S+)$', re.MULTILINE)
_OF_THE_RELAY = {"Query", "BatchWriteItem"}
_CROWD = 300
_LEAST_SHARE = 0.95
_LARGER = 1.25
_MOST_PEOPLE = 5_000


@dataclass(frozen=True, kw_only=True)
class _Typing:
    """What people who type at once see. Delays are in milliseconds, CPU in cores."""

    people: int
    saves_a_second: float
    median: float
    percentile_99: float
    cores: float

    @property
    def keeps_up(self) -> bool:
        """Whether each of them could save about once a second."""
        return self.saves_a_second >= _LEAST_SHARE * self.people


async def measure(quick: bool) -> list[Figure]:
    """Measure CPU, AWS calls and units a save; the delay for 300 people, and how many are too many.

    The relay's calls are counted apart: it publishes the events of many saves together. People,
    instance and local AWS share the machine, so the number of people at which it no longer keeps
    up is a floor. Units are counted by a front, in a run of its own.
    """
    sessions, rounds = (8, 4) if quick else (100, 20)
    with local_aws() as aws:
        cpu_ms, calls = await _cost(aws.fresh_account(), sessions=sessions, rounds=rounds)
        written, read = await _units(aws.fresh_account(), sessions=8, rounds=2)
        typing = await _typing(aws.fresh_account(), quick)
    of_saves = sum(number for name, number in calls.items() if name not in _OF_THE_RELAY)
    crowd, last = typing[0], typing[-1]
    details: dict[str, object] = {
        "aws_calls": dict(calls),
        "units": {"write_units": written, "read_units": read},
        "typing": [asdict(each) for each in typing],
        "saturated": not last.keeps_up,
    }
    return [
        Figure(
            row="a save of one field, 20 KB session",
            measured=round(cpu_ms, 2),
            unit="ms CPU",
            target=1.5,
            details=details,
        ),
        Figure(
            row="AWS calls a save, but for the relay's",
            measured=round(of_saves, 2),
            unit="calls",
            target=3,
            details=details,
        ),
        Figure(
            row=f"{crowd.people} people typing, 99th percentile",
            measured=round(crowd.percentile_99, 1),
            unit="ms",
            target=100,
            details=details,
        ),
    ]


async def _cost(account: Account, *, sessions: int, rounds: int) -> tuple[float, Counter[str]]:
    """CPU in milliseconds, and AWS calls by operation, of one save."""
    async with (
        running(SERVICE, account, **SETTINGS) as instance,
        resources(account) as aws,
        people(instance.url) as typists,
    ):
        await typists.begin(sessions)
        await typists.save_each(1)
        await aws.until_published()
        cpu, calls = cpu_seconds(instance.process.pid), await _calls(instance)
        await typists.save_each(rounds)
        await aws.until_published()
        cpu = cpu_seconds(instance.process.pid) - cpu
        calls = await _calls(instance) - calls
    saves = sessions * rounds
    each = Counter({name: number / saves for name, number in calls.items()})
    return cpu / saves * 1000, each


async def _units(account: Account, *, sessions: int, rounds: int) -> tuple[float, float]:
    """Write and read units of one save. Raises BenchFailed if not every call could be counted."""
    async with resources(account) as aws:
        meter = Meter(dynamodb=aws.dynamodb)
        async with (
            front(account.environment["AWS_ENDPOINT_URL"], meter.watch) as url,
            running(SERVICE, account, AWS_ENDPOINT_URL_DYNAMODB=url, **SETTINGS) as instance,
            people(instance.url) as typists,
        ):
            await typists.begin(sessions)
            await aws.until_published()
            written, read = meter.units
            await typists.save_each(rounds)
            await aws.until_published()
            saves = sessions * rounds
            return (
                round((meter.units[0] - written) / saves, 2),
                round((meter.units[1] - read) / saves, 2),
            )


async def _typing(account: Account, quick: bool) -> Sequence[_Typing]:
    """Measure the crowd, then larger ones, until the instance does not keep up."""
    crowd, seconds, more_seconds = (10, 2.0, 0.0) if quick else (_CROWD, 60.0, 15.0)
    seen: list[_Typing] = []
    async with (
        running(SERVICE, account, **SETTINGS) as instance,
        people(instance.url) as typists,
    ):
        while True:
            await typists.begin(crowd)
            cpu = cpu_seconds(instance.process.pid)
            delays = await typists.type(crowd, seconds)
            cpu = cpu_seconds(instance.process.pid) - cpu
            seen.append(
                _Typing(
                    people=crowd,
                    saves_a_second=round(len(delays) / seconds, 1),
                    median=round(delays[len(delays) // 2], 1),
                    percentile_99=round(delays[int(len(delays) * 0.99)], 1),
                    cores=round(cpu / seconds, 2),
                )
            )
            if not more_seconds or not seen[-1].keeps_up or crowd > _MOST_PEOPLE:
                return seen
            crowd, seconds = round(crowd * _LARGER), more_seconds


async def _calls(instance: Instance) -> Counter[str]:
    found: Counter[str] = Counter()
    for operation, number in _CALLS.findall(await instance.metrics()):
        found[operation] += round(float(number))
    return found
