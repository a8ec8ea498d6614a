"""Who calls, as a verified token says it."""

import re
from dataclasses import dataclass
from enum import IntEnum

LONGEST_CLAIM = 255
"""How many characters the id of a user or of an organization may have."""

_ENCRYPTED = re.compile(r"[0-9a-fA-F]{32}:[0-9a-fA-F]+")


class Privilege(IntEnum):
    """What a caller is; the numbers are those of the token."""

    OWNER = 1
    ADMIN = 2
    MAIN = 3


_PRIVILEGES = {word: each for each in Privilege for word in (each.name, str(each.value))}


def parse_privilege(claim: object) -> Privilege | None:
    """The privilege of a claim: a number, also as a text, or a name. None for anything else.

    Names may be in either case of ASCII: in others a letter turns into one that it is not.
    """
    if isinstance(claim, str):
        return _PRIVILEGES.get(claim.upper()) if claim.isascii() else None
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    return next((each for each in Privilege if each == claim), None)


def parse_id(claim: object) -> str | None:
    """The id of a claim: a text that can be stored in a key. None for anything else."""
    if not isinstance(claim, str) or not claim.strip() or len(claim) > LONGEST_CLAIM:
        return None
    # Half a surrogate pair, which JSON can hold, cannot be encoded.
    return None if any("\ud800" <= character <= "\udfff" for character in claim) else claim


def parse_user_id(claim: object) -> str | None:
    """The id of a user: a text as `parse_id` takes it, or a whole number, which becomes one."""
    if isinstance(claim, float) and claim.is_integer():
        claim = int(claim)
    if isinstance(claim, int) and not isinstance(claim, bool):
        claim = str(claim)
    return parse_id(claim)


def is_encrypted(claim: object) -> bool:
    """Whether a claim is `iv:data` in hex: another text with each token, so nobody's id."""
    return isinstance(claim, str) and _ENCRYPTED.fullmatch(claim) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One user of one organization. What the token does not say, or not as it should, is None.

    `business_id` is the member that an Owner is.
    """

    user_id: str
    privilege: Privilege | None
    organization: str | None
    business_id: str | None = None

    @property
    def may_prepare_products(self) -> bool:
        """Whether product drafts and the catalogue's private calls are open to the caller."""
        return self.privilege in {Privilege.ADMIN, Privilege.MAIN}
