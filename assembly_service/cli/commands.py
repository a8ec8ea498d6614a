"""The commands of `assembly-service`, gathered."""

import click

from assembly_service.cli.announce import announce
from assembly_service.cli.dlq import dlq
from assembly_service.cli.draft import draft
from assembly_service.cli.education import education
from assembly_service.cli.local import local
from assembly_service.cli.orphans import orphans
from assembly_service.cli.provision import provision
from assembly_service.cli.reference import reference
from assembly_service.cli.send import send
from assembly_service.cli.serve import serve
from assembly_service.cli.surroundings import tidy_environment
from assembly_service.cli.tail import tail
from assembly_service.cli.token import token
from assembly_service.runtime.terminal import escape_what_cannot_be_encoded


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="assembly-service", message="%(prog)s %(version)s")
def command_line() -> None:
    """Joins the caption and the thumbnails of a video into one product and shows it live.

    The settings come from environment variables; .env.example lists them all. If the environment
    names no AWS of its own (no endpoint, queue, table or topic), the commands use the local AWS
    that `assembly-service local` has written down in .local/env.
    """
    tidy_environment()
    escape_what_cannot_be_encoded()


for command in (
    *(serve, local, provision, send, tail, dlq, orphans, announce, token, draft),
    *(reference, education),
):
    command_line.add_command(command)
