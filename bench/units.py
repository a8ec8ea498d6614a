"""Computes what DynamoDB bills for an item and for a query, by its published rules.

Sources in the developer guide: "DynamoDB read and write operations", "Local secondary indexes" and
"Global secondary indexes" (writes), "DynamoDB Transactions: How it works" (each item is read or
written twice; an index is written once, after the transaction). Local engines report too little, so
units are computed from the items' sizes.
"""

from collections.abc import Iterable
from math import ceil

from assembly_service.domain.item_size import item_size
from assembly_service.storage.attribute_values import Item, from_item

_WRITE_BYTES = 1024
_READ_BYTES = 4096
_TRANSACTIONAL = 2


def read_units(item: Item | None, *, consistent: bool, transactional: bool = False) -> float:
    """The units to read an item by its key; a missing one is billed like the smallest."""
    units = query_units([item], consistent=consistent)
    return units * _TRANSACTIONAL if transactional else units


def query_units(items: Iterable[Item | None], *, consistent: bool) -> float:
    """The units for a page of items; an empty page is billed like the smallest item."""
    units = max(1, ceil(sum(map(_size, items)) / _READ_BYTES))
    return units if consistent else units / 2


def write_units(
    before: Item | None,
    after: Item | None,
    *,
    index_key: str | None,
    transactional: bool = False,
) -> int:
    """The units to put, change or delete an item, or to leave it because a condition failed.

    `index_key` is the changing key of the table's KEYS_ONLY index, if it has one.
    """
    units = max(1, ceil(max(_size(before), _size(after)) / _WRITE_BYTES))
    units *= _TRANSACTIONAL if transactional else 1
    return units + (_index_units(before, after, index_key) if index_key else 0)


def _index_units(before: Item | None, after: Item | None, index_key: str) -> int:
    """An index entry is smaller than 1 KB; one that moves is deleted and written again."""
    old = (before or {}).get(index_key)
    new = (after or {}).get(index_key)
    return 0 if old == new else (old is not None) + (new is not None)


def _size(item: Item | None) -> int:
    return item_size(from_item(item)) if item else 0
