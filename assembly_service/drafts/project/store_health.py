"""Checks the session store."""

import asyncio
import time
from http import HTTPStatus
from typing import Any

from aiohttp import web

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.project import answers
from assembly_service.runtime.clock import Clock

_ANSWER_SECONDS = 1.5
# No draft has this key: theirs start with a word.
_NOTHING = {"pk": {"S": "#health"}, "sk": {"S": "#health"}}


class StoreHealth:
    """Checks the store by reading a key that no row has."""

    def __init__(self, *, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._began = time.monotonic()

    async def answer(self) -> web.Response:
        """Answer 200, or 503 within two seconds. Clients expect the key `redis`."""
        failure = await self._failure()
        body: dict[str, Value] = {
            "status": "healthy" if failure is None else "unhealthy",
            "store": "connected" if failure is None else "disconnected",
            "redis": "not used",
            "uptime": round(time.monotonic() - self._began, 1),
            "timestamp": format_milliseconds(self._clock()),
            **({} if failure is None else {"error": failure}),
        }
        status = HTTPStatus.OK if failure is None else HTTPStatus.SERVICE_UNAVAILABLE
        return answers.respond(body, status=status)

    async def _failure(self) -> str | None:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._client.get_item(
                    TableName=self._table, Key=_NOTHING, ConsistentRead=True
                )
        except AWS_ERRORS as error:
            return f"The store does not answer ({code_of(error)})"
        return None
