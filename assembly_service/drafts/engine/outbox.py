"""The outbox: events written together with what happened, until they are published."""

from collections.abc import AsyncIterator, Sequence
from typing import Any

from assembly_service.aws.paging import pages
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.rows import OUTBOX, event_from_item

_DELETES_A_CALL = 25


class Outbox:
    """Reads and clears the outbox in the drafts table."""

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

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

    async def clear(self, events: Sequence[StoredEvent]) -> None:
        """Delete published events; one that remains is published again."""
        for start in range(0, len(events), _DELETES_A_CALL):
            requests = [
                {"DeleteRequest": {"Key": {"pk": {"S": OUTBOX}, "sk": {"S": event.event_id}}}}
                for event in events[start : start + _DELETES_A_CALL]
            ]
            await self._client.batch_write_item(RequestItems={self._table: requests})
