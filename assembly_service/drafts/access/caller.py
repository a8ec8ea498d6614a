"""Who calls, as a verified token says it."""

from dataclasses import dataclass
from enum import IntEnum


class Privilege(IntEnum):
    """What a caller is; the numbers are those of the token."""

    OWNER = 1
    ADMIN = 2
    MAIN = 3


def parse_privilege(claim: object) -> Privilege | None:
    """The privilege of a claim: a number, or its name in any case. None for anything else."""
    if isinstance(claim, str):
        return Privilege.__members__.get(claim.upper())
    if isinstance(claim, bool) or not isinstance(claim, int):
        return None
    try:
        return Privilege(claim)
    except ValueError:
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One user of one organization. What the token does not say, or not as it should, is None."""

    user_id: str
    privilege: Privilege | None
    organization: str | None

    @property
    def may_prepare_products(self) -> bool:
        """Whether product drafts and the catalogue's private calls are open to the caller."""
        return self.privilege in {Privilege.ADMIN, Privilege.MAIN}
