"""The messages in hand for one video, and how far their handling has come."""

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from assembly_service.aws.queues import Message
from assembly_service.domain.plan import Outcome, Plan
from assembly_service.domain.product import Half, HalfKind, ProductKey
from assembly_service.domain.situation import Arrival, Situation
from assembly_service.pipeline.outcomes import Identity
from assembly_service.storage.assembly_tables import Sighting


class ArrivedMessage(NamedTuple):
    """A message with the half that it carries."""

    message: Message
    half: Half
    correlation_id: str

    @property
    def identity(self) -> Identity:
        """What the message is traced by."""
        return Identity(self.correlation_id, self.half.key)


@dataclass(eq=False)
class Assembly:
    """All messages in hand for one key. They are settled together.

    `set_aside_version` is that of the staged half that was sent to the dead-letter queue.
    `unanswered` is the plan whose write was sent and not answered: it may have been applied.
    """

    key: ProductKey
    arrived: list[ArrivedMessage]
    outcome: Outcome | None = None
    attempted: bool = False
    announced: bool = False
    staged_before: bool = False
    set_aside_version: str | None = None
    unanswered: Plan | None = None

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

    def situation(self, sighting: Sighting) -> Situation:
        """What a decision about this key rests on."""
        return Situation(
            arrivals={
                each.half.kind: self._arrival(each)
                for each in map(self.newest, HalfKind)
                if each is not None
            },
            product=sighting.product,
            staged=sighting.staged,
            redelivered=any(each.message.receive_count > 1 for each in self.arrived),
            attempted=self.attempted,
            announced=self.announced,
            staged_before=self.staged_before,
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

    @property
    def correlation_id(self) -> str | None:
        """The correlation id of the message that was received last, if one is in hand."""
        last = max(self.arrived, key=lambda each: each.message.received_at, default=None)
        return last.correlation_id if last is not None else None


class Next(Enum):
    """Where the handling of a key stands after a round.

    TIDY_UP: nobody waits any more; what is left may be done together with others.
    """

    FINISHED = "finished"
    TIDY_UP = "tidy_up"
    LOOK_AGAIN = "look_again"
    RETRY = "retry"
    HAND_BACK = "hand_back"


@dataclass(eq=False)
class Step:
    """A plan for a key, and what is next once it was carried out or came to a halt."""

    assembly: Assembly
    plan: Plan
    next: Next | None = None

    @property
    def messages(self) -> list[Message]:
        """All messages in hand for the key."""
        return [each.message for each in self.assembly.arrived]

    @property
    def correlation_id(self) -> str:
        """What its announcement is traced by: the last message, else the half to be discarded."""
        staged = self.plan.discard
        return self.assembly.correlation_id or (staged.correlation_id if staged else "unknown")


def group(arrived: list[ArrivedMessage], *, attempted: bool) -> list[Assembly]:
    """One assembly for each key: a key stands only once in a batch call.

    `attempted`: their products may have been written in vain by a handling that broke off.
    """
    by_key: dict[ProductKey, Assembly] = {}
    for each in arrived:
        key = each.half.key
        by_key.setdefault(key, Assembly(key, [], attempted=attempted)).arrived.append(each)
    return list(by_key.values())
