"""The outbox: events written together with what happened, until they are published."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from assembly_service.aws.paging import pages
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.rows import OUTBOX, event_from_item
from assembly_service.runtime.chunks import chunks

_DELETES_PER_CALL = 25


class Outbox:
    """Reads and clears the outbox in the drafts table."""

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table
        self._published: dict[str, None] = {}
        self._clearing: asyncio.Task[bool] | None = None

    async def waiting(self, reference: str = "") -> AsyncIterator[list[StoredEvent]]:
        """Yield all events, or one draft's, in pages; those of a draft in order, without gaps."""
        condition, values = "pk = :outbox", {":outbox": {"S": OUTBOX}}
        if reference:
            condition += " AND begins_with(sk, :draft)"
            values[":draft"] = {"S": f"{reference}#"}
        query = pages(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression=condition,
            ExpressionAttributeValues=values,
            ConsistentRead=True,
        )
        async for page in query:
            if page["Items"]:
                yield [event_from_item(item) for item in page["Items"]]

    async def clear(self, events: Sequence[StoredEvent]) -> bool:
        """Delete published events; one that remains is published again. Whether none remains.

        Those who clear at the same moment share the calls, and their failure.
        """
        if not events:
            return True
        self._published |= {event.event_id: None for event in events}
        if self._clearing is None:
            self._clearing = asyncio.create_task(self._clear(), name="draft-outbox-clearing")
        # Whoever is cancelled must not take the others' deletion along.
        return await asyncio.shield(self._clearing)

    async def _clear(self) -> bool:
        # Everyone who is ready to clear joins.
        await asyncio.sleep(0)
        keys = [{"pk": {"S": OUTBOX}, "sk": {"S": event_id}} for event_id in self._published]
        self._published, self._clearing = {}, None
        is_clear = True
        for part in chunks(keys, _DELETES_PER_CALL):
            requests = [{"DeleteRequest": {"Key": key}} for key in part]
            answer = await self._client.batch_write_item(RequestItems={self._table: requests})
            is_clear &= not answer.get("UnprocessedItems")
        return is_clear
