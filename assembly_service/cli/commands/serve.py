"""`assembly-service serve`: the service itself."""

import asyncio
import os

import click
import uvloop

from assembly_service.cli.environment import SettingsFailure, load
from assembly_service.settings.service import Settings, SettingsError


@click.command()
def serve() -> None:
    """Run the service until SIGINT or SIGTERM.

    Settings come from environment variables; .env.example lists them.
    """
    settings = load(Settings)
    # Takes most of a second to load, and other commands do not need it.
    from assembly_service import service
    from assembly_service.runtime.garbage_collector import collect_rarely

    collect_rarely()
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(service.serve(settings, os.environ))
    except service.StartError as error:
        raise click.ClickException(str(error)) from None
    except SettingsError as error:
        raise SettingsFailure(str(error)) from None
