"""The instances of a deployment: this one, and the others as far as they were heard of."""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, NamedTuple

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.version import own_version
from assembly_service.settings.service import Settings

LIVE_MILLISECONDS = 15_000
"""An instance that was not heard of for so long is silent: stopped, or cut off."""
_KEPT_MILLISECONDS = 300_000
MOST_INSTANCES = 100

Role = Literal["all", "web", "worker"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """An instance. `started_at` is text in milliseconds."""

    id: str
    role: Role
    version: str
    started_at: str
    connections: int


class HeardInstance(NamedTuple):
    """An instance and when it was heard of last, in milliseconds since 1970."""

    instance: Instance
    heard_at: int
    is_live: bool


def instance_describer(
    settings: Settings, *, clock: Clock, connections: Callable[[], int]
) -> Callable[[], Instance]:
    """Return what describes this instance, started now, as it is at the moment."""
    name, version = f"{platform.node()}:{os.getpid()}", own_version()
    started_at = format_milliseconds(clock())

    def describe() -> Instance:
        return Instance(
            id=name,
            role=settings.service_role,
            version=version,
            started_at=started_at,
            connections=connections(),
        )

    return describe


class Instances:
    """This instance and the others of its deployment, at most 100 in all.

    One that is silent is kept for five minutes, or until a new one needs its place. While all the
    others are live, new ones are left out: whoever floods the bus displaces nobody.
    """

    def __init__(self, describe: Callable[[], Instance], clock: Clock) -> None:
        self.own = describe
        self._clock = clock
        self._others: dict[str, tuple[Instance, int]] = {}

    def hear(self, sender: str, instance: Instance) -> None:
        """Note that another instance, by a name that no two share, described itself."""
        now = self._clock()
        if sender not in self._others and self._is_full():
            self._forget(now - LIVE_MILLISECONDS)
            if self._is_full():
                return
        self._others[sender] = (instance, now)

    def all(self) -> list[HeardInstance]:
        """Return this instance, then the others by name."""
        now = self._clock()
        self._forget(now - _KEPT_MILLISECONDS)
        others = sorted(self._others.values(), key=lambda each: (each[0].id, each[0].started_at))
        return [
            HeardInstance(self.own(), now, is_live=True),
            *(
                HeardInstance(instance, heard_at, is_live=now - heard_at <= LIVE_MILLISECONDS)
                for instance, heard_at in others
            ),
        ]

    def _is_full(self) -> bool:
        return len(self._others) >= MOST_INSTANCES - 1

    def _forget(self, heard_before: int) -> None:
        self._others = {
            sender: other for sender, other in self._others.items() if other[1] >= heard_before
        }
