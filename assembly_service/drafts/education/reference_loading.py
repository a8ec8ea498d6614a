"""Loads reference data into the records table. Idempotent."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from assembly_service.drafts.education.reference import rows_of
from assembly_service.drafts.education.reference_items import (
    ACCOUNTS,
    MEMBERSHIP_YEARS,
    AnyItem,
    to_row,
)
from assembly_service.runtime.chunks import chunks
from assembly_service.runtime.retry import growing_pauses
from assembly_service.storage.attribute_values import Item

_ROWS_PER_CALL = 25
_MOST_TRIES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """What a load changes: rows to write, and the number that are already there."""

    new: tuple[Item, ...]
    changed: tuple[Item, ...]
    same: int

    @property
    def rows(self) -> tuple[Item, ...]:
        """All rows to write."""
        return (*self.new, *self.changed)


async def difference(client: Any, table: str, items: Sequence[AnyItem]) -> Difference:
    """Compare items with the table."""
    stored = {
        _key(row): row
        for partition in (ACCOUNTS, MEMBERSHIP_YEARS)
        for row in await rows_of(client, table, partition)
    }
    rows = [to_row(item) for item in items]
    new = tuple(row for row in rows if _key(row) not in stored)
    changed = tuple(row for row in rows if stored.get(_key(row), row) != row)
    return Difference(new=new, changed=changed, same=len(rows) - len(new) - len(changed))


async def write(
    client: Any, table: str, rows: Sequence[Item], advance: Callable[[int], None]
) -> None:
    """Write the rows. `advance` is called with the number of each batch. Raises AWS's errors.

    After an interruption, load again.
    """
    for part in chunks(rows, _ROWS_PER_CALL):
        left = [{"PutRequest": {"Item": row}} for row in part]
        for pause in islice(growing_pauses(first=0.1, longest=5.0), _MOST_TRIES):
            answer = await client.batch_write_item(RequestItems={table: left})
            unwritten = answer.get("UnprocessedItems", {}).get(table, [])
            advance(len(left) - len(unwritten))
            left = unwritten
            if not left:
                break
            await asyncio.sleep(pause)
        else:
            raise TimeoutError("the table is throttling the load")


def _key(row: Item) -> tuple[str, str]:
    return row["pk"]["S"], row["sk"]["S"]
