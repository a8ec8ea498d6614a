"""Readable numbers of records, counted in one row for all instances."""

import asyncio
from collections import deque
from typing import Any

from assembly_service.storage.attribute_values import Item

BLOCK = 20
"""How many numbers an instance takes at a time; what it has not used when it ends is a gap."""


class Numbers:
    """Draws the next numbers of some counters, which are attributes of the row at `key`.

    Takes a block of them with one call. Every number is drawn once, by whichever instance.
    """

    def __init__(self, *, client: Any, table: str, key: Item, counters: tuple[str, ...]) -> None:
        self._client = client
        self._table = table
        self._key = key
        self._counters = counters
        self._left: deque[tuple[int, ...]] = deque()
        self._taking = asyncio.Lock()

    async def draw(self) -> tuple[int, ...]:
        """Return a number of each counter. Raises AWS's errors."""
        async with self._taking:
            if not self._left:
                self._left.extend(await self._take())
            return self._left.popleft()

    async def _take(self) -> list[tuple[int, ...]]:
        answer = await self._client.update_item(
            TableName=self._table,
            Key=self._key,
            UpdateExpression="ADD " + ", ".join(f"{name} :block" for name in self._counters),
            ExpressionAttributeValues={":block": {"N": str(BLOCK)}},
            ReturnValues="UPDATED_NEW",
        )
        last = [int(answer["Attributes"][name]["N"]) for name in self._counters]
        return [tuple(each - left for each in last) for left in reversed(range(BLOCK))]
