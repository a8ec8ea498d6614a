"""Records what reads of a table asked for; answers of a local engine do not show it."""

from collections.abc import Awaitable, Callable
from typing import Any

_READS = {"batch_get_item", "get_item", "query", "scan"}


class ReadsSeen:
    """A DynamoDB client that records whether each read was strongly consistent.

    Local engines always are; DynamoDB only on request.
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
