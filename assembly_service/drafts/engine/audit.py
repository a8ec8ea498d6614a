"""Audit items: who did what to a record, when, and in which call."""

from collections.abc import Mapping
from typing import Any

from assembly_service.aws.paging import pages
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.transactions import Action, put_new
from assembly_service.storage.attribute_values import from_item, to_item

_PREFIX = "AUDIT#"

Entry = Mapping[str, Value]
"""An audit item, with the id of its `record`."""


class AuditTrail:
    """Reads audit items from the records table; those of a record are in order of time."""

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def of_draft(self, draft: Draft) -> list[Entry]:
        """Return what was done to the records of a committed draft, oldest first."""
        named = [each for each in (draft.result or {}).values() if _is_id(each)]
        found = [entry for record_id in named for entry in await self.of_record(record_id)]
        return sorted(found, key=lambda entry: str(entry["at"]))

    async def of_record(self, record_id: str) -> list[Entry]:
        """Return what was done to a record, oldest first."""
        query = pages(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="pk = :record",
            ExpressionAttributeValues={":record": {"S": _PREFIX + record_id}},
            ConsistentRead=True,
        )
        return [
            {"record": record_id, **from_item(item)}
            async for page in query
            for item in page["Items"]
        ]


def _is_id(value: Value) -> bool:
    return isinstance(value, str) and is_guid(value)


def audit(
    table: str,
    *,
    record_id: str,
    actor: str,
    at: int,
    operation_id: str,
    done: Mapping[str, Value],
) -> Action:
    """Return the write of an audit item, to be applied together with what it describes.

    `done` has an `action`; `at` is in milliseconds since 1970.
    """
    instant = format_milliseconds(at)
    key = {"pk": f"{_PREFIX}{record_id}", "sk": f"{instant}#{operation_id}"}
    values = {**key, **done, "actor": actor, "at": instant, "operationId": operation_id}
    return put_new(table, to_item(values))
