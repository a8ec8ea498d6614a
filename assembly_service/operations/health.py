"""What is checked of an instance, and how it came out."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CheckStatus(StrEnum):
    """`degraded` still serves, but without something; only `failing` answers 503."""

    OK = "ok"
    DEGRADED = "degraded"
    FAILING = "failing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """The result of one check; `detail` is a sentence."""

    name: str
    status: CheckStatus
    detail: str


class Health(Protocol):
    """The checks of this instance. They end by themselves and report failure, not raise it."""

    async def live(self) -> Sequence[Check]:
        """Failing only if a restart would help."""
        ...

    async def ready(self) -> Sequence[Check]:
        """Everything this instance needs to do its part: its tables, a worker recent polls too."""
        ...

    async def database(self) -> Sequence[Check]:
        """Whether the tables answer."""
        ...
