"""What holding a draft, giving it up and its end make of it. Pure; states are a system's words."""

from dataclasses import replace

from assembly_service.drafts.engine.draft import Draft, Lease


def held(draft: Draft, lease: Lease, now: int, *, state: str) -> Draft:
    """Held by a commit call. A lease that ran out is taken over, with all that it had fixed."""
    if draft.lease is not None:
        lease = replace(draft.lease, until=lease.until)
    return replace(
        draft, state=state, version=draft.version + 1, updated_at=now, errors=(), lease=lease
    )


def given_up(draft: Draft, errors: tuple[str, ...], now: int, *, state: str) -> Draft:
    """The commit has failed, nothing was written, and it may be tried again."""
    return replace(
        draft, state=state, version=draft.version + 1, updated_at=now, errors=errors, lease=None
    )


def expired(draft: Draft, now: int, *, state: str) -> Draft:
    """Its lifetime is over, and that is noted."""
    return replace(
        draft,
        state=state,
        version=draft.version + 1,
        updated_at=now,
        lease=None,
        expiry_noted=True,
    )
