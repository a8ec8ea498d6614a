"""Limits on calls per minute, exact across all instances.

Calls that write a draft are counted in its row, together with what they write. All others are
counted in rows of their own, which expire.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from assembly_service.aws.errors import AWS_ERRORS, ErrorKind, code_of, kind_of
from assembly_service.drafts.engine.draft import CallCount
from assembly_service.drafts.engine.expressions import Expressions
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.runtime.clock import Clock
from assembly_service.storage.attribute_values import AttributeValue

_MINUTE = 60_000
_ROW_SECONDS = 3_600
# A call should not wait long for a count.
_COUNT_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class LimitReached:
    """This minute's calls are used up; the next minute begins in `retry_seconds`."""

    retry_seconds: int


@dataclass(frozen=True, slots=True)
class Counting:
    """One more call of a draft: the count including it, and the limit that has to allow it."""

    count: CallCount
    limit: int


def counted_once_more(counted: CallCount | None, limit: int, now: int) -> Counting | LimitReached:
    """Count one more call if the limit allows it.

    A stored minute just ahead of this clock comes from an instance whose clock is ahead, and
    counts; one far ahead comes from a wrong clock.
    """
    minute = now // _MINUTE
    if counted is None or not minute <= counted.minute <= minute + 1:
        return Counting(CallCount(minute, 1), limit)
    if counted.calls >= limit:
        return LimitReached(seconds_to_next(counted.minute, now))
    return Counting(CallCount(counted.minute, counted.calls + 1), limit)


def seconds_to_next(minute: int, now: int) -> int:
    """Return in how many whole seconds the minute is over, at least one."""
    return max(1, -(-((minute + 1) * _MINUTE - now) // 1000))


def add_counting(before: CallCount | None, counting: Counting, made: Expressions) -> None:
    """Add the count of a call to the update of a draft, provided the limit allows it.

    Concurrent calls within a minute all count, up to the limit. Of concurrent first calls in a
    minute one wins; the others look again.
    """
    after = counting.count
    if before is None:
        made.conditions.append("attribute_not_exists(call_minute)")
    else:
        made.conditions.append(f"call_minute = {made.value(before.minute)}")
    if before is not None and before.minute == after.minute:
        made.conditions.append(f"calls < {made.value(counting.limit)}")
        made.sets.append(f"calls = calls + {made.value(1)}")
    else:
        made.sets.append(f"call_minute = {made.value(after.minute)}")
        made.sets.append(f"calls = {made.value(1)}")


def as_counted(
    before: CallCount | None, after: CallCount | None
) -> tuple[str, dict[str, AttributeValue]]:
    """Return the condition that no call was counted since the draft was read, with its values.

    It is empty where no calls are counted.
    """
    if before is not None:
        return " AND call_minute = :minute AND calls = :calls", {
            ":minute": {"N": str(before.minute)},
            ":calls": {"N": str(before.calls)},
        }
    return (" AND attribute_not_exists(calls)", {}) if after else ("", {})


class CallLimits:
    """Limits calls that write no draft. `client` makes one attempt per call."""

    def __init__(
        self, *, client: Any, table: str, clock: Clock, metrics: DraftMetrics, system: str
    ) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._metrics = metrics
        self._system = system

    async def count(self, call: str, key: str, limit: int) -> LimitReached | None:
        """Count a call under a key. None if the limit allows it, or if counting fails."""
        now = self._clock()
        minute = now // _MINUTE
        try:
            async with asyncio.timeout(_COUNT_SECONDS):
                await self._add(f"CALLS#{self._system}#{call}#{key}", minute, limit)
        except AWS_ERRORS as error:
            if kind_of(error) is ErrorKind.CONDITION_FAILED:
                return LimitReached(seconds_to_next(minute, now))
            self._metrics.limit_not_counted(self._system, call, code_of(error))
        return None

    async def _add(self, key: str, minute: int, limit: int) -> None:
        await self._client.update_item(
            TableName=self._table,
            Key={"pk": {"S": key}, "sk": {"S": f"{minute}"}},
            UpdateExpression="ADD calls :one SET #ttl = :ttl",
            ConditionExpression="attribute_not_exists(calls) OR calls < :limit",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues={
                ":one": {"N": "1"},
                ":limit": {"N": str(limit)},
                ":ttl": {"N": str(minute * 60 + _ROW_SECONDS)},
            },
        )
