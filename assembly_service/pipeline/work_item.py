"""The messages in flight for one video, and the state of their handling."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

from assembly_service.aws.queues import Message
from assembly_service.domain.decision_input import Arrival, DecisionInput
from assembly_service.domain.intake import Rejected, half_of, read_body, usable_correlation_id
from assembly_service.domain.plan import Outcome, Plan
from assembly_service.domain.product import Half, HalfKind, ProductKey
from assembly_service.domain.trace_context import NO_TRACE, TraceContext, trace_context_of
from assembly_service.pipeline.outcomes import Identity
from assembly_service.runtime.retry import Backoff
from assembly_service.storage.assembly_tables import StoredState


class ArrivedMessage(NamedTuple):
    """A message with its half."""

    message: Message
    half: Half
    correlation_id: str
    sender: TraceContext = NO_TRACE

    @property
    def identity(self) -> Identity:
        """What identifies the message in logs."""
        return Identity(self.correlation_id, self.half.key)


class UnfitMessage(NamedTuple):
    """A message that can never be processed, and why."""

    message: Message
    identity: Identity
    rejected: Rejected
    sender: TraceContext = NO_TRACE


def decode(message: Message) -> ArrivedMessage | UnfitMessage:
    """Read the half of a message, or why it has none, and its sender's trace."""
    correlation_id = usable_correlation_id(message.text_attribute("correlationId"))
    sender = trace_context_of(
        message.text_attribute("traceparent"), message.text_attribute("tracestate")
    )
    try:
        body = read_body(message.body)
        correlation_id = correlation_id or body.correlation_id
        sender = sender or body.trace_context
        half = half_of(body.event, message.queue)
    except Rejected as rejected:
        identity = Identity(correlation_id or message.message_id)
        return UnfitMessage(message, identity, rejected, sender)
    return ArrivedMessage(message, half, correlation_id or message.message_id, sender)


class Next(Enum):
    """What is next for a work item after its plan was executed.

    CLEAN_UP: the rest is off the critical path and may be batched. WAIT: the key is in trouble.
    WAIT_OUT: it is an outage, whose failures name no item.
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
    """All messages in flight for one key, settled together, and the state of their handling.

    `plan` is the latest decision; `next` is None while it is executed, then what follows.
    `attempted`: a write of the product was sent. `announced`: it was announced since then.
    `pushed`: the `updated_at` of the version that sockets got, but the topic refused.
    `staged`: the halves that were staged.
    `quarantined_version`: the version of the staged half that was sent to the dead-letter queue.
    `seller_full`: the product was refused because the seller's 10 GB are used up.
    `unanswered`: plans whose write had no answer and may have been applied.
    After a failure, `backoff` and `due_at` (the event loop's clock) time the next attempt;
    `waits_out`: the failure was an outage, not trouble with the key.
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
        """The messages in flight for the key."""
        return [each.message for each in self.arrived]

    @property
    def correlation_id(self) -> str:
        """The id of the message received last, else of the staged half that the plan deletes."""
        if self.arrived:
            return self._received_last.correlation_id
        staged = self.plan.discard
        return staged.correlation_id if staged is not None else "unknown"

    @property
    def trace_context(self) -> TraceContext:
        """The trace of the message received last; none if no message is in flight."""
        return self._received_last.message.trace_context if self.arrived else NO_TRACE

    def link_traces(self) -> None:
        """Let the traces of all messages point to the one that has the steps."""
        if len(self.arrived) > 1:
            last = self._received_last
            for each in self.arrived:
                if each is not last:
                    each.message.trace.link(last.message.trace)

    @property
    def _received_last(self) -> ArrivedMessage:
        if len(self.arrived) == 1:
            return self.arrived[0]
        return max(self.arrived, key=lambda each: each.message.received_at)

    def join(self, other: "WorkItem") -> None:
        """Take over the messages and the state of another item of the key.

        What only one of them knows for certain is uncertain for both.
        """
        self.arrived += other.arrived
        # STAGED says nothing about messages that arrived later.
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
        """Return the newest message of a kind, the first of those with equal timestamps."""
        own = [each for each in self.arrived if each.half.kind is kind]
        return max(own, key=lambda each: each.half.timestamp, default=None)

    def remove_newest(self, kind: HalfKind) -> ArrivedMessage:
        """Remove and return the newest message of a kind."""
        newest = self.newest(kind)
        if newest is None:
            raise LookupError(f"no {kind.value} is in flight")
        self.arrived.remove(newest)
        return newest

    def decision_input(self, stored: StoredState) -> DecisionInput:
        """Return the input of a decision about this key."""
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

    def _arrival(self, newest: ArrivedMessage) -> Arrival:
        """Return the newest half of a kind, with the sent times of all messages of that kind."""
        kind = newest.half.kind
        sent_at = [each.message.sent_at for each in self.arrived if each.half.kind is kind]
        return Arrival(
            half=newest.half,
            first_sent_at=min(sent_at),
            last_sent_at=max(sent_at),
            message_id=newest.message.message_id,
            correlation_id=newest.correlation_id,
        )

    def outcome_of(self, each: ArrivedMessage) -> Outcome:
        """Return the outcome of one message; only the newest of its kind has the key's outcome."""
        newest = self.newest(each.half.kind)
        if newest is None or newest is each:
            return self.outcome or Outcome.DUPLICATE
        same_timestamp = newest.half.timestamp == each.half.timestamp
        return Outcome.DUPLICATE if same_timestamp else Outcome.STALE


def group(arrived: Iterable[ArrivedMessage]) -> list[WorkItem]:
    """Group messages into one work item per key: a batch call takes a key only once."""
    by_key: dict[ProductKey, WorkItem] = {}
    for each in arrived:
        by_key.setdefault(each.half.key, WorkItem(each.half.key)).arrived.append(each)
    return list(by_key.values())
