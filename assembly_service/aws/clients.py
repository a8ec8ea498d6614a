"""The AWS clients of one process, each set up for what it is used for."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

import aioboto3
from botocore.config import Config

from assembly_service.aws.call_counts import count_calls
from assembly_service.monitoring.metrics import Metrics
from assembly_service.settings import Settings

Client = Any
"""A low-level client of aiobotocore, which carries no types."""

_CONNECT_SECONDS = 2
_ANSWER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Clients:
    """`dynamodb` and `sqs` retry by themselves where repeating does no harm.

    `dynamodb_writes` makes one attempt per call: a retry that nobody sees would make our own
    write look like another's. `sqs_receive` is apart because long polls hold their connections.
    """

    dynamodb: Client
    dynamodb_writes: Client
    sqs: Client
    sqs_receive: Client
    sns: Client


@asynccontextmanager
async def open_clients(settings: Settings, metrics: Metrics) -> AsyncIterator[Clients]:
    """Open the clients and close them at the end. No call is made yet."""
    session = aioboto3.Session(region_name=settings.aws_region)
    async with AsyncExitStack() as stack:

        async def client(
            service: Literal["dynamodb", "sqs", "sns"],
            *,
            attempts: int,
            connections: int = 50,
            answer_seconds: float = _ANSWER_SECONDS,
        ) -> Client:
            opened = await stack.enter_async_context(
                session.client(
                    service,
                    endpoint_url=settings.endpoint_url(service),
                    config=Config(
                        retries={"total_max_attempts": attempts, "mode": "standard"},
                        connect_timeout=_CONNECT_SECONDS,
                        read_timeout=answer_seconds,
                        max_pool_connections=connections,
                        # Everything sent was built or checked by this program itself.
                        parameter_validation=False,
                    ),
                )
            )
            count_calls(opened, metrics)
            return opened

        yield Clients(
            dynamodb=await client("dynamodb", attempts=2),
            dynamodb_writes=await client("dynamodb", attempts=1),
            sqs=await client("sqs", attempts=2),
            sqs_receive=await client(
                "sqs", attempts=1, answer_seconds=settings.sqs_wait_seconds + _ANSWER_SECONDS
            ),
            sns=await client("sns", attempts=2),
        )
