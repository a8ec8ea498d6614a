"""What `local` starts: the service as `serve` runs it, with the calls of its own pages."""

import click

from assembly_service.cli.commands.serve import run_service
from assembly_service.cli.environment import clean_environment
from assembly_service.local_aws.page_calls import page_calls


@click.command()
def local_service() -> None:
    """Run the service of the local mode until SIGINT or SIGTERM."""
    clean_environment()
    run_service(page_calls)


if __name__ == "__main__":
    local_service()
