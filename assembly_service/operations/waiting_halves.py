"""Which halves wait in the staging table, and for what."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.runtime.clock import Clock
from assembly_service.storage.assembly_tables import AssemblyTables, StoredState

IN_THE_ORDINARY_COURSE = 60_000
"""Milliseconds that a half may wait before anybody should wonder."""


class WaitingState(StrEnum):
    """How a staged half stands. EXPIRED is not yet named by clean-up, ORPHANED is."""

    WAITING = "waiting"
    EXPIRED = "expired"
    ORPHANED = "orphaned"
    LEFT_OVER = "left over"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingHalf:
    """A staged half. All times are milliseconds since 1970."""

    key: ProductKey
    missing: HalfKind
    since: int
    until: int
    named_at: int | None
    state: WaitingState
    overdue: bool


async def waiting_halves(
    tables: AssemblyTables, *, clock: Clock
) -> AsyncIterator[list[WaitingHalf]]:
    """Every staged half as it stands now, a page at a time. Raises the client's errors."""
    async for page in tables.scan_staged():
        seen = await tables.look([staged.half.key for staged in page])
        now = clock()
        # A key that was left unprocessed counts as the scan has shown it.
        states = [
            seen.get(staged.half.key, StoredState(staged=staged, product=None)) for staged in page
        ]
        yield [
            _waiting(stored.staged, beside_product=stored.product is not None, now=now)
            for stored in states
            if stored.staged is not None
        ]


def _waiting(staged: StagedHalf, *, beside_product: bool, now: int) -> WaitingHalf:
    return WaitingHalf(
        key=staged.half.key,
        missing=staged.half.kind.other,
        since=staged.created_at,
        until=staged.expires_at,
        named_at=staged.orphaned_at,
        state=_state(staged, beside_product=beside_product, now=now),
        overdue=now - staged.created_at > IN_THE_ORDINARY_COURSE or now > staged.expires_at,
    )


def _state(staged: StagedHalf, *, beside_product: bool, now: int) -> WaitingState:
    if beside_product:
        return WaitingState.LEFT_OVER
    if staged.orphaned_at is not None:
        return WaitingState.ORPHANED
    return WaitingState.EXPIRED if now > staged.expires_at else WaitingState.WAITING
