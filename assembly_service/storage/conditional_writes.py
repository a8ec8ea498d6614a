"""Conditional writes, many in one call, each with a verdict of its own."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Any

import structlog

from assembly_service.aws.errors import ErrorKind, code_of, is_aws_error, kind_of, kind_of_code
from assembly_service.storage.attribute_values import AttributeValue, Item

log = structlog.get_logger()

STATEMENTS_PER_CALL = 25


class Verdict(Enum):
    """What became of one write.

    REFUSED: not applied, and never will be as it is. FAILED says nothing about whether the write
    was applied: only a look can tell.
    """

    APPLIED = "applied"
    LOST = "lost"
    REFUSED = "refused"
    FAILED = "failed"


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
                Statements=[_statement(write) for write in writes],
                ReturnConsumedCapacity="TOTAL",
            )
        except Exception as error:
            if not is_aws_error(error):
                raise
            if kind_of(error) is ErrorKind.REFUSED and len(writes) > 1:
                return await self._halves(writes)
            return [_failure(writes, code_of(error), str(error))] * len(writes)
        return [
            _verdict(write, response.get("Error"))
            for write, response in zip(writes, answer["Responses"], strict=True)
        ]

    async def _halves(self, writes: Sequence[ConditionalWrite]) -> list[Verdict]:
        """One unfit item makes the engine refuse a whole call: split until it stands alone."""
        middle = len(writes) // 2
        return [*await self._batch(writes[:middle]), *await self._batch(writes[middle:])]

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
                ReturnConsumedCapacity="TOTAL",
            )
        except Exception as error:
            if not is_aws_error(error):
                raise
            return [_failure(writes, code_of(error), str(error))]
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


def _verdict(write: ConditionalWrite, error: dict[str, str] | None) -> Verdict:
    if error is None:
        return Verdict.APPLIED
    return _failure([write], error.get("Code", ""), error.get("Message", ""))


def _failure(writes: Sequence[ConditionalWrite], code: str, message: str) -> Verdict:
    kind = kind_of_code(code)
    if kind is ErrorKind.CONDITION_FAILED:
        return Verdict.LOST
    tables = sorted({write.table for write in writes})
    log.warning("write_failed", tables=tables, writes=len(writes), code=code, message=message)
    return Verdict.REFUSED if kind is ErrorKind.REFUSED else Verdict.FAILED
