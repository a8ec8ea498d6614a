"""The commands of `assembly-service`."""

from importlib import import_module

import click

from assembly_service.cli.environment import clean_environment
from assembly_service.runtime.terminal import escape_what_cannot_be_encoded

_COMMANDS = (
    *("serve", "local", "provision", "send", "tail", "trace", "dlq", "orphans", "announce"),
    *("validate", "schema", "token", "draft", "reference", "education"),
)


class _Commands(click.Group):
    """Loads a command only when it is used: the libraries of all of them take a second."""

    def list_commands(self, _context: click.Context) -> list[str]:
        return sorted(_COMMANDS)

    def get_command(self, _context: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = import_module(f"assembly_service.cli.commands.{cmd_name}")
        command: click.Command = getattr(module, cmd_name)
        return command


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(package_name="assembly-service", message="%(prog)s %(version)s")
def command_line() -> None:
    """Joins the caption and the thumbnails of a video into one product and shows it live.

    Settings come from environment variables; .env.example lists them all. If they name no AWS (no
    endpoint, queue, table or topic), commands use the local AWS that `assembly-service local`
    has written to .local/env.
    """
    clean_environment()
    escape_what_cannot_be_encoded()
