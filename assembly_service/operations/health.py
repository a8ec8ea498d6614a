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

    async def everything(self) -> Sequence[Check]:
        """All that is checked, each check once."""
        ...

    async def live(self) -> Sequence[Check]:
        """Failing only if a restart would help."""
        ...

    async def ready(self) -> Sequence[Check]:
        """What this instance needs to do its part, as its role is judged."""
        ...

    async def worker(self) -> Sequence[Check]:
        """Whether the queues are received from, and whether they are the right ones."""
        ...

    async def database(self) -> Sequence[Check]:
        """Whether the tables answer."""
        ...
