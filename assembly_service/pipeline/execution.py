"""Carrying out plans, many at once: set aside, write, announce, discard."""

import time
from collections.abc import Awaitable, Callable, Sequence

import structlog

from assembly_service.clock import Clock
from assembly_service.domain.instants import to_milliseconds
from assembly_service.domain.plan import (
    Outcome,
    Plan,
    ReplaceStaged,
    StageHalf,
    UpdateProduct,
    WriteProduct,
)
from assembly_service.domain.product import Announcement, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.monitoring.metrics import AssemblyMetrics
from assembly_service.pipeline.assembly import Assembly, Next, Step
from assembly_service.pipeline.quarantine import TOO_LARGE, Quarantine
from assembly_service.pipeline.waiting import all_ended
from assembly_service.storage.assembly_tables import AssemblyTables, Sighting
from assembly_service.storage.conditional_writes import Verdict

log = structlog.get_logger()

Announce = Callable[[Sequence[Announcement]], Awaitable[frozenset[ProductKey]]]
"""Announces products; returns the keys of those whose announcement did not go out."""

_NEXT_AFTER = {
    Verdict.LOST: Next.LOOK_AGAIN,
    Verdict.FAILED: Next.RETRY,
    # Trying again in hand would only hold back the others.
    Verdict.REFUSED: Next.HAND_BACK,
}


class Execution:
    """Carries out the plans of one round, each part for all keys together."""

    def __init__(
        self,
        *,
        tables: AssemblyTables,
        announce: Announce,
        quarantine: Quarantine,
        commit_allowance: int,
        clock: Clock,
        metrics: AssemblyMetrics,
    ) -> None:
        self._tables = tables
        self._announce_products = announce
        self._quarantine = quarantine
        self._commit_allowance = commit_allowance
        self._clock = clock
        self._metrics = metrics

    async def carry_out(self, steps: Sequence[Step]) -> None:
        """Carry out every plan, up to the announcement, and set what is next for its key.

        A crash between two parts repeats the earlier one: an announcement may be repeated and is
        never lost, because the staging record and the messages go last.
        """
        await all_ended(*(self._set_aside(step) for step in steps if step.plan.set_aside))
        await self._write(_going(steps))
        await self._announce(_going(steps))
        for step in _going(steps):
            step.next = _after(step.plan)
            if step.plan.set_aside is None:
                step.assembly.outcome = step.assembly.outcome or step.plan.outcome

    async def tidy_up(self, steps: Sequence[Step]) -> None:
        """Delete the staging records that were merged or set aside, and set what is next."""
        discarding = [(step, step.plan.discard) for step in steps if step.plan.discard is not None]
        verdicts = await self._tables.discard([staged for _, staged in discarding])
        for step in steps:
            step.next = Next.LOOK_AGAIN
        for (step, _), verdict in zip(discarding, verdicts, strict=True):
            if verdict is not Verdict.APPLIED:
                step.next = _NEXT_AFTER[verdict]
            elif step.plan.set_aside is None:
                # The delete on its version counts as a look after the write.
                step.next = Next.FINISHED

    def recognise(self, assembly: Assembly, sighting: Sighting) -> None:
        """Take note of a write whose answer was lost and which a look now shows to be applied."""
        plan, assembly.unanswered = assembly.unanswered, None
        if plan is not None and sighting.shows(plan.write):
            self._applied(assembly, plan)

    async def _set_aside(self, step: Step) -> None:
        guilty = step.plan.set_aside
        if isinstance(guilty, StagedHalf):
            # Sent once, however often its record then resists being deleted.
            if step.assembly.set_aside_version == guilty.version:
                return
            if await self._quarantine.set_aside_staged(guilty):
                step.assembly.set_aside_version = guilty.version
            else:
                step.next = Next.RETRY
        elif guilty is not None:
            culprit = step.assembly.remove_newest(guilty.half.kind)
            await self._quarantine.set_aside(culprit.message, culprit.identity, TOO_LARGE)

    async def _write(self, steps: Sequence[Step]) -> None:
        writing = [(step, step.plan.write) for step in steps if step.plan.write is not None]
        for step, write in writing:
            if isinstance(write, WriteProduct | UpdateProduct):
                # Set before the call: an answer may be lost after the write was applied.
                step.assembly.attempted, step.assembly.announced = True, False
        verdicts = await self._tables.write([write for _, write in writing])
        for (step, _), verdict in zip(writing, verdicts, strict=True):
            step.next = _NEXT_AFTER.get(verdict)
            if verdict is Verdict.APPLIED:
                self._applied(step.assembly, step.plan)
            elif verdict is Verdict.FAILED:
                step.assembly.unanswered = step.plan

    async def _announce(self, steps: Sequence[Step]) -> None:
        """Announce rows young enough for every poller; older ones are stamped anew first."""
        announcing: list[tuple[Step, Announcement]] = []
        for step in steps:
            product = step.plan.announce
            if product is None:
                continue
            if self._clock() - to_milliseconds(product.updated_at) >= self._commit_allowance:
                step.next = Next.LOOK_AGAIN
                continue
            announcing.append((step, Announcement(product, step.correlation_id)))
        if not announcing:
            return
        failed = await self._announce_products([announcement for _, announcement in announcing])
        for step, _ in announcing:
            if step.assembly.key in failed:
                step.next = Next.RETRY
                continue
            step.assembly.announced = True
            self._observe_delay(step)

    def _observe_delay(self, step: Step) -> None:
        received = [each.message.received_at for each in step.assembly.arrived]
        if step.plan.outcome is Outcome.ASSEMBLED and received:
            self._metrics.time_to_announcement.observe(time.monotonic() - max(received))

    def _applied(self, assembly: Assembly, plan: Plan) -> None:
        assembly.outcome = assembly.outcome or plan.outcome
        if isinstance(plan.write, StageHalf | ReplaceStaged):
            assembly.staged_before = True
        if plan.orphan is not None:
            self._name_orphan(plan.orphan)

    def _name_orphan(self, orphan: StagedHalf) -> None:
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


def _going(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.next is None]


def _after(plan: Plan) -> Next:
    """Every write needs a look after it, but none that somebody waits for."""
    if plan.write is not None or plan.discard is not None:
        return Next.TIDY_UP
    return Next.LOOK_AGAIN if plan.set_aside is not None else Next.FINISHED
