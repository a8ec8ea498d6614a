"""The health checks of an instance, and their results."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class CheckStatus(StrEnum):
    """From best to worst. `degraded` still serves; only `failing` answers 503."""

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
    """The checks of this instance. They time out by themselves, and report failures, not raise."""

    async def everything(self) -> Sequence[Check]:
        """Run every check, each once."""
        ...

    async def live(self) -> Sequence[Check]:
        """Check whether a restart would help; only then it fails."""
        ...

    async def ready(self) -> Sequence[Check]:
        """Check what this instance needs for its role."""
        ...

    async def worker(self) -> Sequence[Check]:
        """Check that messages are received, and from the right queues."""
        ...

    async def database(self) -> Sequence[Check]:
        """Check that the tables answer."""
        ...
