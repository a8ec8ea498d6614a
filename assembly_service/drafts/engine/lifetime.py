"""How long drafts live: a time that is fixed, or that work on them makes longer."""

from dataclasses import dataclass

from assembly_service.drafts.engine.draft import Draft, Owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetime:
    """All in milliseconds. A new draft lives for `length`.

    A change that extends leaves it at least `extension` more, but never more than `longest` from
    its creation. For `gone_window` after its end callers read that it expired (410); with none it
    is unknown (404) at once. Both are judged by the clock, whenever the store deletes the row.
    """

    length: int
    extension: int = 0
    longest: int = 0
    gone_window: int = 0

    def extended(self, draft: Draft, now: int) -> int:
        """When a draft ends that is worked on now. Not additive, and never earlier than before."""
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
    """A draft without anything in it."""
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
