"""What happened to a draft, to be published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`name` is its full name; `payload` holds no secret and nothing that a person wrote freely."""

    name: str
    operation_id: str
    at: int
    payload: Mapping[str, Value]

    def body(self) -> dict[str, Value]:
        """As it is published."""
        return {
            **self.payload,
            "timestamp": format_milliseconds(self.at),
            "operationId": self.operation_id,
        }


class StoredEvent(NamedTuple):
    """An event in the outbox. Those of one draft come in the order of their `sequence`.

    `reference` is the draft's. `body` is JSON text; `at` is when it happened, in milliseconds
    since 1970; `system` is the one that the draft belongs to.
    """

    reference: str
    sequence: str
    name: str
    body: str
    at: int
    system: str

    @property
    def event_id(self) -> str:
        """The same each time the event is published."""
        return f"{self.reference}#{self.sequence}"

    def payload(self) -> dict[str, Value]:
        """What channels tell: the body, with the event's type and id in it."""
        named: dict[str, Value] = {"eventType": self.name, "eventId": self.event_id}
        return {**named, **exact_json.loads(self.body)}
