"""`make chaos`: kill instances at random while videos arrive, then check the result.

The environment sets VIDEOS, SECONDS of killing, INSTANCES, and SEED, which repeats a run: the same
traffic, pauses and victims, though not to the microsecond.
"""

import asyncio
import os
import random
import sys
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import click

from tests.harness.follower import Follower
from tests.harness.pipeline import Pipeline
from tests.promises.runs import amounts_of, outcome
from tests.system.chaos.fleet import Fleet, followers_of, open_stores, running_fleet
from tests.system.chaos.havoc import Front, Havoc
from tests.system.chaos.traffic import Traffic, make_traffic, send
from tests.system.chaos.verdict import Verdict, judge, until_empty

_COMMAND = "make chaos"
_SHARE_OF_SENDING = 0.9
_MOST_SECONDS_AROUND = 500
_EMPTY_SECONDS = 200
_PROGRESS_SECONDS = 5
_SECONDS_FOR_VALKEY = 30
"""Of killing: in less time the outage of Valkey leaves none to cut the front off."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The size of a run."""

    seed: int
    videos: int
    seconds: float
    instances: int

    @property
    def command(self) -> str:
        """The settings that repeat the run."""
        amounts = f"VIDEOS={self.videos} SECONDS={self.seconds:g} INSTANCES={self.instances}"
        return f"{_COMMAND} SEED={self.seed} {amounts}"

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> "Plan":
        """Read the environment. Raises SystemExit with a sentence if a value is not a number."""
        try:
            return cls(
                seed=int(environment.get("SEED") or random.randrange(10**6)),
                videos=int(environment.get("VIDEOS") or 3000),
                seconds=float(environment.get("SECONDS") or 90),
                instances=int(environment.get("INSTANCES") or 2),
            )
        except ValueError as error:
            sys.exit(f"SEED, VIDEOS, SECONDS and INSTANCES have to be numbers: {error}.")


@dataclass(kw_only=True)
class Run:
    """A run in progress."""

    plan: Plan
    account: Pipeline
    traffic: Traffic
    fleet: Fleet
    followers: list[Follower]
    havoc: Havoc
    sent: int = 0
    began: float = field(default_factory=time.monotonic)

    async def send(self) -> None:
        """Send the traffic in bursts, over most of the killing."""
        pause = self.plan.seconds * _SHARE_OF_SENDING / len(self.traffic.bursts)
        for number, burst in enumerate(self.traffic.bursts):
            await asyncio.sleep(self.began + number * pause - time.monotonic())
            self.havoc.burst.set()
            self.sent += len(await send(self.account, burst))

    async def report(self) -> None:
        """Print a line every few seconds."""
        while True:
            await asyncio.sleep(_PROGRESS_SECONDS)
            handled = sum(len(set(each.journal.handled)) for each in self.fleet.instances)
            click.echo(
                f"{time.monotonic() - self.began:4.0f} s  sent {self.sent}/{self.traffic.messages}"
                f"  handled {handled}  kills {self.havoc.kills}  starts {self.havoc.starts}"
                f"  valkey kills {self.havoc.valkey_kills}"
            )

    @property
    def redeliveries(self) -> int:
        """How often messages were redelivered."""
        return sum(each.journal.redelivered for each in self.fleet.instances)

    def unproven(self) -> list[str]:
        """What a meaningful run has to meet and this one has not, as sentences."""
        wanted = {
            "No instance was killed": self.havoc.kills,
            "No message was redelivered": self.redeliveries,
        }
        if self.plan.seconds >= _SECONDS_FOR_VALKEY:
            wanted |= {
                "Valkey was not killed": self.havoc.valkey_kills,
                "No instance was cut off from Valkey": self.havoc.cuts,
            }
        remedy = "the run proves nothing about that; give it more SECONDS or VIDEOS."
        return [f"{missing}: {remedy}" for missing, times in wanted.items() if not times]

    def summary(self, verdict: Verdict) -> str:
        """Report what was done and the result."""
        figures = {
            "kills": self.havoc.kills,
            "restarts": self.havoc.starts,
            "kills of Valkey": self.havoc.valkey_kills,
            "cut off from it": self.havoc.cuts,
            "messages": self.sent,
            "redeliveries": self.redeliveries,
            "connections": sum(each.connections for each in self.followers),
            "pushes": sum(each.pushes for each in self.followers),
            "resyncs": sum(each.resyncs for each in self.followers),
            "products": verdict.products,
            "losses": len(verdict.losses),
            "doubles": len(verdict.doubles),
            "seconds": round(time.monotonic() - self.began),
        }
        return "\n".join(f"{name:>16}  {value}" for name, value in figures.items())


@asynccontextmanager
async def _open(plan: Plan) -> AsyncIterator[Run]:
    traffic = make_traffic(
        videos=plan.videos, bursts=max(2, round(plan.seconds)), chance=random.Random(plan.seed)
    )
    async with (
        open_stores() as stores,
        running_fleet(stores, instances=plan.instances) as fleet,
        followers_of(fleet, traffic.sellers) as followers,
    ):
        front = Front(
            process=fleet.front,
            to_valkey=fleet.to_valkey,
            follower=followers[-1],
            elsewhere=followers[0],
        )
        yield Run(
            plan=plan,
            account=stores.account,
            traffic=traffic,
            fleet=fleet,
            followers=followers,
            havoc=Havoc(
                instances=fleet.instances,
                front=front,
                valkey=stores.valkey,
                chance=random.Random(plan.seed),
            ),
        )


async def _run(plan: Plan) -> list[str]:
    """Run it; return what went wrong."""
    async with asyncio.timeout(plan.seconds + _MOST_SECONDS_AROUND), _open(plan) as run:
        click.echo(
            f"{plan.videos} videos in {run.traffic.messages} messages, {plan.instances} instances, "
            f"{plan.seconds:.0f} s of killing"
        )
        reporting = asyncio.create_task(run.report())
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(run.send())
                tasks.create_task(run.havoc.run(plan.seconds))
            empty = await until_empty(run.account, _EMPTY_SECONDS)
        finally:
            reporting.cancel()
        verdict = await judge(run.account, run.traffic, run.followers)
        processes = run.fleet.processes
        codes = await asyncio.gather(*(each.stop() for each in processes))
        if not empty:
            verdict.complaints.append(f"{await run.account.messages_left()} messages still queued")
        verdict.complain("instances did not stop with 0", [code for code in codes if code])
        verdict.complain("errors logged", [e for each in processes for e in each.journal.errors])
        verdict.complaints += run.unproven()
        click.echo(run.summary(verdict))
        return verdict.complaints


def main() -> None:
    """Run it; exit with 1 if anything was lost, duplicated or left over."""
    plan = Plan.from_environment(os.environ)
    click.echo(f"SEED={plan.seed}")
    complaints: list[str] = []
    amounts = amounts_of(os.environ, "VIDEOS", "SECONDS", "INSTANCES")
    with outcome(_COMMAND, amounts=amounts, seed=plan.seed) as hold:
        try:
            complaints = asyncio.run(_run(plan))
        except* TimeoutError:
            complaints = ["It did not end in time."]
        if not complaints:
            hold()
    if complaints:
        click.echo("\n".join([*complaints, f"To repeat: {plan.command}"]), err=True)
        sys.exit(1)
    click.echo("Nothing lost, nothing twice.")


if __name__ == "__main__":
    main()
