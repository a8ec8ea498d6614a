"""Executes the plans of a batch: quarantine, write, announce, discard."""

import time
from collections.abc import Sequence

import structlog

from assembly_service.aws.errors import Failure
from assembly_service.domain.plan import (
    Outcome,
    Plan,
    ReplaceStaged,
    StageHalf,
    UpdateProduct,
    WriteProduct,
)
from assembly_service.domain.product import Announcement
from assembly_service.domain.staging import StagedHalf
from assembly_service.domain.timestamps import to_milliseconds
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.quarantine import REJECTED, Quarantine
from assembly_service.pipeline.work_item import Next, UnfitMessage, WorkItem
from assembly_service.runtime.tasks import all_ended
from assembly_service.runtime.tracing import Step
from assembly_service.storage.assembly_tables import StoredState
from assembly_service.storage.conditional_writes import WriteResult

log = structlog.get_logger()

_NEXT_AFTER = {
    WriteResult.LOST: Next.LOOK_AGAIN,
    WriteResult.ITEM_FAILED: Next.WAIT,
    WriteResult.CALL_FAILED: Next.WAIT_OUT,
    WriteResult.REFUSED: Next.HAND_BACK,
}
_NEXT_UNPUBLISHED = {Failure.ITEM: Next.WAIT, Failure.CALL: Next.WAIT_OUT}


