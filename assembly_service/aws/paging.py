"""Queries and scans that go on until DynamoDB has no more."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any


async def pages(
    call: Callable[..., Awaitable[dict[str, Any]]], **request: Any
) -> AsyncIterator[dict[str, Any]]:
    """Every answer to a query or scan, in order. Raises what the client raises."""
    while True:
        answer = await call(**request)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
