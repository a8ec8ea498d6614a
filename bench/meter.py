"""Counts the units of every call on the tables, from what the items were before and after it."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from assembly_service.storage.attribute_values import Item
from bench.errors import BenchError
from bench.front import Answer, PassOn
from bench.targets import Target, targets
from bench.units import read_units, write_units

_INDEX_KEYS = {"products": "updated_at"}
"""The sort key of a table's index, by the end of the table's name."""
_NOT_MET = ("ConditionalCheckFailed", "DuplicateItem")


@dataclass(kw_only=True)
class Meter:
    """Adds up units. Of two writes of one key at the same time either may be counted wrong."""

    dynamodb: Any
    _read: float = 0.0
    _written: float = 0.0
    _trouble: list[BenchError] = field(default_factory=list)

    @property
    def units(self) -> tuple[float, float]:
        """Units written and read so far. Raises BenchError if not every call could be counted."""
        if self._trouble:
            raise self._trouble[0]
        return self._written, self._read

    async def watch(self, operation: str, request: bytes, pass_on: PassOn) -> Answer:
        """Pass a call on and count what it took."""
        try:
            named = targets(operation, json.loads(request))
        except BenchError as error:
            self._trouble.append(error)
            return await pass_on()
        before = await self._items(named)
        answer = await pass_on()
        try:
            self._count(named, before, await self._items(named), _refused(answer, len(named)))
        except BenchError as error:
            self._trouble.append(error)
        return answer

    def _count(
        self,
        named: Sequence[Target],
        before: Sequence[Item | None],
        after: Sequence[Item | None],
        refused: Sequence[bool],
    ) -> None:
        for target, old, new, lost in zip(named, before, after, refused, strict=True):
            if target.consistent is not None:
                self._read += read_units(old, consistent=target.consistent)
                continue
            index_key = _INDEX_KEYS.get(target.table.rpartition("-")[2])
            self._written += write_units(old, new, refused=lost, index_key=index_key)

    async def _items(self, named: Sequence[Target]) -> list[Item | None]:
        answers = await asyncio.gather(
            *(
                self.dynamodb.get_item(TableName=each.table, Key=each.key, ConsistentRead=True)
                for each in named
            )
        )
        return [answer.get("Item") for answer in answers]


def _refused(answer: Answer, count: int) -> list[bool]:
    """For every item whether its condition was not met. Raises BenchError for other failures."""
    body = json.loads(answer.body)
    if answer.status != 200:
        codes = [str(body.get("__type")).rpartition("#")[2].removesuffix("Exception")] * count
    elif isinstance(body.get("Responses"), list):
        codes = [each.get("Error", {}).get("Code", "") for each in body["Responses"]]
    else:
        codes = [""] * count
    if failures := {code for code in codes if code and code not in _NOT_MET}:
        raise BenchError(f"The local AWS failed ({', '.join(failures)}): units were not counted.")
    return [bool(code) for code in codes]
