"""Moves categories on over time: from student to new graduate to graduate."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import structlog

from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.aws.paging import pages
from assembly_service.drafts.education.category import (
    Category,
    Determined,
    determine,
    local_time,
)
from assembly_service.drafts.education.events import category_changed
from assembly_service.drafts.education.record_reader import RecordReader
from assembly_service.drafts.education.records import CHANGING, StoredRecord, category_change
from assembly_service.drafts.education.reference import Reference
from assembly_service.drafts.education.reference_items import UnreadableItem
from assembly_service.drafts.education.sessions import SYSTEM
from assembly_service.drafts.engine.rows import event_to_item
from assembly_service.drafts.engine.transactions import Action, lost, transact
from assembly_service.runtime.clock import Clock
from assembly_service.storage.attribute_values import Item

ROWS_PER_PAGE = 50
_ATTEMPTS = 3

log = structlog.get_logger()


@dataclass(kw_only=True)
class RunCounts:
    """Counts of a run: records read, changes by old and new category, and unreadable records."""

    checked: int = 0
    unreadable: int = 0
    moved: Counter[tuple[Category, Category]] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recategorisation:
    """Updates every record whose category can still change. Raises AWS's errors.

    Idempotent, also when run concurrently: each write requires that the record is unchanged since
    it was read. `nudge` is called with the id of each record that has an event to publish.
    """

    client: Any
    table: str
    drafts_table: str
    reference: Reference
    clock: Clock
    nudge: Callable[[str], None]

    async def run(
        self,
        *,
        actor: str,
        operation: str,
        dry_run: bool = False,
        advance: Callable[[int], None] = lambda _: None,
    ) -> RunCounts:
        """Update all records that are due, page by page; `dry_run` only counts them.

        `advance` is called with the number of records of each page.
        """
        counts = RunCounts()
        changing = pages(
            self.client.query,
            TableName=self.table,
            KeyConditionExpression="pk = :changing",
            ExpressionAttributeValues={":changing": {"S": CHANGING}},
            ConsistentRead=True,
            Limit=ROWS_PER_PAGE,
        )
        async for page in changing:
            for row in page["Items"]:
                counts.checked += 1
                try:
                    move = await self._update_if_due(row, actor, operation, dry_run=dry_run)
                except AWS_ERRORS:
                    raise
                except (UnreadableItem, ValueError, KeyError, TypeError) as error:
                    counts.unreadable += 1
                    why = str(error) if isinstance(error, UnreadableItem) else type(error).__name__
                    log.warning("education_not_recategorised", record_id=row["sk"]["S"], reason=why)
                    continue
                if move is not None:
                    counts.moved[move] += 1
            advance(len(page["Items"]))
        return counts

    async def _update_if_due(
        self, row: Item, actor: str, operation: str, *, dry_run: bool
    ) -> tuple[Category, Category] | None:
        """Update one record if it is due. Reads it again if another write came first."""
        reader = RecordReader(client=self.client, table=self.table)
        for _ in range(_ATTEMPTS):
            stored = await reader.record(row["organization"]["S"], row["sk"]["S"])
            if stored is None:
                return None
            determined = await self._determined(stored)
            before, after = stored.category, determined.category
            if after is before:
                return None
            if dry_run or await self._write(stored, determined, actor, operation):
                return before, after
        return None

    async def _determined(self, stored: StoredRecord) -> Determined:
        return determine(
            graduated=stored.graduated,
            today=local_time(self.clock()).date(),
            membership_ends=await self.reference.membership_ends(stored.organization),
        )

    async def _write(
        self, stored: StoredRecord, determined: Determined, actor: str, operation: str
    ) -> bool:
        """Write the change. False if another write came first."""
        now = self.clock()
        event = category_changed(
            stored.record_id, operation, at=now, before=stored.category, after=determined.category
        )
        outbox_row = event_to_item(stored.record_id, f"{stored.version:08d}", event, system=SYSTEM)
        actions = [
            *category_change(
                self.table,
                stored,
                determined,
                actor=actor,
                operation_id=operation,
                at=now,
            ),
            Action(request={"Put": {"TableName": self.drafts_table, "Item": outbox_row}}),
        ]
        try:
            await transact(self.client, actions, token=str(uuid4()))
        except AWS_ERRORS as error:
            if not lost(error):
                raise
            return False
        self.nudge(stored.record_id)
        return True
