"""`assembly-service serve`: the service itself."""

import asyncio
import os
from typing import TYPE_CHECKING

import click
import uvloop

from assembly_service.cli.environment import SettingsFailure, load
from assembly_service.settings.service import InvalidSettings, Settings

if TYPE_CHECKING:
    from assembly_service.service import LocalCalls


@click.command()
def serve() -> None:
    """Run the service until SIGINT or SIGTERM.

    Settings come from environment variables; .env.example lists them.
    """
    run_service()


def run_service(local_calls: "LocalCalls | None" = None) -> None:
    """Run the service that the environment describes until SIGINT or SIGTERM."""
    settings = load(Settings)
    # Takes most of a second to load, and other commands do not need it.
    from assembly_service import service
    from assembly_service.aws.start_errors import CannotStart
    from assembly_service.runtime.garbage_collector import collect_rarely

    collect_rarely()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(service.serve(settings, os.environ, local_calls=local_calls))
    except CannotStart as error:
        raise click.ClickException(str(error)) from None
    except InvalidSettings as error:
        raise SettingsFailure(str(error)) from None
