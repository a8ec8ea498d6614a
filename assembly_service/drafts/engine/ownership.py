"""Who owns a draft."""

from assembly_service.access.caller import Caller
from assembly_service.drafts.engine.draft import Draft


def belongs_to(
    draft: Draft, caller: Caller | None, *, share_within_organization: bool = False
) -> bool:
    """Whether the draft is the caller's, or shared within the caller's organisation.

    A draft without an owner belongs to everyone who knows its id. One with an owner is out of
    reach for callers without a token.
    """
    if draft.owner is None:
        return True
    if caller is None or draft.owner.organization != (caller.organization or ""):
        return False
    shared = share_within_organization and caller.organization is not None
    return shared or draft.owner.user_id == caller.user_id
