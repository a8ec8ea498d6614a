"""The AWS clients of one process, each configured for its use."""

import os
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import aioboto3
from aiobotocore.session import get_session
from botocore.config import Config

from assembly_service.aws.call_counts import CallCounts, count_calls
from assembly_service.aws.http_client import HttpClient
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
            bundle=_bundle(configuration),
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
    bundle: str | None,
    metrics: AwsMetrics,
    attempts: int,
    answer_seconds: float = _ANSWER_SECONDS,
) -> AsyncIterator[Client]:
    """A JsonClient for the service of a library client."""
    url = described_by.meta.endpoint_url
    async with HttpClient(
        # Looked up once: the environment does not change.
        url,
        proxy=proxy_for(url),
        bundle=bundle,
        answer_seconds=answer_seconds,
    ) as http:
        yield JsonClient(
            described_by=described_by,
            credentials=credentials,
            http=http,
            attempts=attempts,
            counts=CallCounts(described_by.meta.service_model, metrics),
        )


def _bundle(configuration: Any) -> str | None:
    """The file of certificates that AWS's client library would trust, None for its own."""
    named: str | None = configuration.get_config_variable("ca_bundle")
    return named or os.environ.get("REQUESTS_CA_BUNDLE")
