"""Conditional writes, many in one call, each with a verdict of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
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
from assembly_service.domain.product import by_seller
from assembly_service.storage.attribute_values import AttributeValue, Item

log = structlog.get_logger()

STATEMENTS_PER_CALL = 25


class Verdict(Enum):
    """What became of one write.

    REFUSED: not applied, and never will be as it is. FULL: nor will any write that makes the items
    of its partition key larger. ITEM_FAILED and CALL_FAILED are passing, name the one item or no
    item, and say nothing about whether the write was applied: only a look can tell.
    """

    APPLIED = "applied"
    LOST = "lost"
    REFUSED = "refused"
    FULL = "full"
    ITEM_FAILED = "item_failed"
    CALL_FAILED = "call_failed"


@dataclass(frozen=True, slots=True)
class Insert:
    """Write the item if there is none with its key."""

    table: str
    item: Item


@dataclass(frozen=True, slots=True)
class Replace:
    """Write the whole item if the one there has `expected` in `attribute`."""

    table: str
    item: Item
    attribute: str
    expected: AttributeValue


@dataclass(frozen=True, slots=True)
class Delete:
    """Delete the item if it has `expected` in `attribute`; an item already gone is as good."""

    table: str
    key: Item
    attribute: str
    expected: AttributeValue


ConditionalWrite = Insert | Replace | Delete


class ConditionalWriter:
    """Carries out conditional writes with a client that makes one attempt per call.

    A PartiQL INSERT fails where the key exists, so one BatchExecuteStatement is 25 conditional
    puts. A key may stand only once in what is given to one `write`.
    """

    def __init__(self, client: Any) -> None:
        self._client = client

    async def write(self, writes: Sequence[ConditionalWrite]) -> list[Verdict]:
        """The verdicts, in the order of the writes. Raises nothing but programming errors."""
        verdicts: dict[int, Verdict] = {}

        async def record(
            numbers: Sequence[int],
            call: Callable[[Sequence[ConditionalWrite]], Awaitable[list[Verdict]]],
        ) -> None:
            answers = await call([writes[number] for number in numbers])
            verdicts.update(zip(numbers, answers, strict=True))

        in_batches = [n for n, write in enumerate(writes) if not isinstance(write, Replace)]
        async with asyncio.TaskGroup() as group:
            for start in range(0, len(in_batches), STATEMENTS_PER_CALL):
                group.create_task(
                    record(in_batches[start : start + STATEMENTS_PER_CALL], self._batch)
                )
            for number, write in enumerate(writes):
                if isinstance(write, Replace):
                    group.create_task(record([number], self._replace))
        return [verdicts[number] for number in range(len(writes))]

    async def _batch(self, writes: Sequence[ConditionalWrite]) -> list[Verdict]:
        try:
            answer = await self._client.batch_execute_statement(
                Statements=[_statement(write) for write in writes]
            )
        except AWS_ERRORS as error:
            parts = _parts_of_refused(writes, error)
            if len(parts) > 1:
                return await self._in_parts(writes, parts)
            return [_failed_call(writes, error)] * len(writes)
        return [
            _verdict(write, response.get("Error"))
            for write, response in zip(writes, answer["Responses"], strict=True)
        ]

    async def _in_parts(
        self, writes: Sequence[ConditionalWrite], parts: Collection[Sequence[int]]
    ) -> list[Verdict]:
        """Each part, given by the numbers of its writes, in a call of its own."""
        verdicts: dict[int, Verdict] = {}
        answers = await asyncio.gather(
            *(self._batch([writes[number] for number in part]) for part in parts)
        )
        for part, answered in zip(parts, answers, strict=True):
            verdicts |= zip(part, answered, strict=True)
        return [verdicts[number] for number in range(len(writes))]

    async def _replace(self, writes: Sequence[ConditionalWrite]) -> list[Verdict]:
        (write,) = writes
        if not isinstance(write, Replace):
            raise TypeError("only a Replace is put on its own")
        try:
            await self._client.put_item(
                TableName=write.table,
                Item=write.item,
                ConditionExpression="#attribute = :expected",
                ExpressionAttributeNames={"#attribute": write.attribute},
                ExpressionAttributeValues={":expected": write.expected},
            )
        except AWS_ERRORS as error:
            return [_failed_call(writes, error)]
        return [Verdict.APPLIED]


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
            raise TypeError("a Replace has no statement: it is put on its own")


@lru_cache(maxsize=64)
def _insert_statement(table: str, names: tuple[str, ...]) -> str:
    values = ", ".join(f"'{name}': ?" for name in names)
    return f'INSERT INTO "{table}" VALUE {{{values}}}'


def _parts_of_refused(
    writes: Sequence[ConditionalWrite], error: Exception
) -> Sequence[Sequence[int]]:
    """How to split a call that was refused whole, so that the culprit stands alone.

    One unfit item makes the engine refuse a whole call; a throttled one may be one seller's doing.
    """
    if kind_of(error) is ErrorKind.REFUSED:
        middle = len(writes) // 2
        return [part for part in (range(middle), range(middle, len(writes))) if part]
    if is_throttled(code_of(error)):
        return by_seller([_seller_of(write) for write in writes])
    return []


def _seller_of(write: ConditionalWrite) -> str:
    key = write.key if isinstance(write, Delete) else write.item
    return str(key["seller_handle"]["S"])


def _verdict(write: ConditionalWrite, error: dict[str, str] | None) -> Verdict:
    if error is None:
        return Verdict.APPLIED
    return _failure([write], error.get("Code", ""), error.get("Message", ""), Verdict.ITEM_FAILED)


def _failed_call(writes: Sequence[ConditionalWrite], error: Exception) -> Verdict:
    """A throttled call cannot be split any further, so it names its one item or seller."""
    code = code_of(error)
    failed = Verdict.ITEM_FAILED if is_throttled(code) else Verdict.CALL_FAILED
    return _failure(writes, code, str(error), failed)


def _failure(
    writes: Sequence[ConditionalWrite], code: str, message: str, passing: Verdict
) -> Verdict:
    kind = kind_of_code(code)
    if kind is ErrorKind.CONDITION_FAILED:
        return Verdict.LOST
    tables = sorted({write.table for write in writes})
    log.warning("write_failed", tables=tables, writes=len(writes), code=code, message=message)
    if is_collection_full(code):
        return Verdict.FULL
    if kind in (ErrorKind.NOT_FOUND, ErrorKind.CREDENTIALS):
        return Verdict.CALL_FAILED
    return Verdict.REFUSED if kind is ErrorKind.REFUSED else passing
