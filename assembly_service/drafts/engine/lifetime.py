"""How long drafts live: for a fixed time, or longer while someone works on them."""

from dataclasses import dataclass

from assembly_service.drafts.engine.draft import Draft, Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """All times are milliseconds. A new draft lives for `length`.

    A change that extends it leaves at least `extension`, up to `longest` after its creation. For
    `gone_window` after its end calls answer that it expired (410), afterwards that it is unknown
    (404). The clock decides, not when the store deletes the row.
    """

    length: int
    extension: int = 0
    longest: int = 0
    gone_window: int = 0

    def extended(self, draft: Draft, now: int) -> int:
        """Return when a draft that is changed now ends. Never earlier than before."""
        later = min(draft.created_at + self.longest, now + self.extension)
        return max(draft.expires_at, later)


def new(
    draft_id: str,
    system: str,
    owner: Owner | None,
    *,
    state: str,
    lifetime: Lifetime,
    now: int,
    reference: str | None = None,
) -> Draft:
    """Return an empty draft."""
    return Draft(
        id=draft_id,
        reference=reference or draft_id,
        system=system,
        owner=owner,
        state=state,
        version=1,
        created_at=now,
        updated_at=now,
        expires_at=now + lifetime.length,
        gone_window=lifetime.gone_window,
    )
