"""`assembly-service serve`: the service itself."""

import asyncio
import os

import click
import uvloop

from assembly_service.cli.environment import SettingsFailure, load_settings
from assembly_service.settings.service import SettingsError


@click.command()
def serve() -> None:
    """Run the service until SIGINT or SIGTERM.

    It is set up by environment variables; .env.example lists them.
    """
    settings = load_settings()
    # Takes most of a second to load, which no other command should wait for.
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
