"""Conditional writes, many in one call, each with a result of its own."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import structlog

from assembly_service.aws.errors import (
    AWS_ERRORS,
    ErrorKind,
    code_of,
    is_collection_full,
    is_throttled,
    kind_of,
    kind_of_code,
)
from assembly_service.domain.product import positions_by_seller
from assembly_service.runtime.chunks import chunks
from assembly_service.storage.attribute_values import AttributeValue, Item

log = structlog.get_logger()

STATEMENTS_PER_CALL = 25


class WriteResult(Enum):
    """The result of one write.

    LOST: the condition failed. REFUSED: permanent. FULL: permanent, as for every write that adds to
    its partition key. ITEM_FAILED and CALL_FAILED are transient, and leave open whether the write
    was applied: only a read tells. The first names the item, the second no item.
    """

    APPLIED = "applied"
    LOST = "lost"
    REFUSED = "refused"
    FULL = "full"
    ITEM_FAILED = "item_failed"
    CALL_FAILED = "call_failed"


@dataclass(frozen=True, slots=True)
class Insert:
    """Write the item unless its key exists."""

    table: str
    item: Item


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace the item if the stored one has `expected` in `attribute`."""

    table: str
    item: Item
    attribute: str
    expected: AttributeValue


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the item if it has `expected` in `attribute`; deleting a missing item succeeds."""

    table: str
    key: Item
    attribute: str
    expected: AttributeValue


ConditionalWrite = Insert | Replace | Delete


class ConditionalWriter:
    """Applies conditional writes with a client that makes one attempt per call.

    A PartiQL INSERT fails if the key exists, so one BatchExecuteStatement is 25 conditional puts.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    async def write(self, writes: Sequence[ConditionalWrite]) -> list[WriteResult]:
        """Apply writes with distinct keys; return their results in order. Raises no AWS errors."""
        batched = [n for n, write in enumerate(writes) if not isinstance(write, Replace)]
        alone = [[n] for n, write in enumerate(writes) if isinstance(write, Replace)]
        return await self._in_parts(writes, [*chunks(batched, STATEMENTS_PER_CALL), *alone])

    async def _in_parts(
        self, writes: Sequence[ConditionalWrite], parts: Sequence[Sequence[int]]
    ) -> list[WriteResult]:
        """Apply each part, given as indices of writes, with a call of its own."""
        results: dict[int, WriteResult] = {}
        found = await asyncio.gather(
            *(self._part([writes[number] for number in part]) for part in parts)
        )
        for part, of_part in zip(parts, found, strict=True):
            results |= zip(part, of_part, strict=True)
        return [results[number] for number in range(len(writes))]

    async def _part(self, writes: Sequence[ConditionalWrite]) -> list[WriteResult]:
        if isinstance(writes[0], Replace):
            return [await self._replace(writes[0])]
        return await self._batch(writes)

    async def _batch(self, writes: Sequence[ConditionalWrite]) -> list[WriteResult]:
        try:
            answer = await self._client.batch_execute_statement(
                Statements=[_statement(write) for write in writes]
            )
        except AWS_ERRORS as error:
            parts = _parts_of_refused(writes, error)
            if len(parts) > 1:
                return await self._in_parts(writes, parts)
            return [_result_of_call(writes, error)] * len(writes)
        return [
            _result(write, response.get("Error"))
            for write, response in zip(writes, answer["Responses"], strict=True)
        ]

    async def _replace(self, write: Replace) -> WriteResult:
        try:
            await self._client.put_item(
                TableName=write.table,
                Item=write.item,
                ConditionExpression="#attribute = :expected",
                ExpressionAttributeNames={"#attribute": write.attribute},
                ExpressionAttributeValues={":expected": write.expected},
            )
        except AWS_ERRORS as error:
            return _result_of_call([write], error)
        return WriteResult.APPLIED


def _statement(write: ConditionalWrite) -> dict[str, Any]:
    match write:
        case Insert(table, item):
            return {
                "Statement": _insert_statement(table, tuple(item)),
                "Parameters": list(item.values()),
            }
        case Delete(table, key, attribute, expected):
            where = " AND ".join(f'"{name}" = ?' for name in (*key, attribute))
            return {
                "Statement": f'DELETE FROM "{table}" WHERE {where}',  # noqa: S608
                "Parameters": [*key.values(), expected],
            }
        case _:
            raise TypeError("a Replace cannot be a statement of a batch")


@lru_cache(maxsize=64)
def _insert_statement(table: str, names: tuple[str, ...]) -> str:
    values = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{values}}}'


def _parts_of_refused(
    writes: Sequence[ConditionalWrite], error: Exception
) -> Sequence[Sequence[int]]:
    """Split a call that was refused as a whole, so that the offending item ends up alone.

    One invalid item is enough for that, or one throttled seller.
    """
    if kind_of(error) is ErrorKind.REFUSED:
        middle = len(writes) // 2
        return [part for part in (range(middle), range(middle, len(writes))) if part]
    if is_throttled(code_of(error)):
        return positions_by_seller([_seller_of(write) for write in writes])
    return []


def _seller_of(write: ConditionalWrite) -> str:
    key = write.key if isinstance(write, Delete) else write.item
    return str(key["seller_handle"]["S"])


def _result(write: ConditionalWrite, error: dict[str, str] | None) -> WriteResult:
    if error is None:
        return WriteResult.APPLIED
    return _failure(
        [write], error.get("Code", ""), error.get("Message", ""), WriteResult.ITEM_FAILED
    )


def _result_of_call(writes: Sequence[ConditionalWrite], error: Exception) -> WriteResult:
    """A throttled call is split down to one seller, so its items are what failed."""
    code = code_of(error)
    failed = WriteResult.ITEM_FAILED if is_throttled(code) else WriteResult.CALL_FAILED
    return _failure(writes, code, str(error), failed)


def _failure(
    writes: Sequence[ConditionalWrite], code: str, message: str, transient: WriteResult
) -> WriteResult:
    kind = kind_of_code(code)
    if kind is ErrorKind.CONDITION_FAILED:
        return WriteResult.LOST
    tables = sorted({write.table for write in writes})
    log.warning("write_failed", tables=tables, writes=len(writes), code=code, message=message)
    if is_collection_full(code):
        return WriteResult.FULL
    if kind in (ErrorKind.NOT_FOUND, ErrorKind.CREDENTIALS):
        return WriteResult.CALL_FAILED
    return WriteResult.REFUSED if kind is ErrorKind.REFUSED else transient
