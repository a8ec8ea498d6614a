"""Events: what happened to a draft, to be published."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """`name` includes the system's; `payload` holds no secret and no free text of a person."""

    name: str
    operation_id: str
    at: int
    payload: Mapping[str, Value]

    def body(self) -> str:
        """Return the published body as JSON text."""
        body: dict[str, Value] = {
            **self.payload,
            "timestamp": format_milliseconds(self.at),
            "operationId": self.operation_id,
        }
        return exact_json.dumps(body).decode()


class StoredEvent(NamedTuple):
    """An event in the outbox; those of one draft are ordered by `sequence`.

    `reference` and `system` are the draft's. `body` is JSON text; `at` is when it happened, in
    milliseconds since 1970.
    """

    reference: str
    sequence: str
    name: str
    body: str
    at: int
    system: str

    @property
    def event_id(self) -> str:
        """Return the event's id, the same each time it is published."""
        return f"{self.reference}#{self.sequence}"

    def payload(self) -> dict[str, Value]:
        """Return what channels publish: the body with the event's type and id."""
        named: dict[str, Value] = {"eventType": self.name, "eventId": self.event_id}
        return {**named, **exact_json.loads(self.body)}
