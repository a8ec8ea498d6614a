"""Messages in flight: kept invisible while they are handled, and settled exactly once."""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.aws.queues import HalfQueue, Message, Unchanged
from assembly_service.domain.plan import Outcome
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.outcomes import Identity, OutcomeLog
from assembly_service.pipeline.steps import QueueSteps
from assembly_service.runtime.chunks import chunks
from assembly_service.runtime.metrics import Limit
from assembly_service.runtime.retry import Backoff

log = structlog.get_logger()

_ACKNOWLEDGE_SECONDS = 20
_RECENT_SECONDS = 10
"""Messages of a healthy seller are in flight for milliseconds only: it counts for longer."""


class _InFlight(NamedTuple):
    """A message and its identity in logs."""

    message: Message
    identity: Identity


class InFlightMessages:
    """The messages of this worker between receive and settlement.

    Slots are acquired before receiving, so that no more is held than can be handled in time.
    """

    def __init__(
        self, collaborators: Collaborators, *, outcomes: OutcomeLog, most_messages: int
    ) -> None:
        self._queues = collaborators.queues
        self._metrics = collaborators.metrics.queues
        self._stop = collaborators.stop
        self._retry_policy = collaborators.retry_policy
        self._tracing = collaborators.tracing
        self._steps = QueueSteps(collaborators.queues)
        self._outcomes = outcomes
        self._free = most_messages
        self._released = asyncio.Condition()
        self._waiting = 0
        self._held: dict[str, _InFlight] = {}
        self._acknowledged_at: dict[str, float] = {}
        # A hand-back waits for a running extension, which would overwrite its delay.
        self._changing_visibility = asyncio.Lock()

    @property
    def held(self) -> list[Message]:
        """The messages in flight."""
        return [each.message for each in self._held.values()]

    def sellers(self) -> set[str]:
        """Return the sellers with messages in flight or acknowledged a moment ago."""
        self._forget_long_acknowledged()
        keys = (each.identity.key for each in self._held.values())
        return {key.seller_handle for key in keys if key is not None} | set(self._acknowledged_at)

    def holds(self, message: Message) -> bool:
        """Return whether the message is still in flight."""
        return message.receipt_handle in self._held

    def try_acquire(self, count: int) -> bool:
        """Acquire slots without waiting; False if too few are free or others wait for them."""
        if self._free < count or self._waiting:
            return False
        self._free -= count
        return True

    async def acquire(self, count: int) -> None:
        """Wait for `count` free slots."""
        self._waiting += 1
        if self._free < count:
            self._metrics.limits.reached(Limit.MESSAGES_IN_FLIGHT)
        try:
            async with self._released:
                await self._released.wait_for(lambda: self._free >= count)
                self._free -= count
        finally:
            self._waiting -= 1

    async def release(self, count: int) -> None:
        """Release unused slots."""
        async with self._released:
            self._free += count
            self._released.notify_all()

    def hold(self, messages: Iterable[Message]) -> None:
        """Keep messages invisible from now on. Their slots were acquired before."""
        self._held |= {
            message.receipt_handle: _InFlight(message, Identity(message.message_id))
            for message in messages
        }
        self._metrics.in_flight.set(len(self._held))

    def identify(self, message: Message, identity: Identity) -> None:
        """Set the correlation id and key of a message."""
        if message.receipt_handle in self._held:
            self._held[message.receipt_handle] = _InFlight(message, identity)

    def identity(self, message: Message) -> Identity:
        """Return the identity of a message; at first that is its message id."""
        held = self._held.get(message.receipt_handle)
        return held.identity if held is not None else Identity(message.message_id)

    async def acknowledge(self, messages: Sequence[Message]) -> set[Message]:
        """Delete finished messages. Those that cannot be deleted are handed back and returned."""
        parts = self._parts(messages)
        with self._tracing.spans(self._steps.acknowledge, messages) as spans:
            undeleted = await asyncio.gather(*(self._delete(queue, part) for queue, part in parts))
            left = {message for part in undeleted for message in part}
            spans.fail("not_deleted" if message in left else None for message in messages)
        self._note_acknowledged(messages)
        await self._remove(message for message in messages if message not in left)
        await self.hand_back(list(left))
        return left

    def _note_acknowledged(self, messages: Iterable[Message]) -> None:
        now = time.monotonic()
        for message in messages:
            if (key := self.identity(message).key) is not None:
                # Ordered by time: the oldest comes first.
                self._acknowledged_at.pop(key.seller_handle, None)
                self._acknowledged_at[key.seller_handle] = now
        self._forget_long_acknowledged()

    def _forget_long_acknowledged(self) -> None:
        long_ago = time.monotonic() - _RECENT_SECONDS
        while self._acknowledged_at:
            seller, at = next(iter(self._acknowledged_at.items()))
            if at > long_ago:
                return
            del self._acknowledged_at[seller]

    async def hand_back(self, messages: Sequence[Message], *, logged: bool = True) -> None:
        """Hand messages back, hidden for a delay that doubles with the receive count.

        `logged`: one line per message. During a stop nothing happens until `hand_back_all`: a
        running poll of this instance would only receive them again.
        """
        if not self._stop.is_set():
            await self._hand_back_now(messages, logged=logged)

    async def hand_back_all(self) -> None:
        """Hand back everything in flight without delay. Polls have to be over."""
        await self._hand_back_now(self.held, logged=True)

    async def _hand_back_now(self, messages: Sequence[Message], *, logged: bool) -> None:
        held = [self._held[m.receipt_handle] for m in messages if m.receipt_handle in self._held]
        await self._remove(each.message for each in held)
        identities = {each.message: each.identity for each in held}
        async with self._changing_visibility:
            await asyncio.gather(
                *(
                    self._hand_back(queue, part, identities, logged=logged)
                    for queue, part in self._parts(identities)
                )
            )

    async def keep_invisible(self) -> None:
        """Extend the visibility timeouts, three times as often as they run out, until cancelled."""
        period = min(queue.visibility_seconds for queue in self._queues.values()) / 3
        while True:
            await asyncio.sleep(period)
            async with self._changing_visibility:
                parts = self._parts(self.held)
                await asyncio.gather(*(self._extend(queue, part) for queue, part in parts))

    async def _extend(self, queue: HalfQueue, messages: Sequence[Message]) -> None:
        answer = await self._change_visibility(
            queue, [(message, queue.visibility_seconds) for message in messages]
        )
        for message in answer.refused:
            # Its receipt is stale, or its twelve hours are over: the queue delivers it again.
            identity = self.identity(message)
            message.trace.end(Outcome.RETRIED.value)
            log.info(
                "visibility_not_extended", queue=queue.name, correlation_id=identity.correlation_id
            )
        await self._remove(answer.refused)

    async def _hand_back(
        self,
        queue: HalfQueue,
        messages: Sequence[Message],
        identities: Mapping[Message, Identity],
        *,
        logged: bool,
    ) -> None:
        delays = [(message, self._delay(message)) for message in messages]
        answer = await self._change_visibility(queue, delays)
        for message, seconds in delays:
            if message not in answer.refused and message not in answer.failed:
                self._outcomes.handed_back(message, identities[message], seconds, logged=logged)
            else:
                # It is visible again when its visibility timeout ends.
                message.trace.end(Outcome.RETRIED.value)

    def _delay(self, message: Message) -> int:
        if self._stop.is_set():
            return 0
        return self._retry_policy.hand_back_seconds(message.receive_count)

    async def _change_visibility(
        self, queue: HalfQueue, delays: Sequence[tuple[Message, int]]
    ) -> Unchanged:
        try:
            return await queue.change_visibility(delays)
        except AWS_ERRORS as error:
            log.warning("visibility_not_changed", queue=queue.name, code=code_of(error))
            return Unchanged(refused=[], failed=[message for message, _ in delays])

    async def _delete(self, queue: HalfQueue, messages: Sequence[Message]) -> list[Message]:
        """Delete messages, with retries; return what is left."""
        backoff = Backoff(window=_ACKNOWLEDGE_SECONDS)
        left = list(messages)
        while left:
            try:
                left = await queue.delete(left)
            except AWS_ERRORS as error:
                log.warning("delete_failed", queue=queue.name, code=code_of(error))
            if left and not await backoff.pause(self._stop):
                log.warning("delete_given_up", queue=queue.name, messages=len(left))
                break
        return left

    def _parts(self, messages: Iterable[Message]) -> list[tuple[HalfQueue, Sequence[Message]]]:
        """Split messages by queue into parts for one call each."""
        parts: list[tuple[HalfQueue, Sequence[Message]]] = []
        for kind, queue in self._queues.items():
            own = [message for message in messages if message.queue is kind]
            parts += [(queue, part) for part in chunks(own, MESSAGES_PER_CALL)]
        return parts

    async def _remove(self, messages: Iterable[Message]) -> None:
        removed = sum(
            self._held.pop(message.receipt_handle, None) is not None for message in messages
        )
        self._metrics.in_flight.set(len(self._held))
        await self.release(removed)
