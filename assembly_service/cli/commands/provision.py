"""`assembly-service provision`: creates queues, topics and tables from the template."""

import os
from functools import partial
from typing import Any

import boto3
import click

from assembly_service.cli.environment import read
from assembly_service.cli.failures import PATIENCE, readable_errors
from assembly_service.local_aws.provisioning import DEFAULT_PREFIX, CannotProvision
from assembly_service.local_aws.provisioning import provision as provision_stack
from assembly_service.settings.masking import mask_urls
from assembly_service.settings.service import AwsSettings


@click.command()
@click.option(
    "--name-prefix",
    default=DEFAULT_PREFIX,
    show_default=True,
    metavar="NAME",
    help="Name of the stack, and prefix of the names of its resources.",
)
def provision(name_prefix: str) -> None:
    """Create or update the queues, topics and tables.

    Uses CloudFormation at AWS_ENDPOINT_URL, or else AWS itself in AWS_REGION. Prints the settings
    that name the resources. Running it again updates them to the current template and changes
    nothing else.
    """
    settings = read(AwsSettings)
    region = settings.aws_region
    where = mask_urls(settings.aws_endpoint_url or region)
    click.echo(f"Creating the stack {name_prefix} at {where} ...", err=True)
    try:
        with readable_errors(f"create the stack {name_prefix}"):
            connect: Any = partial(boto3.Session(region_name=region).client, config=PATIENCE)
            made = provision_stack(connect=connect, name_prefix=name_prefix, poll_seconds=0.5)
    except CannotProvision as error:
        raise click.ClickException(str(error)) from None
    for name, value in {"AWS_REGION": region, **_endpoints(), **made}.items():
        click.echo(f"{name}={value}")


def _endpoints() -> dict[str, str]:
    return {
        name: value
        for name, value in sorted(os.environ.items())
        if name.startswith("AWS_ENDPOINT_URL") and value
    }
