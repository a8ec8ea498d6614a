"""`make upgrade`: two web and two worker processes are replaced in turn, under stock clients.

From the environment: FROM, the commit that all of them run first (this tree, if it is not set);
the rest is as in `make deploys`. Exits with 1 if a client missed something, more than one in a
hundred was away for more than 3 s, or the releases did not share the work while they ran together.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field

import click
import uvloop

from tests.harness.service_process import ServiceProcess
from tests.promises.runs import amounts_of, outcome
from tests.system.deploys.balancer import Balancer, running_balancer
from tests.system.deploys.crowd import Crowd
from tests.system.deploys.deploys import Deploy, connections, percentile, roll, start_anew
from tests.system.deploys.releases import THIS, Release, release_of
from tests.system.deploys.scene import Scene, open_stores, scene

_COMMAND = "make upgrade"
ROLES = ("web", "web", "worker", "worker")
_AMOUNTS = {"CLIENTS": 100, "STOCK": 150, "SELLERS": 20, "RATE": 10, "SECONDS": 5}
_MOST_MILLISECONDS_AWAY = 3_000
_TOLD_SECONDS = 15


@dataclass(kw_only=True)
class Upgrade:
    """A fleet whose processes are replaced by this release."""

    scene: Scene
    balancer: Balancer
    crowd: Crowd
    complaints: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """Replace one process after another; both workers serve each release of the web process."""
        one, other, worker, last_worker = self.scene.services
        await self._replace_web(one, other)
        await self._replace_worker(worker)
        # All clients are at the other web process, which is as before.
        await self._work_together(worker, last_worker, watched_at=other)
        await self._replace_web(other, one)
        # Now all are at the new one.
        await self._work_together(worker, last_worker, watched_at=one)
        await self._replace_worker(last_worker)

    async def _replace_web(self, leaving: ServiceProcess, other: ServiceProcess) -> None:
        _becomes(leaving, THIS)
        deploy = await roll(leaving, other, self.balancer, self.crowd)
        await self.scene.pause()
        click.echo(f"  a web process: {deploy.sentence()}")
        self.complaints += _complaints(deploy)

    async def _replace_worker(self, leaving: ServiceProcess) -> None:
        _becomes(leaving, THIS)
        stop, start = await start_anew(leaving)
        await self.scene.pause()
        click.echo(f"  a worker: stopped in {stop:.1f} s, started in {start:.1f} s")

    async def _work_together(
        self, new: ServiceProcess, old: ServiceProcess, *, watched_at: ServiceProcess
    ) -> None:
        """Both workers' products reach the clients of a web process, without a reload."""
        watching = await connections(watched_at)
        handled = [len(each.journal.handled) for each in (new, old)]
        reloads = await self._reloads()
        await self.scene.pause()
        by_new, by_old = (
            len(each.journal.handled) - before
            for each, before in zip((new, old), handled, strict=True)
        )
        untold = await self._untold()
        reloads = await self._reloads() - reloads
        click.echo(
            f"  together, with {watching} clients at a web process:"
            f" {by_old} messages by the worker from before, {by_new} by the new one;"
            f" {untold} products not told, {reloads} clients asked to reload"
        )
        if watching < sum(each.count for each in self.crowd.groups):
            self.complaints.append("Not all clients were at the web process that was watched.")
        if untold:
            self.complaints.append("Clients were not told of what was made while both ran.")
        if not (by_new and by_old):
            self.complaints.append("One worker did nothing while both ran.")
        if reloads:
            self.complaints.append("Clients had to reload while both releases ran.")

    async def _untold(self) -> int:
        """How many products light clients were not told of, of those sent so far; 0 is awaited."""
        sent, [light, *_] = self.crowd.publisher.sent, self.crowd.groups
        untold = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(_TOLD_SECONDS):
                while untold := (await light.report(sent)).missed:  # noqa: ASYNC110
                    await asyncio.sleep(0.25)
        return untold

    async def _reloads(self) -> int:
        return sum(each.resyncs for each in (await self.crowd.reports()).values())


def _becomes(process: ServiceProcess, release: Release) -> None:
    """Let a process run another release from its next start on."""
    process.command = release.command
    process.environment = {**process.environment, **release.environment}


def _complaints(deploy: Deploy) -> list[str]:
    away = deploy.absences()
    complaints = []
    if len(away) < deploy.left:
        complaints.append(f"{deploy.left - len(away)} clients did not come back.")
    if (slow := percentile(away, 99)) > _MOST_MILLISECONDS_AWAY:
        complaints.append(f"99 % of the clients were back after {slow / 1000:.1f} s, not 3 s.")
    return complaints


async def upgraded(scene: Scene) -> list[str]:
    """Upgrade the four services of a scene; return what was wrong with it."""
    async with running_balancer() as balancer:
        for each in scene.services[:2]:
            await balancer.register(each.port)
        # Without sticky sessions nobody can begin with polling.
        async with scene.followed(balancer.port, ("package", "websocket")) as crowd:
            upgrade = Upgrade(scene=scene, balancer=balancer, crowd=crowd)
            await upgrade.run()
    missed = sum(each.missed for each in scene.reports.values())
    errors = [line for each in scene.services for line in each.journal.errors]
    return [
        *upgrade.complaints,
        *([f"{missed} products were missed."] if missed else []),
        *errors,
    ]


async def main(environment: Mapping[str, str]) -> None:
    """Upgrade, and print what came of it."""
    amounts = {name: int(environment.get(name) or usual) for name, usual in _AMOUNTS.items()}
    commit = environment.get("FROM")
    # Only a release before makes it an upgrade: this tree, replaced by itself, shows less.
    command = _COMMAND if commit else f"{_COMMAND} of itself"
    with outcome(command, amounts=amounts_of(environment, "FROM", *_AMOUNTS)) as hold:
        before = await release_of(commit) if commit else THIS
        async with open_stores() as stores:
            click.echo(f"Two web and two worker processes, from {before.name} to {THIS.name}:")
            bus = {"SOCKETIO_REDIS_URL": stores.valkey.url}
            async with scene(stores, ROLES, amounts, bus, release=before) as four:
                complaints = await upgraded(four)
        if complaints:
            sys.exit("\n".join(complaints))
        hold()
    click.echo("Nothing missed.")


if __name__ == "__main__":
    uvloop.run(main(os.environ))
