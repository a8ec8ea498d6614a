"""The AWS clients of one process, each configured for its use."""

import ssl
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal

import aioboto3
import aiohttp
from aiobotocore.session import get_session
from botocore.config import Config
from botocore.httpsession import where

from assembly_service.aws.call_counts import CallCounts, count_calls
from assembly_service.aws.json_client import JsonClient
from assembly_service.aws.proxies import proxy_for
from assembly_service.runtime.metrics import AwsMetrics, Metrics
from assembly_service.settings.service import Settings

Client = Any
"""Has the methods of a low-level client of aiobotocore, which is not typed."""

_CONNECT_SECONDS = 2
_ANSWER_SECONDS = 5
_CONNECTIONS = 50


@dataclass(frozen=True, slots=True)
class Clients:
    """The clients by use.

    `dynamodb` and `sqs` retry once on their own. `dynamodb_writes` makes one attempt per call:
    after a hidden retry, a write would find its own result and take it for another's.
    `sqs_receive` is separate because long polls hold their connections.
    """

    dynamodb: Client
    dynamodb_writes: Client
    sqs: Client
    sqs_receive: Client
    sns: Client


@asynccontextmanager
async def open_clients(settings: Settings, metrics: Metrics) -> AsyncIterator[Clients]:
    """Open the clients and close them at the end. Makes no calls."""
    configuration = get_session()
    session = aioboto3.Session(region_name=settings.aws_region, botocore_session=configuration)
    library = partial(_library_client, session, settings)
    async with library("dynamodb") as dynamodb, library("sqs") as sqs, library("sns") as sns:
        count_calls(sns, metrics.aws)
        lean = partial(
            _json_client,
            credentials=await session.get_credentials(),
            trusted=_trusted(configuration.get_config_variable("ca_bundle")),
            metrics=metrics.aws,
        )
        receive_seconds = settings.sqs_wait_seconds + _ANSWER_SECONDS
        async with (
            lean(dynamodb, attempts=2) as dynamodb_repeating,
            lean(dynamodb, attempts=1) as dynamodb_writes,
            lean(sqs, attempts=2) as sqs_repeating,
            lean(sqs, attempts=1, answer_seconds=receive_seconds) as sqs_receive,
        ):
            yield Clients(
                dynamodb=dynamodb_repeating,
                dynamodb_writes=dynamodb_writes,
                sqs=sqs_repeating,
                sqs_receive=sqs_receive,
                sns=sns,
            )


def _library_client(
    session: aioboto3.Session, settings: Settings, service: Literal["dynamodb", "sqs", "sns"]
) -> AbstractAsyncContextManager[Client]:
    config = Config(
        retries={"total_max_attempts": 2, "mode": "standard"},
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_ANSWER_SECONDS,
        max_pool_connections=_CONNECTIONS,
        # All parameters are built or checked by this service.
        parameter_validation=False,
    )
    client: AbstractAsyncContextManager[Client] = session.client(
        service, endpoint_url=settings.endpoint_url(service), config=config
    )
    return client


@asynccontextmanager
async def _json_client(
    described_by: Client,
    *,
    credentials: Any,
    trusted: ssl.SSLContext,
    metrics: AwsMetrics,
    attempts: int,
    answer_seconds: float = _ANSWER_SECONDS,
) -> AsyncIterator[Client]:
    """Open a JsonClient for the service of a library client."""
    async with _http(described_by.meta.endpoint_url, answer_seconds, trusted) as http:
        yield JsonClient(
            described_by=described_by,
            credentials=credentials,
            http=http,
            attempts=attempts,
            counts=CallCounts(described_by.meta.service_model, metrics),
        )


@cache
def _trusted(bundle: str | None) -> ssl.SSLContext:
    """Trust AWS_CA_BUNDLE's or the profile's certificates, else the system's and botocore's.

    Cached, because reading them takes 70 ms.
    """
    context = ssl.create_default_context(cafile=bundle)
    if bundle is None:
        context.load_verify_locations(where())
    return context


def _http(url: str, answer_seconds: float, trusted: ssl.SSLContext) -> aiohttp.ClientSession:
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=_CONNECTIONS, ssl=trusted),
        timeout=aiohttp.ClientTimeout(
            # A response that never ends would hold its messages.
            total=_CONNECT_SECONDS + answer_seconds,
            sock_connect=_CONNECT_SECONDS,
        ),
        cookie_jar=aiohttp.DummyCookieJar(),
        # Compressed responses of DynamoDB cost more than they save.
        skip_auto_headers=("Accept", "Accept-Encoding"),
        # Looked up once: aiohttp would look on every call, and for passwords in ~/.netrc.
        proxy=proxy_for(url),
    )
