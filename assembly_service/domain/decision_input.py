"""What is known of a video when it is decided what to do: what arrived, what the tables hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from assembly_service.domain.product import Half, HalfKind, Product
from assembly_service.domain.staging import StagedHalf


@dataclass(frozen=True, slots=True)
class Arrival:
    """The newest half of its kind in hand.

    Its messages were sent from `first_sent_at` to `last_sent_at`, in milliseconds since 1970:
    the first decides whether it comes in time for a staged half, the last how long it may wait.
    """

    half: Half
    first_sent_at: int
    last_sent_at: int
    message_id: str
    correlation_id: str


@dataclass(frozen=True, slots=True)
class DecisionInput:
    """All that a decision rests on.

    `redelivered`: one of the messages in hand was received before.
    `attempted`: this handling tried to write the product, whatever the answer.
    `announced`: this handling announced the product after its last attempt to write it.
    `pushed`: the `updated_at` that sockets were told of, while the topic may not have been.
    `staged_before`: this handling staged the half in hand, and the write was applied.
    `seller_full`: this handling's product was refused because the seller has no room for it.
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
