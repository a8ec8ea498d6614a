"""Sweeps drafts that expired without anyone coming back."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.jitter import spread

NoteExpiry = Callable[[Draft], Awaitable[None]]
"""Notes that a draft has expired."""

SWEEP_SECONDS = 60.0

log = structlog.get_logger()


async def sweep(store: DraftStore, *, system: str, clock: Clock, note: NoteExpiry) -> None:
    """Note the expiry of every draft of the system that expired unnoticed.

    A draft that fails does not keep the next ones from being noted. Raises the first of AWS's
    errors at the end.
    """
    failed: Exception | None = None
    async for draft_id in store.overdue(system, now=clock()):
        try:
            # The index may lag behind the draft.
            draft = await store.read(draft_id)
            if draft is not None and draft.expires_unnoticed(clock()):
                await note(draft)
        except AWS_ERRORS as error:
            failed = failed or error
    if failed is not None:
        raise failed


async def keep_sweeping(
    store: DraftStore,
    *,
    system: str,
    clock: Clock,
    note: NoteExpiry,
    seconds: float = SWEEP_SECONDS,
) -> None:
    """Sweep a system about every `seconds` until cancelled; every instance does."""
    while True:
        await asyncio.sleep(seconds * spread(0.5, 1.5))
        try:
            await sweep(store, system=system, clock=clock, note=note)
        except AWS_ERRORS as error:
            log.warning("draft_sweep_failed", system=system, code=code_of(error))