class PlanExecutor:
    """Executes the plans of many work items, one kind of step after another for all of them."""

    def __init__(self, collaborators: Collaborators, *, quarantine: Quarantine) -> None:
        self._tables = collaborators.tables
        self._announce_products = collaborators.announce
        self._commit_allowance = collaborators.rules.commit_allowance
        self._clock = collaborators.clock
        self._metrics = collaborators.metrics.assembly
        self._tracing = collaborators.tracing
        self._quarantine = quarantine

    async def execute(self, work: Sequence[WorkItem]) -> None:
        """Execute every plan up to the announcement, and set `next` of its item.

        After a crash the steps are repeated. An announcement may be repeated but is never lost,
        because the staging record and the messages are deleted last.
        """
        for item in work:
            item.next = None
        await all_ended(*(self._quarantine_half(item) for item in work if item.plan.quarantine))
        await self._write(_going(work))
        await self._announce(_going(work))
        for item in _going(work):
            item.next = _next_after(item.plan)
            if item.plan.quarantine is None:
                item.outcome = item.outcome or item.plan.outcome

    async def discard(self, work: Sequence[WorkItem]) -> None:
        """Delete the staging records that were merged or quarantined, and set `next`."""
        discarding = [(item, item.plan.discard) for item in work if item.plan.discard is not None]
        with self._tracing.spans(
            self._tables.discard_step, [item for item, _ in discarding]
        ) as spans:
            results = await self._tables.discard([staged for _, staged in discarding])
            spans.fail(map(_error_of, results))
        for item in work:
            item.next = Next.LOOK_AGAIN
        for (item, _), result in zip(discarding, results, strict=True):
            if result is not WriteResult.APPLIED:
                item.next = _NEXT_AFTER[result]
            elif item.plan.quarantine is None:
                # Deleting this version proves the same as another look.
                item.next = Next.FINISHED

    def recognise(self, item: WorkItem, stored: StoredState) -> None:
        """Record writes without an answer that turn out to be applied."""
        plans, item.unanswered = item.unanswered, []
        for plan in plans:
            if stored.shows(plan.write):
                self._applied(item, plan)

    async def _quarantine_half(self, item: WorkItem) -> None:
        """Send the half; the record of a staged one stays until the half in flight is sent too."""
        half, rejected = item.plan.quarantine, REJECTED[item.plan.reason]
        if isinstance(half, StagedHalf):
            # Sent once, however often deleting its record fails.
            if item.quarantined_version != half.version:
                if not await self._quarantine.send_staged(half, rejected):
                    item.next = Next.WAIT
                    return
                item.quarantined_version = half.version
            half = item.plan.quarantine_with
        if half is not None:
            removed = item.remove_newest(half.half.kind)
            unfit = UnfitMessage(removed.message, removed.identity, rejected)
            if not await self._quarantine.send(unfit):
                item.next = Next.LOOK_AGAIN

    async def _write(self, work: Sequence[WorkItem]) -> None:
        writing = [(item, item.plan.write) for item in work if item.plan.write is not None]
        attempted_before = {item for item in work if item.attempted}
        for item, write in writing:
            if isinstance(write, WriteProduct | UpdateProduct):
                # Before the call: the answer to an applied write may be lost.
                item.attempted, item.announced = True, False
        with self._tracing.spans(self._write_step, [item for item, _ in writing]) as spans:
            results = await self._tables.write([write for _, write in writing])
            spans.fail(map(_error_of, results))
        for (item, _), result in zip(writing, results, strict=True):
            item.next = _NEXT_AFTER.get(result)
            match result:
                case WriteResult.APPLIED:
                    self._applied(item, item.plan)
                case WriteResult.ITEM_FAILED | WriteResult.CALL_FAILED:
                    item.unanswered.append(item.plan)
                case WriteResult.FULL:
                    item.attempted = item in attempted_before
                    item.next = Next.HAND_BACK if item.seller_full else Next.LOOK_AGAIN
                    item.seller_full = True

    async def _announce(self, work: Sequence[WorkItem]) -> None:
        """Announce recent products; older ones get a new timestamp first, for those who poll.

        If only the topic refused this version, only the topic is retried.
        """
        announcing: list[tuple[WorkItem, Announcement]] = []
        for item in work:
            product = item.plan.announce
            if product is None:
                continue
            pushed = item.pushed == product.updated_at
            age = self._clock() - to_milliseconds(product.updated_at)
            if age >= self._commit_allowance and not pushed:
                item.next = Next.LOOK_AGAIN
                continue
            announcement = Announcement(
                product, item.correlation_id, pushed=pushed, trace_context=item.trace_context
            )
            announcing.append((item, announcement))
        if not announcing:
            return
        unpublished = await self._announce_products([each for _, each in announcing])
        for item, announcement in announcing:
            if failure := unpublished.get(item.key):
                item.pushed = announcement.product.updated_at
                item.next = _NEXT_UNPUBLISHED[failure]
                continue
            item.announced = True
            self._observe_delay(item)

    def _write_step(self, item: WorkItem) -> Step:
        if item.plan.write is None:
            raise RuntimeError("a plan without a write is traced as one")
        return self._tables.write_step(item.plan.write)

    def _observe_delay(self, item: WorkItem) -> None:
        received = [message.received_at for message in item.messages]
        if item.plan.outcome is Outcome.ASSEMBLED and received:
            self._metrics.time_to_announcement.observe(time.monotonic() - max(received))

    def _applied(self, item: WorkItem, plan: Plan) -> None:
        item.outcome = item.outcome or plan.outcome
        if isinstance(plan.write, StageHalf | ReplaceStaged):
            item.staged.append(plan.write.staged.half)
        if plan.orphan is not None:
            self._report_orphan(plan.orphan)

    def _report_orphan(self, orphan: StagedHalf) -> None:
        missing = orphan.half.kind.other.value
        self._metrics.orphans.labels(missing).inc()
        log.warning(
            "orphan_found",
            **orphan.half.key._asdict(),
            missing=missing,
            waiting_since_ms=orphan.created_at,
            expired_at_ms=orphan.expires_at,
            correlation_id=orphan.correlation_id,
        )


def _going(work: Sequence[WorkItem]) -> list[WorkItem]:
    """Return the items whose plans have not stopped early."""
    return [item for item in work if item.next is None]


def _error_of(result: WriteResult) -> str | None:
    """Return why a step failed, for its trace; a lost condition is not a failure."""
    return None if result in (WriteResult.APPLIED, WriteResult.LOST) else result.value


def _next_after(plan: Plan) -> Next:
    """Return what follows a whole plan: after a write another look, off the critical path."""
    if plan.write is not None or plan.discard is not None:
        return Next.CLEAN_UP
    return Next.LOOK_AGAIN if plan.quarantine is not None else Next.FINISHED
