"""Ids of drafts, records and calls."""

import hashlib
import re
import secrets
from uuid import UUID, uuid4

_UUID_4 = re.compile(
    "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", re.IGNORECASE
)
_UUID = re.compile("[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


def new_session_id() -> str:
    """Return a random UUID, version 4: nobody can guess it."""
    return str(uuid4())


def is_session_id(text: str) -> bool:
    """Whether the text has the form of a session id, in either case."""
    return _UUID_4.fullmatch(text) is not None


def session_id_in(text: str) -> str | None:
    """Return the session id in a text such as an operation id; None if there is none."""
    found = _UUID_4.search(text)
    return found and found[0].lower()


def reference_of(session_id: str) -> str:
    """Return a name for a draft whose id is a secret: half of the id's SHA-256, in hex."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:32]


def is_guid(text: str) -> bool:
    """Whether the text has the form of a record's id, in either case."""
    return _UUID.fullmatch(text) is not None


def new_guid(now: int) -> str:
    """Return a UUID, version 7 (RFC 9562): later ones sort later, to the millisecond."""
    random = secrets.randbits(74)
    number = (now & (2**48 - 1)) << 80 | 0x7 << 76 | (random >> 62) << 64
    return str(UUID(int=number | 0b10 << 62 | random & (2**62 - 1)))


def operation_id(call: str, session_id: str = "") -> str:
    """Return a unique id for a call; `call` is its prefix, such as `add-product`."""
    return "-".join(part for part in (call, session_id, secrets.token_hex(8)) if part)
