"""Scenarios for a life of the service: halves sent phase by phase, with clean-ups in between."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from assembly_service.domain import exact_json
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import half_of
from assembly_service.domain.product import HalfKind
from tests.harness.halves import DAY, HOUR
from tests.harness.lives import Interference, Life, straight

Event = dict[str, Value]
Sending = Mapping[HalfKind, Sequence[Event | str]]
"""What is sent at once, by queue; the next phase starts when the queues are empty."""
RULES = AssemblyRules(staging_ttl=DAY, commit_allowance=60_000)
"""Without a crash no row is too old to be announced, however slow the machine."""


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """A clean-up more than a day later, also of a `leftover` caption if given."""

    leftover: Event | None = None
    pause: int = DAY + HOUR


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What happens, phase by phase, and the expected result.

    `product` are the caption and the thumbnails of the product at the end.
    `interfere` makes the interference of the first life; with `stops` it asks the life to stop.
    `extends`: a call of the first life waits until the visibility of its messages was extended.
    `dead_letters` are the bodies expected in the dead-letter queues, each at least once.
    """

    name: str
    phases: Sequence[Sending | Sweep]
    product: tuple[Event, Event]
    interfere: Callable[[Life], Interference] = lambda _: straight
    stops: bool = False
    extends: bool = False
    dead_letters: frozenset[str] = frozenset()
    rules: AssemblyRules = RULES

    def __str__(self) -> str:
        return self.name


def text_of(body: Event | str) -> str:
    """The body of a message."""
    return body if isinstance(body, str) else exact_json.dumps(body).decode()


def rebuilt(kind: HalfKind, event: Event) -> str:
    """The body that is rebuilt from a staged half for quarantine."""
    return exact_json.message_text(half_of(event, kind).event())
