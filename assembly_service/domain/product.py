"""Halves and products: what the two events of a video contain, and the product of both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from assembly_service.domain.exact_json import Value
from assembly_service.domain.trace_context import TraceContext


class ProductKey(NamedTuple):
    """A video of a seller: the key of its halves and its product."""

    seller_handle: str
    video_id: str


def positions_by_seller(sellers: Sequence[str]) -> list[list[int]]:
    """Return the positions of each seller in a list, seller by seller."""
    positions: dict[str, list[int]] = {}
    for position, seller in enumerate(sellers):
        positions.setdefault(seller, []).append(position)
    return list(positions.values())


class HalfKind(StrEnum):
    """The event that a half comes from."""

    CAPTION = "caption"
    THUMBNAIL = "thumbnail"

    @property
    def other(self) -> "HalfKind":
        """The half that completes this one."""
        return HalfKind.THUMBNAIL if self is HalfKind.CAPTION else HalfKind.CAPTION


@dataclass(frozen=True, slots=True)
class Half:
    """A valid event: its timestamp and the fields that it adds to the product."""

    key: ProductKey
    kind: HalfKind
    timestamp: str
    fields: Mapping[str, Value]

    def newer_than(self, other: "Half") -> bool:
        """Return whether this event is newer than the other one."""
        return self.timestamp > other.timestamp

    def event(self) -> dict[str, Value]:
        """Return an event that carries this half, without the fields that were not read."""
        return {**self.key._asdict(), **self.fields, "timestamp": self.timestamp}


@dataclass(frozen=True, slots=True)
class Product:
    """The finished product. `created_at` and `updated_at` are UTC in milliseconds."""

    caption: Half
    thumbnail: Half
    created_at: str
    updated_at: str

    @property
    def key(self) -> ProductKey:
        """The seller and the video."""
        return self.caption.key

    @property
    def never_updated(self) -> bool:
        """Whether the row is as first written."""
        return self.created_at == self.updated_at

    def half(self, kind: HalfKind) -> Half:
        """Return the half of a kind."""
        return self.caption if kind is HalfKind.CAPTION else self.thumbnail

    def shown(self) -> dict[str, Value]:
        """Return the product as clients see it."""
        return {
            **self.key._asdict(),
            **self.caption.fields,
            **self.thumbnail.fields,
            "created_at": self.created_at,
            "updated_at": self.updated_at,
        }


class EventType(StrEnum):
    """The event of an announcement."""

    NEW_PRODUCT = "new_product"
    PRODUCT_UPDATED = "product_updated"


@dataclass(frozen=True, slots=True)
class Announcement:
    """A product to announce to everyone who watches its seller.

    `correlation_id` is that of the event which led to it; empty if there was none. `pushed`: the
    sockets already got this version; only the topic is left.
    """

    product: Product
    correlation_id: str
    pushed: bool = False
    trace_context: TraceContext = field(default_factory=dict)

    @property
    def event_type(self) -> EventType:
        """A row that was never updated is new."""
        return EventType.NEW_PRODUCT if self.product.never_updated else EventType.PRODUCT_UPDATED

    def payload(self, timestamp: str) -> dict[str, Value]:
        """Return the event as clients receive it, sent at `timestamp`."""
        payload: dict[str, Value] = {
            "event_type": self.event_type.value,
            "product": self.product.shown(),
            "timestamp": timestamp,
        }
        return payload | {"correlation_id": self.correlation_id} if self.correlation_id else payload
