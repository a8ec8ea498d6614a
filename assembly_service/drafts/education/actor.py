"""Who may do what: an Owner for their own member, Admin and Main for all of the organisation."""

from dataclasses import dataclass

from assembly_service.drafts.access.caller import Caller, Privilege
from assembly_service.drafts.education.refusals import (
    MAY_NOT_CREATE,
    NO_MEMBER,
    NO_ROLE,
    OTHER_MEMBER,
    permission_denied,
)
from assembly_service.drafts.engine.draft import Draft, Owner

_STAFF = frozenset({Privilege.ADMIN, Privilege.MAIN})
_CREATE = frozenset({Privilege.OWNER, Privilege.MAIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """A caller with a role in an organisation."""

    user_id: str
    privilege: Privilege
    organization: str
    business_id: str | None

    @property
    def owner(self) -> Owner:
        """As the owner of a session."""
        return Owner(self.user_id, self.organization)

    @property
    def is_staff(self) -> bool:
        """Whether every member of the organisation may be worked on."""
        return self.privilege in _STAFF

    @property
    def may_skip_checks(self) -> bool:
        """Whether early checks may be skipped."""
        return self.privilege is Privilege.MAIN

    def may_act_for(self, business_id: str) -> bool:
        """Whether a member may be worked on."""
        return self.is_staff or self.business_id == business_id

    def may_see(self, draft: Draft) -> bool:
        """Whether a session exists, as far as this caller can know."""
        owner = draft.named_owner
        is_own = owner.user_id == self.user_id
        return owner.organization == self.organization and (self.is_staff or is_own)

    def refuse_other_member(self, business_id: str) -> None:
        """Raises Refusal if the member may not be worked on."""
        if not self.may_act_for(business_id):
            raise permission_denied(NO_MEMBER if self.business_id is None else OTHER_MEMBER)

    def refuse_creation(self) -> None:
        """Raises Refusal if the role may not create records."""
        if self.privilege not in _CREATE:
            raise permission_denied(MAY_NOT_CREATE)


def actor_of(caller: Caller) -> Actor:
    """Raises Refusal if the token names no role, or no organisation."""
    if caller.privilege is None or caller.organization is None:
        raise permission_denied(NO_ROLE)
    return Actor(
        user_id=caller.user_id,
        privilege=caller.privilege,
        organization=caller.organization,
        business_id=caller.business_id,
    )
