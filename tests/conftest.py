"""Fixtures for everyone: a local AWS, a fresh account for each test, and Valkey."""

import functools
import os
import signal
from collections.abc import AsyncIterator, Iterator
from functools import partial

import aiohttp.web_app
import boto3
import botocore.session
import hypothesis
import pytest

from assembly_service.aws import clients as aws_clients
from assembly_service.aws.clients import Clients, open_clients
from assembly_service.local_aws import provisioning
from assembly_service.local_aws.local_engine import REGION, Engine, running_engine
from assembly_service.local_aws.provisioning import Connect
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.harness.dynamodb_local import DynamoDBLocalFailed, move_tables, running_dynamodb_local
from tests.harness.engine import Account, fresh_account
from tests.harness.pipeline import Pipeline, open_pipeline
from tests.harness.template_json import template_json
from tests.harness.valkey import Valkey

pytest_plugins = [
    "tests.harness.patience",
    "tests.harness.time_limit",
    "tests.promises.recording",
]

# No test depends on speed.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")


@pytest.fixture(scope="session", autouse=True)
def light_process() -> Iterator[None]:
    """Service descriptions and the template are read once, and nothing holds on to what was served.

    A service opens its clients and builds its application once; tests do so by the thousand.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            botocore.session, "create_loader", functools.cache(botocore.session.create_loader)
        )
        patch.setattr(provisioning, "template", template_json)
        uncached = aiohttp.web_app._build_middlewares
        patch.setattr(aiohttp.web_app, "_cached_build_middleware", uncached)
        yield


@pytest.fixture(scope="session", autouse=True)
def patient_clients() -> Iterator[None]:
    """A connection may take a busy machine longer than AWS ever takes.

    Tests that call a client themselves do not try again, as the service does.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(aws_clients, "_CONNECT_SECONDS", 10)
        yield


@pytest.fixture(scope="session")
def engine() -> Iterator[Engine]:
    """A local AWS in its own process; `engine.url` is its endpoint."""
    with running_engine() as running:
        yield running


def pytest_configure() -> None:
    """Let Ctrl-C reach what tests start: a shell has its background jobs ignore it."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Which engine holds the tables; queues and topics are always the local AWS's."""
    parser.addoption("--dynamodb", choices=["ministack", "dynamodb-local"], default="ministack")


@pytest.fixture(scope="session")
def dynamodb_local(pytestconfig: pytest.Config) -> Iterator[str | None]:
    """The endpoint of Amazon's own engine if the run asks for it, else None."""
    if pytestconfig.getoption("dynamodb") == "ministack":
        yield None
        return
    try:
        with running_dynamodb_local() as endpoint_url:
            yield endpoint_url
    except DynamoDBLocalFailed as error:
        pytest.exit(str(error), returncode=1)


@pytest.fixture(scope="session")
def boto_session() -> boto3.Session:
    """One session for all accounts, so that the service descriptions are read once."""
    return boto3.Session(region_name=REGION)


@pytest.fixture
def aws(engine: Engine, dynamodb_local: str | None, monkeypatch: pytest.MonkeyPatch) -> Account:
    """A fresh account made from the template; its credentials are in the environment."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    account = fresh_account(engine.url)
    if dynamodb_local is not None:
        account = move_tables(account, dynamodb_local)
    for name, value in account.credentials.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    return account


@pytest.fixture
def connect(aws: Account, boto_session: boto3.Session, engine: Engine) -> Connect:
    """Creates clients for the fresh account. (A session keeps the credentials it finds first.)"""
    return partial(
        boto_session.client,
        endpoint_url=engine.url,
        aws_access_key_id=aws.access_key_id,
        aws_secret_access_key=aws.secret_access_key,
    )


@pytest.fixture
def settings(aws: Account) -> Settings:
    """Settings for the fresh account, quick where waiting would cost a test its time."""
    quick = {
        "PORT": "0",
        "SQS_WAIT_SECONDS": "1",
        "DRAIN_DEADLINE_SECONDS": "20",
        "LOG_FORMAT": "console",
    }
    return Settings.from_environment(aws.environment | quick)


@pytest.fixture(scope="session")
def valkey() -> Iterator[str]:
    """The URL of a Valkey server that runs as long as the tests do."""
    server = Valkey.on_a_free_port()
    server.start()
    yield server.url
    server.stop()


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """A running Valkey server of this test's own, which it may stop and start again."""
    server = Valkey.on_a_free_port()
    server.start()
    yield server
    server.stop()


@pytest.fixture
async def clients(settings: Settings) -> AsyncIterator[Clients]:
    """The service's own clients of the fresh account."""
    async with open_clients(settings, Metrics()) as opened:
        yield opened


@pytest.fixture
async def pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """The fresh account's queues and tables; its workers announce into a list."""
    async with open_pipeline(settings) as opened:
        yield opened


@pytest.fixture
def account(pipeline: Pipeline) -> Pipeline:
    """The fresh account, seen from outside."""
    return pipeline
