"""Lists the halves in the staging table, and what each is waiting for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.runtime.clock import Clock
from assembly_service.storage.assembly_tables import AssemblyTables, StoredState

_USUAL_WAIT = 60_000
"""Milliseconds. The other half usually comes within seconds."""


class WaitingState(StrEnum):
    """The state of a staged half. Clean-up makes an EXPIRED one ORPHANED."""

    WAITING = "waiting"
    EXPIRED = "expired"
    ORPHANED = "orphaned"
    LEFT_OVER = "left over"


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingHalf:
    """A staged half. All times are in milliseconds since 1970."""

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
    """Yield every staged half in pages, as it is now. Raises the client's errors."""
    async for page in tables.scan_staged():
        stored_states = await tables.look([staged.half.key for staged in page])
        now = clock()
        # For a key that was left unprocessed, use what the scan returned.
        states = [
            stored_states.get(staged.half.key, StoredState(staged=staged, product=None))
            for staged in page
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
        overdue=now - staged.created_at > _USUAL_WAIT or now > staged.expires_at,
    )


def _state(staged: StagedHalf, *, beside_product: bool, now: int) -> WaitingState:
    if beside_product:
        return WaitingState.LEFT_OVER
    if staged.orphaned_at is not None:
        return WaitingState.ORPHANED
    return WaitingState.EXPIRED if now > staged.expires_at else WaitingState.WAITING
