"""Who calls, according to a verified token."""

import re
from dataclasses import dataclass
from enum import IntEnum

LONGEST_CLAIM = 255
"""How many characters the id of a user or an organization may have."""

_ENCRYPTED = re.compile(r"[0-9a-fA-F]{32}:[0-9a-fA-F]+")


class Privilege(IntEnum):
    """A caller's privilege, with the numbers of tokens."""

    OWNER = 1
    ADMIN = 2
    MAIN = 3


_PRIVILEGES = {word: each for each in Privilege for word in (each.name, str(each.value))}


def parse_privilege(claim: object) -> Privilege | None:
    """Read a claim's privilege: a number, also as text, or a name. None for anything else.

    Names have to be ASCII, in either case: the upper case of other letters can be ASCII.
    """
    if isinstance(claim, str):
        return _PRIVILEGES.get(claim.upper()) if claim.isascii() else None
    if isinstance(claim, bool) or not isinstance(claim, int | float):
        return None
    return next((each for each in Privilege if each == claim), None)


def parse_id(claim: object) -> str | None:
    """Read an id from a claim: a text that can be stored in a key. None for anything else."""
    if not isinstance(claim, str) or not claim.strip() or len(claim) > LONGEST_CLAIM:
        return None
    # Half a surrogate pair, which JSON can hold, cannot be encoded.
    return None if any("\ud800" <= character <= "\udfff" for character in claim) else claim


def parse_user_id(claim: object) -> str | None:
    """Read a user's id: as `parse_id` does, or an integral number, which becomes a text."""
    if isinstance(claim, float) and claim.is_integer():
        claim = int(claim)
    if isinstance(claim, int) and not isinstance(claim, bool):
        claim = str(claim)
    return parse_id(claim)


def is_encrypted(claim: object) -> bool:
    """Whether a claim is `iv:data` in hex: it differs in each token, so it cannot be an id."""
    return isinstance(claim, str) and _ENCRYPTED.fullmatch(claim) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """One user of one organization. Missing or malformed claims are None.

    `business_id` is the member that an Owner is.
    """

    user_id: str
    privilege: Privilege | None
    organization: str | None
    business_id: str | None = None

    @property
    def may_prepare_products(self) -> bool:
        """Whether the caller may use product drafts and the catalogue's private calls."""
        return self.privilege in {Privilege.ADMIN, Privilege.MAIN}
