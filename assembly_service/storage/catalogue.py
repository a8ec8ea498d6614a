"""Reads the products table: one product, a seller's newest, a seller's changes."""

import asyncio
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from assembly_service.aws.table_indexes import UPDATED_AT_INDEX
from assembly_service.domain.product import Product, ProductKey
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.runtime.retry import growing_pauses
from assembly_service.storage.attribute_values import Item
from assembly_service.storage.rows import key_item, key_of, product_from_item

_KEYS_PER_CALL = 100
_FRUITLESS_CALLS = 6
_FIRST_PAUSE_SECONDS = 0.05


class CatalogueBusy(Exception):
    """DynamoDB returned none of the requested products several times in a row."""


class Position(NamedTuple):
    """The position of a row in the index by `updated_at`."""

    updated_at: str
    video_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Products in the order of the rows read.

    `positions` are those of the products' rows. `last` is the position of the last row read, None
    without rows. `has_more` is true only if a row follows it.
    """

    products: tuple[Product, ...]
    positions: tuple[Position, ...]
    last: Position | None
    has_more: bool


def start_of_changes(since: str, *, allowance_seconds: float) -> str:
    """Return the timestamp for `changed_since`: `since` less the allowance, never before 1970."""
    earlier = to_milliseconds(since) - round(allowance_seconds * 1000)
    return format_milliseconds(max(0, earlier))


class Catalogue:
    """Strongly consistent reads of the products table. All methods raise the client's errors."""

    def __init__(self, *, dynamodb: Any, table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    async def product(self, key: ProductKey) -> Product | None:
        """Return the product of a video, or None."""
        answer = await self._dynamodb.get_item(
            TableName=self._table, Key=key_item(key), ConsistentRead=True
        )
        return product_from_item(answer["Item"]) if "Item" in answer else None

    async def newest(self, seller_handle: str, *, limit: int, after: str | None) -> Page:
        """Return up to `limit` products with a `video_id` below `after`, in descending order."""
        start = {} if after is None else _start(ProductKey(seller_handle, after))
        rows = await self._rows(
            limit + 1,
            KeyConditionExpression="seller_handle = :seller",
            ExpressionAttributeValues={":seller": {"S": seller_handle}},
            ScanIndexForward=False,
            **start,
        )
        return _page(rows, limit, {row.key: row for row in map(product_from_item, rows[:limit])})

    async def changed_since(
        self, seller_handle: str, *, since: str, limit: int, after: Position | None
    ) -> Page:
        """Return up to `limit` products with an `updated_at` after `since`, oldest change first.

        `since` is a timestamp as the service writes it; `after` must be later. A product that
        changes during the call is newer than its position, and is on a later page again. Reads at
        most `limit` + 1 keys, however many the seller has.

        Raises CatalogueBusy.
        """
        start = {}
        if after is not None:
            start = _start(ProductKey(seller_handle, after.video_id), updated_at=after.updated_at)
        rows = await self._changed_rows(seller_handle, since, limit + 1, **start)
        return _page(rows, limit, await self._products(seller_handle, rows[:limit]))

    async def last_changes(self, seller_handle: str, *, since: str, limit: int) -> Page:
        """Return up to `limit` products with an `updated_at` after `since`, newest change first.

        Like `changed_since`, but a product that changes during the call may be missing.

        Raises CatalogueBusy.
        """
        rows = await self._changed_rows(seller_handle, since, limit + 1, ScanIndexForward=False)
        return _page(rows, limit, await self._products(seller_handle, rows[:limit]))

    async def changed_positions(
        self, seller_handle: str, *, since: str, limit: int
    ) -> Sequence[Position]:
        """Return up to `limit` positions of products with an `updated_at` after `since`.

        They are in order of change, oldest first. Reads keys only.
        """
        rows = await self._changed_rows(seller_handle, since, limit)
        return [_position_of(row) for row in rows]

    async def _changed_rows(
        self, seller_handle: str, since: str, count: int, **query: Any
    ) -> list[Item]:
        return await self._rows(
            count,
            IndexName=UPDATED_AT_INDEX,
            # Only keys are projected. Engines differ in what they return for other attributes.
            ProjectionExpression="seller_handle, video_id, updated_at",
            KeyConditionExpression="seller_handle = :seller AND updated_at > :since",
            ExpressionAttributeValues={":seller": {"S": seller_handle}, ":since": {"S": since}},
            **query,
        )

    async def _rows(self, count: int, **query: Any) -> list[Item]:
        """Read up to `count` rows: a query also ends after 1 MB, long before its limit."""
        rows: list[Item] = []
        while True:
            answer = await self._dynamodb.query(
                TableName=self._table,
                ConsistentRead=True,
                Limit=count - len(rows),
                **query,
            )
            rows += answer["Items"]
            if len(rows) >= count or "LastEvaluatedKey" not in answer:
                return rows
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    async def _products(
        self, seller_handle: str, rows: Iterable[Item]
    ) -> dict[ProductKey, Product]:
        # A product that changes between two parts of a query has a row in each, and DynamoDB
        # refuses a batch that names a key twice.
        keys = dict.fromkeys(ProductKey(seller_handle, row["video_id"]["S"]) for row in rows)
        return {product.key: product for product in await self._fetch(list(keys))}

    async def _fetch(self, keys: Sequence[ProductKey]) -> list[Product]:
        waiting = [key_item(key) for key in keys]
        found: list[Product] = []
        pauses = _pauses()
        while waiting:
            items, unprocessed = await self._batch_get(waiting[:_KEYS_PER_CALL])
            found += map(product_from_item, items)
            waiting = [*unprocessed, *waiting[_KEYS_PER_CALL:]]
            if items:
                pauses = _pauses()
            if unprocessed:
                await _pause(pauses)
        return found

    async def _batch_get(self, keys: list[Item]) -> tuple[list[Item], list[Item]]:
        answer = await self._dynamodb.batch_get_item(
            RequestItems={self._table: {"Keys": keys, "ConsistentRead": True}}
        )
        unprocessed = answer.get("UnprocessedKeys", {}).get(self._table, {}).get("Keys", [])
        return answer["Responses"].get(self._table, []), unprocessed


def _start(key: ProductKey, **index_key: str) -> dict[str, Item]:
    position = {name: {"S": value} for name, value in index_key.items()}
    return {"ExclusiveStartKey": {**key_item(key), **position}}


def _page(rows: Sequence[Item], limit: int, products: Mapping[ProductKey, Product]) -> Page:
    """Return the products of the rows in order, each once."""
    shown: dict[ProductKey, Position] = {}
    for row in rows[:limit]:
        shown.setdefault(key_of(row), _position_of(row))
    found = [key for key in shown if key in products]
    return Page(
        products=tuple(products[key] for key in found),
        positions=tuple(shown[key] for key in found),
        last=_position_of(rows[:limit][-1]) if rows else None,
        has_more=len(rows) > limit,
    )


def _position_of(row: Item) -> Position:
    return Position(row["updated_at"]["S"], row["video_id"]["S"])


def _pauses() -> Iterator[float]:
    return islice(growing_pauses(first=_FIRST_PAUSE_SECONDS, longest=math.inf), _FRUITLESS_CALLS)


async def _pause(pauses: Iterator[float]) -> None:
    seconds = next(pauses, None)
    if seconds is None:
        raise CatalogueBusy("DynamoDB is too busy to return the products: try again later.")
    await asyncio.sleep(seconds)
