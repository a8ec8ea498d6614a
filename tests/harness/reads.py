"""What the reads of a table asked for, which no answer of a local engine tells."""

from collections.abc import Awaitable, Callable
from typing import Any

_READS = {"batch_get_item", "get_item", "query", "scan"}


class ReadsSeen:
    """A client of DynamoDB that notes of every read whether it asked for the latest state.

    Local engines always answer with it; DynamoDB does only where it is asked to.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.consistent: list[tuple[str, bool]] = []

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._client, operation)

        async def call(**request: Any) -> Any:
            if operation in _READS:
                self.consistent += [
                    (operation, part.get("ConsistentRead") is True)
                    for part in request.get("RequestItems", {"": request}).values()
                ]
            return await method(**request)

        return call
