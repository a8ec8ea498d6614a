"""Permissions: an Owner acts for their own member, Admin and Main for the whole organisation."""

from dataclasses import dataclass

from assembly_service.access.caller import Caller, Privilege
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
        """Who owns the sessions that the actor stages."""
        return Owner(self.user_id, self.organization)

    @property
    def is_staff(self) -> bool:
        """Whether they may act for every member of the organisation."""
        return self.privilege in _STAFF

    @property
    def may_skip_checks(self) -> bool:
        """Whether they may skip the early checks."""
        return self.privilege is Privilege.MAIN

    def may_act_for(self, business_id: str) -> bool:
        """Whether they may act for a member."""
        return self.is_staff or self.business_id == business_id

    def may_see(self, draft: Draft) -> bool:
        """Whether they may know of a session."""
        owner = draft.named_owner
        is_own = owner.user_id == self.user_id
        return owner.organization == self.organization and (self.is_staff or is_own)

    def refuse_other_member(self, business_id: str) -> None:
        """Raise EducationRefusal unless they may act for the member."""
        if not self.may_act_for(business_id):
            raise permission_denied(NO_MEMBER if self.business_id is None else OTHER_MEMBER)

    def refuse_creation(self) -> None:
        """Raise EducationRefusal unless the role may create records."""
        if self.privilege not in _CREATE:
            raise permission_denied(MAY_NOT_CREATE)


def actor_of(caller: Caller) -> Actor:
    """Return the caller as an actor. Raises EducationRefusal without a role or organisation."""
    if caller.privilege is None or caller.organization is None:
        raise permission_denied(NO_ROLE)
    return Actor(
        user_id=caller.user_id,
        privilege=caller.privilege,
        organization=caller.organization,
        business_id=caller.business_id,
    )
