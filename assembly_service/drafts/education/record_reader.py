"""Reads education records and their guards."""

from typing import Any

from assembly_service.drafts.education.records import (
    COUNTERS,
    RECORD_OF_GUARD,
    StoredRecord,
    member_guard,
    record_key,
)
from assembly_service.drafts.engine.numbers import Numbers
from assembly_service.storage.attribute_values import Item


class RecordReader:
    """Reads the records table. `client` may retry. Methods raise AWS's errors."""

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._numbers = Numbers(client=client, table=table, key=COUNTERS, counters=("educations",))

    async def exists(self, key: Item) -> bool:
        """Whether a row has this key now. Reserves nothing."""
        return await self._get(key) is not None

    async def record(self, organization: str, record_id: str) -> StoredRecord | None:
        """Return a record of an organisation, or None."""
        row = await self._get(record_key(organization, record_id))
        return None if row is None else StoredRecord.of(row)

    async def record_of_member(self, organization: str, business_id: str) -> StoredRecord | None:
        """Return the record of a member of an organisation, or None."""
        guard = await self._get(member_guard(organization, business_id))
        if guard is None:
            return None
        return await self.record(organization, guard[RECORD_OF_GUARD]["S"])

    async def draw_number(self) -> int:
        """Draw an unused record number. One that is not used leaves a gap."""
        (number,) = await self._numbers.draw()
        return number

    async def _get(self, key: Item) -> Item | None:
        answer = await self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True)
        item: Item | None = answer.get("Item")
        return item
