"""Reads the audit items: who did what to a record, when, and in which call."""

from collections.abc import Mapping
from typing import Any

from assembly_service.domain.exact_json import Value
from assembly_service.storage.attribute_values import from_item

_PREFIX = "AUDIT#"

Entry = Mapping[str, Value]
"""An audit item as it was written, with the id of its `record`."""


class AuditTrail:
    """Audit items lie in the records table, those of a record in the order of time."""

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def of_record(self, record_id: str) -> list[Entry]:
        """What was done to a record, oldest first."""
        return await self._all(
            self._client.query,
            KeyConditionExpression="pk = :record",
            ExpressionAttributeValues={":record": {"S": _PREFIX + record_id}},
        )

    async def of_call(self, named: str) -> list[Entry]:
        """What was done in calls whose operation id is or holds this, such as a draft's id.

        Reads the whole table: no index leads from calls to records.
        """
        entries = await self._all(
            self._client.scan,
            FilterExpression="begins_with(pk, :audit) AND contains(operationId, :named)",
            ExpressionAttributeValues={":audit": {"S": _PREFIX}, ":named": {"S": named}},
        )
        return sorted(entries, key=lambda entry: str(entry["at"]))

    async def _all(self, read: Any, **request: Any) -> list[Entry]:
        entries: list[Entry] = []
        while True:
            answer = await read(TableName=self._table, ConsistentRead=True, **request)
            for item in answer["Items"]:
                record = item["pk"]["S"].removeprefix(_PREFIX)
                entries.append({"record": record, **from_item(item)})
            if "LastEvaluatedKey" not in answer:
                return entries
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]
