"""`make soak`: a web and a worker process under a steady load, and whether anything grows.

From the environment: MINUTES, RATE of products a second, and LEAK (memory, descriptors, tasks),
which the service then has. Exits with 1 if anything is not flat or was missed.
"""

import asyncio
import os
import random
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp
import click
import uvloop

from tests.cli.runs import ROOT
from tests.harness.throttling import Throttle, throttling
from tests.promises.runs import amounts_of, outcome
from tests.system.chaos.verdict import judge_stores
from tests.system.deploys.releases import THIS, Release
from tests.system.deploys.scene import Scene, open_stores, scene
from tests.system.soak.flatness import MOST_LEFT, Course, Latency, later
from tests.system.soak.load import Deliveries, Load
from tests.system.soak.plot import plot
from tests.system.soak.samples import Sample, Sampler

PLOT = ROOT / ".local" / "soak.svg"
_COMMAND = "make soak"
_SELLERS = 5
_VIDEOS_BEFORE = 1_200
"""So many fill what the service keeps of each shop, which else grows for the first minutes."""
_WARM_UP_SHARE = 0.2
_SAMPLE_SECONDS = 2.0
_PROGRESS_SECONDS = 10.0
_SETTLE_SECONDS = 60.0


@dataclass(frozen=True, kw_only=True)
class Soak:
    """A run: a scene of a web and a worker process, and what is sampled of them."""

    scene: Scene
    throttle: Throttle
    http: aiohttp.ClientSession
    samplers: Sequence[Sampler]
    latencies: list[Latency] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def run(self, seconds: float) -> Sequence[Course]:
        """Warm up and let all clients leave, then do the same for longer; what came of that."""
        publisher = self.scene.publisher
        await publisher.fill(_VIDEOS_BEFORE)
        await publisher.account.drained()
        warm_up = seconds * _WARM_UP_SHARE
        await self._load(warm_up)
        self.latencies.clear()
        before = [await self._sample(each) for each in self.samplers]
        await asyncio.sleep(_PROGRESS_SECONDS)
        before = [await self._sample(each) for each in self.samplers]
        for each in self.samplers:
            each.samples.clear()
        await self._load(seconds - warm_up)
        under_load = [list(each.samples) for each in self.samplers]
        after = await self._settled(before)
        return [
            Course(name=sampler.name, before=first, after=last, samples=samples)
            for sampler, first, last, samples in zip(
                self.samplers, before, after, under_load, strict=True
            )
        ]

    async def _load(self, seconds: float) -> None:
        publisher = self.scene.publisher
        deliveries = Deliveries(publisher=publisher)
        load = Load(
            web=self.scene.services[0],
            publisher=publisher,
            throttle=self.throttle,
            products_table=publisher.account.settings.dynamodb_products_table,
            deliveries=deliveries,
            chance=random.Random(publisher.sent),
            first=publisher.sent,
        )
        async with load.running():
            await self._watch(deliveries, seconds)
        if load.missed:
            self.complaints.append(f"{load.missed} products were missed.")
        if load.left_out:
            self.complaints.append(f"{load.left_out} stock clients did not come back.")

    async def _watch(self, deliveries: Deliveries, seconds: float) -> None:
        """Sample for so long, and say how it goes."""
        now = asyncio.get_running_loop().time
        began = told = now()
        while (at := now() - began) < seconds:
            for each in self.samplers:
                await each.sample(self.http, at)
            if now() - told >= _PROGRESS_SECONDS and (delays := deliveries.take()):
                told = now()
                self.latencies.append(Latency(at, *delays))
                self._say(at)
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _say(self, at: float) -> None:
        costs = "; ".join(f"{each.name} {_sentence(each.samples[-1])}" for each in self.samplers)
        latency = self.latencies[-1]
        click.echo(
            f"{at:5.0f} s  {self.scene.publisher.sent} products, {latency.median:.0f} ms (median),"
            f" {latency.ninety_nine:.0f} ms (99 %); {costs}"
        )

    async def _sample(self, sampler: Sampler) -> Sample:
        return await sampler.sample(self.http, 0.0)

    async def _settled(self, before: Sequence[Sample]) -> Sequence[Sample]:
        """The samples once what clients cost is given back, or the last ones after a minute."""
        now = asyncio.get_running_loop().time
        deadline = now() + _SETTLE_SECONDS
        while True:
            after = [await self._sample(each) for each in self.samplers]
            is_back = all(
                getattr(last, name) <= getattr(first, name) + most
                for first, last in zip(before, after, strict=True)
                for name, most in MOST_LEFT.items()
            )
            if is_back or now() > deadline:
                return after
            await asyncio.sleep(_SAMPLE_SECONDS)


