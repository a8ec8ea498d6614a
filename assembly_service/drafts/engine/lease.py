"""How a lease and the expiry change a draft. Pure; the names of states are the system's."""

from dataclasses import replace

from assembly_service.drafts.engine.draft import Draft, Lease


def held(draft: Draft, lease: Lease, now: int, *, state: str) -> Draft:
    """Return the draft held by a commit; an expired lease is taken over with what it had fixed."""
    if draft.lease is not None:
        lease = replace(draft.lease, until=lease.until)
    return replace(
        draft, state=state, version=draft.version + 1, updated_at=now, errors=(), lease=lease
    )


def given_up(draft: Draft, errors: tuple[str, ...], now: int, *, state: str) -> Draft:
    """Return the draft after a failed commit, free to be committed again."""
    return replace(
        draft, state=state, version=draft.version + 1, updated_at=now, errors=errors, lease=None
    )


def expired(draft: Draft, now: int, *, state: str) -> Draft:
    """Return the draft with its expiry noted."""
    return replace(
        draft,
        state=state,
        version=draft.version + 1,
        updated_at=now,
        lease=None,
        expiry_noted=True,
    )
