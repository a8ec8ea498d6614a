"""Whether a client may join the namespace."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, NamedTuple

from assembly_service.domain.exact_json import Value


class Credentials(NamedTuple):
    """What a client connects with, and the headers `Authorization` with which it came."""

    data: Value
    authorization: Sequence[str]


class ConnectRefused(Exception):
    """Refuses a client. The message is a sentence for it, `code` a word for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class AdmissionUnavailable(Exception):
    """Nobody can tell at the moment. The message says why."""


Admission = Callable[[Credentials], Awaitable[Any]]
"""Returns what the namespace is to know. Raises ConnectRefused, AdmissionUnavailable."""
