"""`make fleet`: runs what compose.yaml describes as processes, until Ctrl-C."""

import signal
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import click

from tests.harness.composed import composed, haproxy


def main() -> None:
    """Start everything, say where it is, and wait."""
    if sys.platform != "linux":
        sys.exit("Only Linux has addresses for a fleet: use `docker compose up`, or `make run`.")
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    with TemporaryDirectory(prefix="fleet-") as directory, composed(Path(directory)) as fleet:
        click.echo(f"Starting {', '.join(fleet.containers)} ...")
        for name in fleet.containers:
            if name == "balancer" and haproxy() is None:
                click.echo("There is no HAProxy here, so there is no balancer.")
            else:
                fleet.start(name)
        for name in (each for each in fleet.processes if each.startswith(("balancer", "web"))):
            click.echo(f"{name:8} {fleet.url(name)}/")
        click.echo(f"Logs are in {directory}. Ctrl-C stops everything.")
        signal.pause()


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
