"""`make fleet`: runs what compose.yaml describes as processes, until Ctrl-C."""

import os
import shlex
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NoReturn

import click

from assembly_service.settings.review import SETTING_NAMES
from tests.harness.composed import Composed, composed, haproxy

_DOORS = {
    "aws": "http://{0}:4566",
    "valkey": "{0}:6379",
    "worker": "operators: http://{0}:9002",
    "web-1": "http://{0}:3002/  operators: http://{0}:9002",
    "web-2": "http://{0}:3002/  operators: http://{0}:9002",
    "balancer": "http://{0}:3002/",
}
"""Where the containers of each service listen; one that is not here ends after its work."""
_RESTART_SECONDS = 1
"""So that what ends at once does not take up the machine."""


def main() -> None:
    """Start everything in `.local` of the working directory, say where it is, and wait."""
    if sys.platform != "linux":
        sys.exit("Only Linux has addresses for a fleet: use `docker compose up`, or `make run`.")
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    local = Path.cwd() / ".local"
    local.mkdir(exist_ok=True)
    settings = local / "fleet.env"
    with (
        TemporaryDirectory(prefix="fleet-", dir=local) as directory,
        composed(Path(directory)) as fleet,
    ):
        try:
            _start(fleet)
            settings.write_text(_settings(fleet), encoding="utf-8")
            click.echo(f"Logs are in {directory}, settings for commands in .local/fleet.env.")
            click.echo("Ctrl-C stops everything.")
            _keep_running(fleet)
        finally:
            settings.unlink(missing_ok=True)
            click.echo("Stopping ...")


def _start(fleet: Composed) -> None:
    click.echo(f"Starting {', '.join(fleet.containers)} ...")
    for name in fleet.containers:
        if name == "balancer" and haproxy() is None:
            click.echo("There is no HAProxy here, so there is no balancer.")
        else:
            fleet.start(name)
    for name in fleet.processes:
        if fleet.containers[name].service in _DOORS:
            fleet.wait(name)
            _show(fleet, name)


def _keep_running(fleet: Composed) -> NoReturn:
    while True:
        # Leaves what it waits for to whoever started it.
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)
        time.sleep(_RESTART_SECONDS)
        for name, code in fleet.restart_ended().items():
            click.echo(f"{name} ended with {code}, and is started again:")
            _show(fleet, name)


def _show(fleet: Composed, name: str) -> None:
    """Say where a container is, and leave its process id beside its log."""
    container, pid = fleet.containers[name], fleet.processes[name].pid
    (fleet.directory / f"{name}.pid").write_text(f"{pid}\n", encoding="utf-8")
    click.echo(f"{name:8}  pid {pid:<7}  {_DOORS[container.service].format(container.address)}")


def _settings(fleet: Composed) -> str:
    """Those of a web front, as lines for a shell; secrets stay in the files that they name."""
    told = fleet.environment(fleet.containers["web-1"])
    return "".join(
        f"{name}={shlex.quote(value)}\n" for name, value in told.items() if name in SETTING_NAMES
    )


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(0)
