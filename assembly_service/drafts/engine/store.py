"""The drafts table: every write is conditional, and carries its event."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import uuid4

from assembly_service.aws.errors import AWS_ERRORS, ErrorKind, kind_of
from assembly_service.aws.paging import pages
from assembly_service.aws.table_indexes import EXPIRY_INDEX
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.call_limits import Counting, add_counting, as_counted
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.expressions import Expressions
from assembly_service.drafts.engine.merging import NOT_HELD, Merge, merge_action, sequence_of
from assembly_service.drafts.engine.rows import (
    LAST,
    TornRead,
    draft_from_items,
    draft_key,
    draft_to_item,
    event_to_item,
    open_drafts,
    parts_to_items,
    sequence_of_version,
)
from assembly_service.drafts.engine.transactions import (
    Action,
    did_not_fit,
    lost,
    met_another,
    put_new,
    transact,
)
from assembly_service.runtime.jitter import spread
from assembly_service.storage.attribute_values import Item, to_attribute_value

_READS = 6
_READ_AGAIN_SECONDS = 0.05
_ALIVE = "(expires_at > :now OR lease_until > :now)"


class DraftStore:
    """Reads and writes drafts.

    `client` may repeat a call by itself: a transaction carries a token, so that its repetition
    applies it once.
    """

    def __init__(self, *, client: Any, table: str) -> None:
        self._client = client
        self._table = table

    async def read(self, draft_id: str) -> Draft | None:
        """Return the draft as last written, expired or not; None if there is none.

        One that has ended may lack its parts apart: the store deletes rows in no order.
        """
        rest = None
        for _ in range(_READS):
            try:
                return draft_from_items(await self._rows(draft_id))
            except TornRead as torn:
                rest = torn.rest
                await asyncio.sleep(spread(0, _READ_AGAIN_SECONDS))
        if rest is None:
            raise TimeoutError("the rows of a draft do not become one version")
        return rest

    async def _rows(self, draft_id: str) -> list[Item]:
        query = pages(
            self._client.query,
            TableName=self._table,
            KeyConditionExpression="pk = :draft",
            ExpressionAttributeValues={":draft": draft_key(draft_id)["pk"]},
            ConsistentRead=True,
        )
        return [item async for page in query for item in page["Items"]]

    async def create(self, draft: Draft, event: Event, *, more: Sequence[Action] = ()) -> None:
        """Write a new draft with an unused id and no parts apart, together with `more`."""
        actions = [put_new(self._table, draft_to_item(draft)), self._event(draft, event), *more]
        await transact(self._client, actions, token=str(uuid4()))

    async def replace(
        self,
        before: Draft,
        after: Draft,
        event: Event,
        *,
        now: int,
        token: str | None = None,
        more: Sequence[Action] = (),
    ) -> bool:
        """Write `after` if the draft is unchanged and alive by the clock; False if not.

        For an expiry only the version counts. Repeated with the same `token` and arguments it is
        written once. `more` is written with it, and must have no condition.
        """
        alive = "" if after.expiry_noted else f" AND {_ALIVE}"
        counted, counts = as_counted(before.counted, after.counted)
        put = {
            "TableName": self._table,
            "Item": draft_to_item(after),
            "ConditionExpression": f"version = :version{alive}{counted}",
            "ExpressionAttributeValues": {":version": {"N": str(before.version)}, **counts}
            | ({":now": {"N": str(now)}} if alive else {}),
        }
        parts = [
            Action(request={"Put": {"TableName": self._table, "Item": item}})
            for item in parts_to_items(after)
        ]
        actions = [Action(request={"Put": put}), *parts, self._event(after, event), *more]
        return await self._wins(actions, token=token or str(uuid4()))

    async def merge(self, draft: Draft, merge: Merge, event: Event, *, now: int) -> bool:
        """Merge single keys into the draft, and write the event.

        False if a condition failed, if other transactions kept conflicting, or if the merge does
        not fit a draft that changed: read it again.
        """
        actions = [
            Action(request={"Update": merge_action(self._table, draft, merge, now)}),
            self.event_action(draft.reference, sequence_of(draft), event, system=draft.system),
        ]
        try:
            return await self._wins(actions, token=str(uuid4()))
        except AWS_ERRORS as error:
            if not (met_another(error) or did_not_fit(error)):
                raise
            return False

    async def count_call(self, draft: Draft, counting: Counting, *, now: int) -> bool:
        """Count a call that changes nothing else. False if a condition failed: read again."""
        made = Expressions(now=now)
        made.conditions += ["expires_at > :now", NOT_HELD, "attribute_exists(lifecycle)"]
        add_counting(draft.counted, counting, made)
        try:
            await self._client.update_item(
                TableName=self._table,
                Key=draft_key(draft.id),
                **made.parameters(),
            )
        except AWS_ERRORS as error:
            if not (met_another(error) or kind_of(error) is ErrorKind.CONDITION_FAILED):
                raise
            return False
        return True

    async def move_committed(
        self, before: Draft, *, state: str, result: Mapping[str, Value], event: Event, now: int
    ) -> bool:
        """Give a committed draft another state and result, with an event after all others.

        False if another write came first, or the draft is no longer visible.
        """
        update = {
            "TableName": self._table,
            "Key": draft_key(before.id),
            "UpdateExpression": "SET #state = :state, #result = :result, version = version + :one",
            "ConditionExpression": (
                "#state = :before AND version = :version AND attribute_exists(#result)"
                " AND (attribute_not_exists(purge_at) OR purge_at > :now)"
            ),
            "ExpressionAttributeNames": {"#state": "state", "#result": "result"},
            "ExpressionAttributeValues": {
                ":state": {"S": str(state)},
                ":before": {"S": str(before.state)},
                ":result": to_attribute_value(dict(result)),
                ":version": {"N": str(before.version)},
                ":now": {"N": str(now)},
                ":one": {"N": "1"},
            },
        }
        sequence = f"{LAST}{before.version + 1:08d}"
        actions = [
            Action(request={"Update": update}),
            self.event_action(before.reference, sequence, event, system=before.system),
        ]
        return await self._wins(actions, token=str(uuid4()))

    async def write_event(
        self, reference: str, sequence: str, event: Event, *, system: str
    ) -> None:
        """Write an event that belongs to no change of a draft."""
        action = self.event_action(reference, sequence, event, system=system)
        await transact(self._client, [action], token=str(uuid4()))

    def event_action(self, reference: str, sequence: str, event: Event, *, system: str) -> Action:
        """Return the write of an event to the outbox, identified by `reference` and `sequence`.

        Those of one reference are published in the order of their sequences.
        """
        item = event_to_item(reference, sequence, event, system=system)
        return Action(request={"Put": {"TableName": self._table, "Item": item}})

    async def delete(self, draft: Draft, event: Event, *, now: int) -> bool:
        """Delete the draft if it is unchanged and alive by the clock; False if not."""
        delete = {
            "TableName": self._table,
            "Key": draft_key(draft.id),
            "ConditionExpression": f"version = :version AND {_ALIVE}",
            "ExpressionAttributeValues": {
                ":version": {"N": str(draft.version)},
                ":now": {"N": str(now)},
            },
        }
        # The event of the version that would come next.
        actions = [
            Action(request={"Delete": delete}),
            self._event(replace(draft, version=draft.version + 1), event),
        ]
        return await self._wins(actions, token=str(uuid4()))

    def commit_actions(
        self, draft: Draft, *, state: str, result: Mapping[str, Value], event: Event
    ) -> list[Action]:
        """Return what a commit writes besides its records: the committed draft and its event.

        Depends on nothing that a take-over changes, so that whoever commits writes the same.
        """
        update = {
            "TableName": self._table,
            "Key": draft_key(draft.id),
            "UpdateExpression": (
                "SET #state = :state, #result = :result,"
                " version = version + :one REMOVE parts, lifecycle, #record"
            ),
            "ConditionExpression": "#state = :held AND commit_token = :token",
            "ExpressionAttributeNames": {
                "#state": "state",
                "#result": "result",
                "#record": "record",
            },
            "ExpressionAttributeValues": {
                ":state": {"S": str(state)},
                ":held": {"S": str(draft.state)},
                ":token": {"S": draft.commit_lease.token},
                ":result": to_attribute_value(dict(result)),
                ":one": {"N": "1"},
            },
        }
        success = event_to_item(draft.reference, LAST, event, system=draft.system)
        return [
            Action(request={"Update": update}, if_refused="The session was changed meanwhile"),
            put_new(self._table, success, if_refused="The session was committed already"),
        ]

    async def purge(self, draft_id: str, *, token: str, at: int) -> None:
        """Hide a committed draft from readers at an instant, unless one is set already."""
        try:
            await self._client.update_item(
                TableName=self._table,
                Key=draft_key(draft_id),
                UpdateExpression="SET purge_at = :at, #ttl = :ttl",
                ConditionExpression="commit_token = :token AND attribute_not_exists(purge_at)",
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":at": {"N": str(at)},
                    ":ttl": {"N": str(-(-at // 1000))},
                    ":token": {"S": token},
                },
            )
        except AWS_ERRORS as error:
            if kind_of(error) is not ErrorKind.CONDITION_FAILED:
                raise

    async def overdue(self, system: str, *, now: int) -> AsyncIterator[str]:
        """Yield the ids of a system's drafts that expired unnoted, as far as the index knows."""
        query = pages(
            self._client.query,
            TableName=self._table,
            IndexName=EXPIRY_INDEX,
            KeyConditionExpression="lifecycle = :open AND expires_at <= :now",
            ExpressionAttributeValues={
                ":open": {"S": open_drafts(system)},
                ":now": {"N": str(now)},
            },
        )
        async for page in query:
            for item in page["Items"]:
                yield item["pk"]["S"].removeprefix("DRAFT#")

    async def _wins(self, actions: Sequence[Action], *, token: str) -> bool:
        try:
            await transact(self._client, actions, token=token)
        except AWS_ERRORS as error:
            if not lost(error):
                raise
            return False
        return True

    def _event(self, draft: Draft, event: Event) -> Action:
        sequence = sequence_of_version(draft.version)
        return self.event_action(draft.reference, sequence, event, system=draft.system)
