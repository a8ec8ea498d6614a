"""The messages in hand for one video, and how far their handling has come."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from assembly_service.aws.queues import Message
from assembly_service.domain.decision_input import Arrival, DecisionInput
from assembly_service.domain.intake import Rejected, half_of, read_body, usable_correlation_id
from assembly_service.domain.plan import Outcome, Plan
from assembly_service.domain.product import Half, HalfKind, ProductKey
from assembly_service.pipeline.outcomes import Identity
from assembly_service.runtime.retry import Backoff
from assembly_service.storage.assembly_tables import StoredState


class ArrivedMessage(NamedTuple):
    """A message with the half that it carries."""

    message: Message
    half: Half
    correlation_id: str

    @property
    def identity(self) -> Identity:
        """What the message is traced by."""
        return Identity(self.correlation_id, self.half.key)


class UnfitMessage(NamedTuple):
    """A message that can never be processed, and why."""

    message: Message
    identity: Identity
    rejected: Rejected


def decode(message: Message) -> ArrivedMessage | UnfitMessage:
    """The half that a message carries, or why it carries none."""
    attribute = message.attributes.get("correlationId", {})
    correlation_id = usable_correlation_id(attribute.get("StringValue"))
    try:
        body = read_body(message.body)
        correlation_id = correlation_id or body.correlation_id
        half = half_of(body.event, message.queue)
    except Rejected as rejected:
        return UnfitMessage(message, Identity(correlation_id or message.message_id), rejected)
    return ArrivedMessage(message, half, correlation_id or message.message_id)


class Next(Enum):
    """What is next for a work item after its plan was executed, as far as it went.

    CLEAN_UP: nobody waits any more; what is left may be done together with others.
    WAIT: the key is in trouble. WAIT_OUT: it is an outage, whose failures name no item.
    """

    FINISHED = "finished"
    CLEAN_UP = "clean_up"
    LOOK_AGAIN = "look_again"
    WAIT = "wait"
    WAIT_OUT = "wait_out"
    HAND_BACK = "hand_back"


_UNDECIDED = Plan(Outcome.DUPLICATE)


@dataclass(eq=False)
class WorkItem:
    """All messages in hand for one key, settled together, and what their handling still owes.

    `plan` is the latest decision; `next` is None while it is executed, then what follows.
    `attempted`: a write of the product was sent. `announced`: since then it was announced.
    `pushed`: the `updated_at` of the version that sockets were told of, but the topic was not.
    `staged` are the halves that were staged, each by a write that was applied.
    `quarantined_version` is that of the staged half that was sent to the dead-letter queue.
    `seller_full`: the product was refused because the seller's 10 GB are used up.
    `unanswered` are plans whose write was sent and not answered: it may have been applied.
    Once a try has failed, `backoff` and `due_at` (the event loop's clock) are for the next one;
    `waits_out`: it failed through an outage, not through trouble with its key.
    """

    key: ProductKey
    arrived: list[ArrivedMessage] = field(default_factory=list)
    plan: Plan = _UNDECIDED
    next: Next | None = None
    outcome: Outcome | None = None
    attempted: bool = False
    announced: bool = False
    pushed: str | None = None
    staged: list[Half] = field(default_factory=list)
    quarantined_version: str | None = None
    seller_full: bool = False
    unanswered: list[Plan] = field(default_factory=list)
    backoff: Backoff | None = None
    due_at: float = 0.0
    waits_out: bool = False

    @property
    def messages(self) -> list[Message]:
        """All messages in hand for the key."""
        return [each.message for each in self.arrived]

    @property
    def correlation_id(self) -> str:
        """That of the message received last, else of the staged half that the plan deletes."""
        if self.arrived:
            return max(self.arrived, key=lambda each: each.message.received_at).correlation_id
        staged = self.plan.discard
        return staged.correlation_id if staged is not None else "unknown"

    def join(self, other: "WorkItem") -> None:
        """Take over the messages of another item of the key, and what it owes.

        Whatever only one of them is sure of is not certain of both.
        """
        self.arrived += other.arrived
        # That a half was staged says nothing of what has come since.
        known = [each for each in (self.outcome, other.outcome) if each is not Outcome.STAGED]
        self.outcome = next(filter(None, known), None)
        self.attempted |= other.attempted
        self.announced &= other.announced
        self.staged += other.staged
        # The later one: `updated_at` never goes back.
        self.pushed = max(self.pushed or "", other.pushed or "") or None
        self.seller_full |= other.seller_full
        self.quarantined_version = other.quarantined_version or self.quarantined_version
        self.unanswered += other.unanswered
        self.waits_out |= other.waits_out
        if self.backoff is None or (other.backoff and other.backoff.ends_at < self.backoff.ends_at):
            self.backoff = other.backoff

    def newest(self, kind: HalfKind) -> ArrivedMessage | None:
        """The message that speaks for its kind; of two at the same instant the first."""
        own = [each for each in self.arrived if each.half.kind is kind]
        return max(own, key=lambda each: each.half.timestamp, default=None)

    def remove_newest(self, kind: HalfKind) -> ArrivedMessage:
        """Take out the message that speaks for its kind; an older one may speak then."""
        leader = self.newest(kind)
        if leader is None:
            raise LookupError(f"no {kind.value} is in hand")
        self.arrived.remove(leader)
        return leader

    def decision_input(self, stored: StoredState) -> DecisionInput:
        """What a decision about this key rests on."""
        return DecisionInput(
            arrivals={
                each.half.kind: self._arrival(each)
                for each in map(self.newest, HalfKind)
                if each is not None
            },
            product=stored.product,
            staged=stored.staged,
            redelivered=any(each.message.receive_count > 1 for each in self.arrived),
            attempted=self.attempted,
            announced=self.announced,
            pushed=self.pushed,
            staged_before=any(
                each is not None and each.half in self.staged for each in map(self.newest, HalfKind)
            ),
            seller_full=self.seller_full,
        )

    def _arrival(self, leader: ArrivedMessage) -> Arrival:
        """The leader's half, with the sent times of all messages that it speaks for."""
        kind = leader.half.kind
        sent_at = [each.message.sent_at for each in self.arrived if each.half.kind is kind]
        return Arrival(
            half=leader.half,
            first_sent_at=min(sent_at),
            last_sent_at=max(sent_at),
            message_id=leader.message.message_id,
            correlation_id=leader.correlation_id,
        )

    def outcome_of(self, each: ArrivedMessage) -> Outcome:
        """What became of one message: only the newest of its kind shares the key's outcome."""
        leader = self.newest(each.half.kind)
        if leader is None or leader is each:
            return self.outcome or Outcome.DUPLICATE
        same_instant = leader.half.timestamp == each.half.timestamp
        return Outcome.DUPLICATE if same_instant else Outcome.STALE


def group(arrived: Iterable[ArrivedMessage]) -> list[WorkItem]:
    """One work item for each key: a key stands only once in a batch call."""
    by_key: dict[ProductKey, WorkItem] = {}
    for each in arrived:
        by_key.setdefault(each.half.key, WorkItem(each.half.key)).arrived.append(each)
    return list(by_key.values())
