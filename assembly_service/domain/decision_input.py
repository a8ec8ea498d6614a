"""The input of a decision about a video: what arrived, and what the tables hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from assembly_service.domain.product import Half, HalfKind, Product
from assembly_service.domain.staging import StagedHalf


@dataclass(frozen=True, slots=True)
class Arrival:
    """The newest half of its kind in flight.

    Its messages were sent from `first_sent_at` to `last_sent_at`, in milliseconds since 1970: the
    first decides whether it is in time for a staged half, the last how long it may be staged.
    """

    half: Half
    first_sent_at: int
    last_sent_at: int
    message_id: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """All that a decision depends on.

    `redelivered`: one of the messages in flight was received before.
    `attempted`: this handling tried to write the product, whatever the answer.
    `announced`: this handling announced the product after its last attempt to write it.
    `pushed`: the `updated_at` of the version that sockets got; the topic may have refused it.
    `staged_before`: this handling staged the half in flight.
    `seller_full`: this handling's product was refused because the seller's partition is full.
    """

    arrivals: Mapping[HalfKind, Arrival]
    product: Product | None = None
    staged: StagedHalf | None = None
    redelivered: bool = False
    attempted: bool = False
    announced: bool = False
    pushed: str | None = None
    staged_before: bool = False
    seller_full: bool = False
