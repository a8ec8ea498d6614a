"""Looks up accounts and membership years, and caches them for five minutes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Generic, TypeVar

import structlog

from assembly_service.aws.paging import pages
from assembly_service.drafts.education.category import current_membership_end
from assembly_service.drafts.education.reference_items import (
    MEMBERSHIP_YEARS,
    Account,
    MembershipYearItem,
    UnreadableItem,
    account_key,
    from_row,
    membership_prefix,
)
from assembly_service.runtime.clock import Clock
from assembly_service.storage.attribute_values import Item

CACHE_MILLISECONDS = 300_000
_MOST_CACHED = 10_000

T = TypeVar("T")

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Cache(Generic[T]):
    """Values by key, each for five minutes. Absent ones are not cached."""

    _held: dict[str, tuple[int, T]] = field(default_factory=dict)

    def find(self, key: str, now: int) -> T | None:
        until, value = self._held.get(key, (0, None))
        return value if now < until else None

    def keep(self, key: str, value: T, now: int) -> None:
        if len(self._held) >= _MOST_CACHED:
            self._held.clear()
        self._held[key] = now + CACHE_MILLISECONDS, value


class Reference:
    """Reads reference data. Methods raise AWS's errors; `client` may retry."""

    def __init__(self, *, client: Any, table: str, clock: Clock) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._accounts: _Cache[Account] = _Cache()
        self._membership_ends: _Cache[date] = _Cache()

    async def account(self, account_id: str) -> Account | None:
        """Return the account, whatever its organisation, or None."""
        now = self._clock()
        if (known := self._accounts.find(account_id, now)) is not None:
            return known
        answer = await self._client.get_item(
            TableName=self._table, Key=account_key(account_id), ConsistentRead=True
        )
        account = _readable_account(answer["Item"]) if "Item" in answer else None
        if account is not None:
            self._accounts.keep(account_id, account, now)
        return account

    async def membership_ends(self, organization: str) -> date | None:
        """Return the last day of the organisation's current membership year, if there is one.

        Raises UnreadableItem if any of its years cannot be read.
        """
        now = self._clock()
        if (known := self._membership_ends.find(organization, now)) is not None:
            return known
        ends = current_membership_end(await self._membership_years(organization))
        if ends is not None:
            self._membership_ends.keep(organization, ends, now)
        return ends

    async def _membership_years(self, organization: str) -> list[MembershipYearItem]:
        rows = await rows_of(
            self._client, self._table, MEMBERSHIP_YEARS, prefix=membership_prefix(organization)
        )
        # All or an error: a skipped year would cost graduates their discount for good.
        return [item for item in map(from_row, rows) if isinstance(item, MembershipYearItem)]


async def rows_of(client: Any, table: str, partition: str, *, prefix: str = "") -> list[Item]:
    """Return the rows of a partition whose sort keys start with `prefix`."""
    values: dict[str, Mapping[str, str]] = {":partition": {"S": partition}}
    condition = "pk = :partition"
    if prefix:
        condition += " AND begins_with(sk, :prefix)"
        values[":prefix"] = {"S": prefix}
    query = pages(
        client.query,
        TableName=table,
        KeyConditionExpression=condition,
        ExpressionAttributeValues=values,
        ConsistentRead=True,
    )
    return [row async for page in query for row in page["Items"]]


def _readable_account(row: Item) -> Account | None:
    """Return the account of a row, or None with a log line if it cannot be read."""
    try:
        item = from_row(row)
    except UnreadableItem as error:
        log.warning("education_reference_unreadable", reason=str(error))
        return None
    return item if isinstance(item, Account) else None
