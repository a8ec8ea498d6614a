"""`assembly-service local`: runs a local AWS and the service on it, without any setup."""

import http.client
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import NoReturn

import boto3
import click

from assembly_service.cli.environment import (
    LOCAL_FILE,
    is_about_aws,
    local_file_text,
    merge,
    use_local_aws,
)
from assembly_service.cli.local_settings import (
    LocalSettings,
    checked_settings,
    education,
    names_in_force,
    product_drafts,
    project_sessions,
    replay,
)
from assembly_service.cli.locks import claimed_directory, claimed_port
from assembly_service.cli.welcome import welcome
from assembly_service.domain.addresses import reachable
from assembly_service.local_aws import child
from assembly_service.local_aws.local_engine import REGION, Engine, EngineNotStarted, running_engine
from assembly_service.local_aws.provisioning import provision
from assembly_service.local_aws.reference import load_samples
from assembly_service.settings.values import given_values

_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "000000000000", "AWS_SECRET_ACCESS_KEY": "local"}
_START_SECONDS = 120
_STOP_SECONDS = 20
_LOOK_SECONDS = 0.1


@click.command()
def local() -> None:
    """Start a local AWS and the service on it.

    Needs no account and no container; Ctrl-C stops both. PORT (3002) is the service's port,
    LOCAL_AWS_PORT the local AWS's (a free one). Everything is kept in memory and lost at the end.
    """
    replaced = sorted(filter(is_about_aws, given_values(os.environ)))
    use_local_aws(
        _CREDENTIALS
        | product_drafts(os.environ)
        | replay(os.environ)
        | project_sessions(os.environ)
        | education(os.environ)
    )
    settings = checked_settings(os.environ)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    with ExitStack() as stack:
        try:
            stack.enter_context(claimed_directory())
            stack.enter_context(claimed_port(settings.host, settings.port))
            _run(stack, settings, replaced)
        except EngineNotStarted as error:
            raise click.ClickException(str(error)) from None
        except KeyboardInterrupt:
            # Everything ends within its own deadline now; a second Ctrl-C would only leave
            # processes behind.
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
                signal.signal(number, signal.SIG_IGN)
            _announce_stop()


def _run(stack: ExitStack, settings: LocalSettings, replaced: list[str]) -> NoReturn:
    click.echo("Starting a local AWS ...", err=True)
    if replaced:
        listed = ", ".join(replaced)
        click.echo(f"It replaces these settings of the environment: {listed}.", err=True)
    engine = stack.enter_context(running_engine(port=settings.local_aws_port))
    resources = _provision(engine, with_reference=settings.education_registration is not None)
    values = {
        **resources,
        "HOST": settings.host,
        "PORT": str(settings.port),
        "SQS_WAIT_SECONDS": "1",
        "PAGES": "true",
        "LOG_FORMAT": "console",
    }
    environment = merge(os.environ, values)
    # Later commands have environments of their own, and need the same settings.
    names = resources.keys() | names_in_force(settings)
    shared = {name: value for name, value in given_values(environment).items() if name in names}
    stack.enter_context(_local_file(local_file_text(shared)))
    service = child.start(command=["assembly_service.cli.local_service"], environment=environment)
    stack.callback(child.stop, service, timeout_seconds=_STOP_SECONDS)
    _wait_until_ready(service, settings.host, settings.port)
    click.echo(welcome(settings, engine.url))
    _watch(service, engine)


def _provision(engine: Engine, *, with_reference: bool) -> dict[str, str]:
    connect = partial(boto3.Session(region_name=REGION).client, endpoint_url=engine.url)
    made = provision(connect=connect, poll_seconds=0.05)
    if with_reference:
        load_samples(connect("dynamodb"), made["DYNAMODB_RECORDS_TABLE"])
    return {"AWS_REGION": REGION, "AWS_ENDPOINT_URL": engine.url, **_CREDENTIALS, **made}


def _wait_until_ready(service: subprocess.Popen[bytes], host: str, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        ready = _ready(host, port)
        if (code := service.poll()) is not None:
            # The service has printed what is wrong.
            raise SystemExit(code or 1)
        if ready:
            return
        time.sleep(_LOOK_SECONDS)
    raise click.ClickException(f"The service was not ready within {_START_SECONDS} seconds.")


def _ready(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(reachable(host), port, timeout=2)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _watch(service: subprocess.Popen[bytes], engine: Engine) -> NoReturn:
    while True:
        if (code := service.poll()) is not None:
            raise click.ClickException(f"The service ended by itself with exit code {code}.")
        if engine.process.poll() is not None:
            raise click.ClickException("The local AWS ended by itself.")
        time.sleep(_LOOK_SECONDS)


@contextmanager
def _local_file(text: str) -> Iterator[None]:
    # It may contain a secret.
    LOCAL_FILE.touch(mode=0o600)
    LOCAL_FILE.chmod(0o600)
    LOCAL_FILE.write_bytes(os.fsencode(text))
    try:
        yield
    finally:
        LOCAL_FILE.unlink(missing_ok=True)


def _announce_stop() -> None:
    """Say that it stops, unless writing would block."""
    if select.select([], [sys.stderr], [], 0)[1]:
        click.echo("\nStopping ...", err=True)


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
