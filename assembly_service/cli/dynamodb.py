"""A client of DynamoDB for commands that need no other settings than its tables."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aioboto3

from assembly_service.cli.failures import PATIENCE
from assembly_service.runtime.logs import configure_logs
from assembly_service.settings.service import AwsSettings


@asynccontextmanager
async def open_dynamodb(settings: AwsSettings) -> AsyncIterator[Any]:
    """A client that is as patient as a person at a terminal."""
    # Standard output is for the answer.
    configure_logs(level="WARNING", log_format="console", stream=sys.stderr)
    session = aioboto3.Session(region_name=settings.aws_region)
    endpoint = settings.endpoint_url("dynamodb")
    async with session.client("dynamodb", endpoint_url=endpoint, config=PATIENCE) as dynamodb:
        yield dynamodb
