"""Projects in the records table: their rows, writes and reads."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assembly_service.aws.paging import pages
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.audit import audit
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.identifiers import new_guid
from assembly_service.drafts.engine.transactions import Action, put_new
from assembly_service.drafts.project.fields import Data, shown
from assembly_service.storage.attribute_values import Item, from_item, to_item

_ID_IN_USE = "The project id is already in use"
_NOBODY = "anonymous"
STATUSES = ("draft", "in_review", "approved", "rejected")


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationMetadata:
    """All that a new project holds beside its data; `created_at` in milliseconds since 1970.

    `user_id` is None for a project that everybody may see, `source` for one without a session.
    """

    project_id: str
    created_at: int
    operation_id: str
    user_id: str | None
    source: str | None
    source_reference: str | None


def new_metadata(
    operation: str, now: int, *, user_id: str | None, session: Draft | None = None
) -> CreationMetadata:
    """Make the creation metadata of a project, from a session or without one."""
    return CreationMetadata(
        project_id=new_guid(now),
        created_at=now,
        operation_id=operation,
        user_id=user_id,
        source=session.id if session else None,
        source_reference=session.reference if session else None,
    )


def metadata_of(held: Draft) -> CreationMetadata:
    """Return the creation metadata that the commit has fixed."""
    return CreationMetadata(**held.commit_lease.record)


def creation(table: str, metadata: CreationMetadata, data: Data) -> list[Action]:
    """Return the writes of a project and its audit item."""
    row = {
        **_key(metadata.user_id, metadata.project_id),
        **to_item({**asdict(metadata), "data": dict(data)}),
    }
    source = {"sessionRef": metadata.source_reference} if metadata.source_reference else {}
    return [
        put_new(table, row, if_refused=_ID_IN_USE),
        audit(
            table,
            record_id=metadata.project_id,
            actor=metadata.user_id or _NOBODY,
            at=metadata.created_at,
            operation_id=metadata.operation_id,
            done={"action": "create", **source},
        ),
    ]


def shown_project(metadata: CreationMetadata, data: Data) -> dict[str, Value]:
    """Return a project as clients see it."""
    at = format_milliseconds(metadata.created_at)
    return {
        **shown(data),
        "id": metadata.project_id,
        "building": {
            "type": data.get("buildingType"),
            "size": shown(data).get("squareFootage"),
            "floors": shown(data).get("numberOfFloors", 1),
            "zones": shown(data).get("numberOfZones", 1),
        },
        "clientName": _client_name(data),
        "status": STATUSES[0],
        "sourceSessionId": metadata.source,
        "createdAt": at,
        "updatedAt": at,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectPage:
    """Some projects, newest first; `last` is the id to continue after, None at the end."""

    projects: Sequence[Mapping[str, Value]]
    last: str | None


class Projects:
    """Reads projects. `client` may retry."""

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def find(self, project_id: str, user_id: str | None) -> dict[str, Value] | None:
        """Return a project that is public or the user's, or None."""
        for owner in _visible_owners(user_id):
            answer = await self._client.get_item(
                TableName=self._table, Key=_key(owner, project_id), ConsistentRead=True
            )
            if "Item" in answer:
                return _shown(answer["Item"])
        return None

    async def newest(self, user_id: str | None, *, limit: int, after: str | None) -> ProjectPage:
        """Return public projects and the user's, older than the project `after`."""
        found = await asyncio.gather(
            *(self._newest_of(owner, limit + 1, after) for owner in _visible_owners(user_id))
        )
        rows = sorted((row for rows in found for row in rows), key=_id_in, reverse=True)
        page = rows[:limit]
        return ProjectPage(
            projects=[_shown(row) for row in page],
            last=_id_in(page[-1]) if len(rows) > len(page) else None,
        )

    async def _newest_of(self, owner: str | None, most: int, after: str | None) -> list[Item]:
        """Read a full page, which may take several queries of a megabyte each."""
        rows: list[Item] = []
        query = pages(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="pk = :partition AND begins_with(sk, :project)",
            ExpressionAttributeValues={
                ":partition": {"S": _partition(owner)},
                ":project": {"S": _PROJECT},
            },
            ScanIndexForward=False,
            ConsistentRead=True,
            Limit=most,
            **({} if after is None else {"ExclusiveStartKey": _key(owner, after)}),
        )
        async for page in query:
            rows += page["Items"]
            if len(rows) >= most:
                break
        return rows[:most]


_PROJECT = "PROJECT#"


def _partition(user_id: str | None) -> str:
    return "PROJECTS" if user_id is None else f"PROJECTS#{user_id}"


def _key(user_id: str | None, project_id: str) -> Item:
    """Projects are sorted by creation: their ids start with the time."""
    return {"pk": {"S": _partition(user_id)}, "sk": {"S": f"{_PROJECT}{project_id}"}}


def _visible_owners(user_id: str | None) -> list[str | None]:
    return [None] if user_id is None else [None, user_id]


def _id_in(row: Item) -> str:
    sort: str = row["sk"]["S"]
    return sort.removeprefix(_PROJECT)


def _shown(row: Item) -> dict[str, Value]:
    values = from_item(row)
    data = values.pop("data")
    metadata = {name: value for name, value in values.items() if name not in {"pk", "sk"}}
    return shown_project(CreationMetadata(**metadata), data)


def _client_name(data: Data) -> str:
    return str(data.get("clientName") or data.get("projectName") or "Unknown Client")