def _sentence(sample: Sample) -> str:
    return (
        f"{sample.memory:.1f} MiB, {sample.descriptors} descriptors, {sample.tasks} tasks,"
        f" {sample.lag:.1f} ms late"
    )


async def soak(minutes: float, rate: int, leak: str | None) -> Sequence[str]:
    """Soak the service for so long, and plot it; return what was wrong."""
    throttle, release = Throttle(), THIS
    if leak is not None:
        module = "tests.system.soak.leaking"
        release = Release(name=leak, python=THIS.python, tree=ROOT, module=module)
    amounts = {"SELLERS": _SELLERS, "RATE": rate}
    async with AsyncExitStack() as opened:
        stores = await opened.enter_async_context(open_stores())
        front = await opened.enter_async_context(throttling(stores.engine.url, throttle))
        settings = {
            "SOCKETIO_REDIS_URL": stores.valkey.url,
            "AWS_ENDPOINT_URL_DYNAMODB": front.url,
            "LEAK": leak or "",
        }
        started = scene(stores, ["web", "worker"], amounts, settings, release=release)
        web_and_worker = await opened.enter_async_context(started)
        names = ("web process", "worker")
        run = Soak(
            scene=web_and_worker,
            throttle=throttle,
            http=await opened.enter_async_context(aiohttp.ClientSession()),
            samplers=[
                Sampler(name=name, process=process)
                for name, process in zip(names, web_and_worker.services, strict=True)
            ],
        )
        courses = await run.run(minutes * 60)
        publisher = web_and_worker.publisher
        url = web_and_worker.services[0].url
        verdict = await judge_stores(publisher.account, publisher.traffic(), url)
    PLOT.parent.mkdir(exist_ok=True)
    PLOT.write_text(plot(courses, run.latencies), encoding="utf-8")
    for course in courses:
        click.echo(
            f"{course.name}: memory {course.memory_rise:+.1f} MiB under load; before"
            f" {_sentence(course.before)}; after {_sentence(course.after)}"
        )
    errors = [line for each in web_and_worker.services for line in each.journal.errors]
    return [
        *run.complaints,
        *verdict.complaints,
        *(sentence for course in courses for sentence in course.check()),
        *later(run.latencies),
        *errors,
    ]


def main(environment: Mapping[str, str]) -> None:
    """Run it; exit with 1 and a sentence for each thing that is wrong."""
    try:
        minutes, rate = float(environment.get("MINUTES") or 20), int(environment.get("RATE") or 5)
    except ValueError as error:
        sys.exit(f"MINUTES and RATE have to be numbers: {error}.")
    amounts = amounts_of(environment, "MINUTES", "RATE", "LEAK")
    with outcome(_COMMAND, amounts=amounts) as hold:
        complaints = uvloop.run(soak(minutes, rate, environment.get("LEAK") or None))
        if not complaints:
            hold()
    click.echo(f"The plot is in {PLOT.relative_to(ROOT)}.")
    if complaints:
        sys.exit("\n".join(complaints))
    click.echo("Flat: nothing grew, nothing was missed.")


if __name__ == "__main__":
    main(os.environ)
