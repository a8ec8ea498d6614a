"""Deploys under many clients: a new process on the port; two processes, one after the other.

From the environment: CLIENTS, and STOCK of each kind of Node besides them, of SELLERS; RATE videos
a second are published all the time, for SECONDS before and after each deploy.
DRAIN_SPREAD_SECONDS and DRAIN_DEADLINE_SECONDS are the service's.
"""

import os
from collections.abc import Mapping

import click
import uvloop

from tests.system.deploys.balancer import running_balancer
from tests.system.deploys.deploys import restart, roll
from tests.system.deploys.scene import Scene, open_stores, scene

_AMOUNTS = {"CLIENTS": 5000, "STOCK": 100, "SELLERS": 50, "RATE": 10, "SECONDS": 5}
_PASSED_ON = ("DRAIN_SPREAD_SECONDS", "DRAIN_DEADLINE_SECONDS")


async def replace_one(scene: Scene) -> None:
    """Stop a process, and start a new one on its port."""
    [service] = scene.services
    async with scene.followed(service.port, ("package", "readme")) as clients:
        deploy = await restart(service, clients)
        click.echo(f"  {deploy.sentence()}")


async def replace_two(scene: Scene) -> None:
    """Replace two processes behind a balancer, one after the other."""
    one, two = scene.services
    async with running_balancer() as balancer:
        for each in scene.services:
            await balancer.register(each.port)
        # Without sticky sessions nobody can begin with polling.
        async with scene.followed(balancer.port, ("package", "websocket")) as clients:
            for leaving, other in ((one, two), (two, one)):
                deploy = await roll(leaving, other, balancer, clients)
                click.echo(f"  {deploy.sentence()}")
                await scene.pause()


async def main(environment: Mapping[str, str]) -> None:
    """Measure both deploys, and print what came of them."""
    amounts = {name: int(environment.get(name) or usual) for name, usual in _AMOUNTS.items()}
    settings = {name: environment[name] for name in _PASSED_ON if name in environment}
    async with open_stores() as stores:
        click.echo("A new process on the port:")
        async with scene(stores, ["all"], amounts, settings) as alone:
            await replace_one(alone)
        click.echo("Two processes behind a balancer, one after the other:")
        settings |= {"SOCKETIO_REDIS_URL": stores.valkey.url}
        async with scene(stores, ["all", "all"], amounts, settings) as pair:
            await replace_two(pair)


if __name__ == "__main__":
    uvloop.run(main(os.environ))
