"""Throttles sellers as DynamoDB throttles a hot partition: only their items fail."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from tests.harness.faults import Front
from tests.harness.partial_failures import (
    Body,
    PartialFailure,
    failed_statements,
    unprocessed_keys,
)

_LIMITED = frozenset({"BatchExecuteStatement", "BatchGetItem", "PutItem"})
_STATEMENT_CODE = "ProvisionedThroughputExceeded"
_CALL_CODE = "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"


class WholeCalls(Enum):
    """Which batches of statements fail as a whole, with nothing carried out.

    NEVER: each statement has its own answer. IF_ALL: if all of its statements are throttled.
    IF_ANY: if one of them is, so that others fail with it; batches of reads too.
    """

    NEVER = "never"
    IF_ALL = "if all of it is throttled"
    IF_ANY = "if any of it is throttled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Throttles writes of `sellers` to the tables `writes_to`, and their `reads` of any table."""

    sellers: frozenset[str]
    writes_to: frozenset[str] = frozenset()
    reads: bool = False
    whole_calls: WholeCalls = WholeCalls.NEVER


class Throttled(NamedTuple):
    """How a call fails, and how many of its items were throttled, by seller."""

    failure: PartialFailure
    items: Counter[str]


def throttled(rule: Rule, operation: str, request: Body) -> Throttled | None:
    """How a rule throttles a call; None: not at all."""
    match operation:
        case "BatchExecuteStatement":
            return _statements(rule, request)
        case "BatchGetItem" if rule.reads:
            return _keys(rule, request)
        case "PutItem" if request["TableName"] in rule.writes_to:
            return _put(rule, request)
        case _:
            return None


@dataclass(kw_only=True)
class Throttle:
    """Throttles calls by a rule that may change at any time; without a rule everything passes.

    `items` counts throttled items by seller.
    """

    rule: Rule | None = None
    items: Counter[str] = field(default_factory=Counter)
    _news: asyncio.Event = field(default_factory=asyncio.Event)

    def __call__(self, operation: str, body: bytes) -> PartialFailure | None:
        """How a call fails, or None if it passes."""
        if self.rule is None or operation not in _LIMITED:
            return None
        found = throttled(self.rule, operation, json.loads(body))
        if found is None:
            return None
        self.items += found.items
        self._news.set()
        return found.failure

    async def until_felt(self, sellers: Iterable[str]) -> None:
        """Wait until every seller was throttled."""
        wanted = set(sellers)
        while not wanted <= self.items.keys():
            self._news.clear()
            await self._news.wait()


@asynccontextmanager
async def throttling(target: str, throttle: Throttle) -> AsyncIterator[Front]:
    """A proxy before the local AWS at `target`, for clients of DynamoDB; yields its `url`."""
    async with Front(target=target, limit=throttle).listening() as front:
        yield front


def _statements(rule: Rule, request: Body) -> Throttled | None:
    statements = request["Statements"]
    sellers = {
        number: seller
        for number, each in enumerate(statements)
        if _writes(each["Statement"], rule.writes_to)
        for seller in _named(rule, each["Parameters"])
    }
    if not sellers:
        return None
    everything = len(sellers) == len(statements)
    if rule.whole_calls is WholeCalls.IF_ANY or (
        rule.whole_calls is WholeCalls.IF_ALL and everything
    ):
        failure = _whole_call()
    else:
        codes = dict.fromkeys(sellers, _STATEMENT_CODE)
        failure = failed_statements(request, codes, sellers.keys())
    return Throttled(failure, Counter(sellers.values()))


def _keys(rule: Rule, request: Body) -> Throttled | None:
    items = Counter[str]()

    def choose(keys: Sequence[Body]) -> set[int]:
        sellers = {
            number: key["seller_handle"]["S"]
            for number, key in enumerate(keys)
            if key["seller_handle"]["S"] in rule.sellers
        }
        items.update(sellers.values())
        return set(sellers)

    failure = unprocessed_keys(request, choose)
    if not items:
        return None
    # DynamoDB answers like this if no key could be read.
    if failure.passed_on is None or rule.whole_calls is WholeCalls.IF_ANY:
        failure = _whole_call()
    return Throttled(failure, items)


def _put(rule: Rule, request: Body) -> Throttled | None:
    items = Counter(_named(rule, [request["Item"]["seller_handle"]]))
    return Throttled(_whole_call(), items) if items else None


def _writes(statement: str, tables: Iterable[str]) -> bool:
    return any(f'"{table}"' in statement for table in tables)


def _named(rule: Rule, values: Iterable[Body]) -> Iterator[str]:
    """The throttled sellers among values; an item has one seller."""
    yield from sorted({str(value.get("S")) for value in values} & rule.sellers)


def _whole_call() -> PartialFailure:
    body = {"__type": _CALL_CODE, "message": "The level of throughput was exceeded."}
    return PartialFailure(passed_on=None, complete=lambda _: body, status=400)
