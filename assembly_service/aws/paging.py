"""Follows the pages of queries and scans."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any


async def pages(
    call: Callable[..., Awaitable[dict[str, Any]]], **request: Any
) -> AsyncIterator[dict[str, Any]]:
    """Yield every page of a query or scan. Raises the client's errors."""
    while True:
        answer = await call(**request)
        yield answer
        if "LastEvaluatedKey" not in answer:
            return
        request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
