"""Counts the units of every call on the tables, from the items before and after it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from assembly_service.storage.attribute_values import Item
from bench.errors import BenchFailed
from bench.front import Answer, PassOn
from bench.targets import Request, Target, targets
from bench.units import query_units, read_units, write_units

_INDEX_KEYS = {"products": "updated_at", "drafts": "lifecycle"}
"""The index key that changes, by the end of the table's name."""
_NOT_MET = {"ConditionalCheckFailed", "DuplicateItem", "TransactionConflict"}
"""Another writer came first. Units are used all the same."""


@dataclass(kw_only=True)
class Meter:
    """Adds up units. Simultaneous writes of one key may be counted wrong."""

    dynamodb: Any
    _read: float = 0.0
    _written: float = 0.0
    _errors: list[BenchFailed] = field(default_factory=list)

    @property
    def units(self) -> tuple[float, float]:
        """Units written and read so far. Raises BenchFailed if a call could not be counted."""
        if self._errors:
            raise self._errors[0]
        return self._written, self._read

    async def watch(self, operation: str, request: bytes, pass_on: PassOn) -> Answer:
        """Pass a call on and count its units."""
        try:
            named = targets(operation, json.loads(request))
        except BenchFailed as error:
            self._errors.append(error)
            return await pass_on()
        before = await self._items(named)
        answer = await pass_on()
        if failures := _codes(answer) - _NOT_MET:
            failed = f"The local AWS failed ({', '.join(failures)}): units were not counted."
            self._errors.append(BenchFailed(failed))
        if operation == "Query" and answer.status == HTTPStatus.OK:
            self._count_query(json.loads(request), json.loads(answer.body)["Items"])
        for target, old, new in zip(named, before, await self._items(named), strict=True):
            self._count(target, old, new)
        return answer

    def _count(self, target: Target, old: Item | None, new: Item | None) -> None:
        if target.consistent is not None:
            self._read += read_units(
                old, consistent=target.consistent, transactional=target.transactional
            )
        else:
            index_key = _INDEX_KEYS.get(target.table.rpartition("-")[2])
            self._written += write_units(
                old, new, index_key=index_key, transactional=target.transactional
            )

    def _count_query(self, request: Request, items: Sequence[Item]) -> None:
        self._read += query_units(items, consistent=request.get("ConsistentRead", False))

    async def _items(self, named: Sequence[Target]) -> list[Item | None]:
        answers = await asyncio.gather(
            *(
                self.dynamodb.get_item(TableName=each.table, Key=each.key, ConsistentRead=True)
                for each in named
            )
        )
        return [answer.get("Item") for answer in answers]


def _codes(answer: Answer) -> set[str]:
    """The error codes of a failed call, or of its failed statements or actions."""
    body = json.loads(answer.body)
    if reasons := body.get("CancellationReasons"):
        return {each["Code"] for each in reasons} - {"None"}
    if answer.status != HTTPStatus.OK:
        return {str(body.get("__type")).rpartition("#")[2].removesuffix("Exception")}
    responses = body.get("Responses")
    statements = responses if isinstance(responses, list) else []
    return {each["Error"]["Code"] for each in statements if "Error" in each}
