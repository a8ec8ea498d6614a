"""Messages in hand: kept invisible while they are worked on, and settled exactly once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import structlog

from assembly_service.aws.errors import is_aws_error
from assembly_service.aws.queues import MESSAGES_PER_CALL, HalfQueue, Message
from assembly_service.domain.product import HalfKind
from assembly_service.monitoring.metrics import Metrics
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.waiting import Backoff, hand_back_seconds

log = structlog.get_logger()

_ACKNOWLEDGE_SECONDS = 20


class Custody:
    """Every message of this worker between its receive and its settlement.

    Room is taken before receiving, so that no more is held than can be handled in time.
    """

    def __init__(
        self,
        *,
        queues: Mapping[HalfKind, HalfQueue],
        most_messages: int,
        outcomes: OutcomeLog,
        metrics: Metrics,
        stop: asyncio.Event,
    ) -> None:
        self._queues = queues
        self._free = most_messages
        self._room = asyncio.Condition()
        self._held: dict[str, Message] = {}
        # A hand-back waits for an extension under way, which would overwrite its delay.
        self._changing_visibility = asyncio.Lock()
        self._outcomes = outcomes
        self._metrics = metrics
        self._stop = stop

    @property
    def held(self) -> list[Message]:
        """The messages in hand."""
        return list(self._held.values())

    async def take_room(self, count: int) -> None:
        """Wait until so many more messages can be held."""
        async with self._room:
            await self._room.wait_for(lambda: self._free >= count)
            self._free -= count

    async def give_room(self, count: int) -> None:
        """Give back room that was taken and not used."""
        async with self._room:
            self._free += count
            self._room.notify_all()

    def hold(self, messages: Iterable[Message]) -> None:
        """From now on the messages are kept invisible. Room for them was taken before."""
        self._held |= {message.receipt_handle: message for message in messages}
        self._metrics.in_flight.set(len(self._held))

    async def acknowledge(self, messages: Sequence[Message]) -> None:
        """Delete messages for which nothing is left to do; one that resists will come again."""
        await asyncio.gather(*(self._delete(queue, part) for queue, part in self._parts(messages)))
        await self._release(messages)

    async def hand_back(self, messages: Sequence[Message]) -> None:
        """Let the queue deliver messages again: at once if the service stops, else with a delay.

        The delay doubles with the receive count, so that an outage does not burn it.
        """
        held = [message for message in messages if message.receipt_handle in self._held]
        await self._release(held)
        stopping = self._stop.is_set()
        async with self._changing_visibility:
            for queue, part in self._parts(held):
                delays = [
                    (message, 0 if stopping else hand_back_seconds(message.receive_count))
                    for message in part
                ]
                await self._change_visibility(queue, delays)
                for message, seconds in delays:
                    self._outcomes.handed_back(message, seconds)

    async def keep_invisible(self) -> None:
        """Extend what is in hand three times in a visibility timeout, until cancelled."""
        period = min(queue.visibility_seconds for queue in self._queues.values()) / 3
        while True:
            await asyncio.sleep(period)
            async with self._changing_visibility:
                for queue, part in self._parts(self.held):
                    await self._extend(queue, part)

    async def _extend(self, queue: HalfQueue, messages: Sequence[Message]) -> None:
        delays = [(message, queue.visibility_seconds) for message in messages]
        for message in await self._change_visibility(queue, delays):
            # Its receipt is stale, or its twelve hours are over: it belongs to the queue again.
            log.info("extension_ended", queue=queue.name, message_id=message.message_id)
            await self._release([message])

    async def _change_visibility(
        self, queue: HalfQueue, delays: Sequence[tuple[Message, int]]
    ) -> list[Message]:
        try:
            return await queue.change_visibility(delays)
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning("visibility_not_changed", queue=queue.name, error=str(error))
            return []

    async def _delete(self, queue: HalfQueue, messages: Sequence[Message]) -> None:
        backoff = Backoff(limit=_ACKNOWLEDGE_SECONDS, stop=self._stop)
        left = list(messages)
        while left:
            try:
                left = await queue.delete(left)
            except Exception as error:
                if not is_aws_error(error):
                    raise
                log.warning("delete_failed", queue=queue.name, error=str(error))
            if left and not await backoff.pause():
                log.warning("delete_given_up", queue=queue.name, messages=len(left))
                return

    def _parts(self, messages: Iterable[Message]) -> list[tuple[HalfQueue, list[Message]]]:
        """The messages by queue, in portions that one call takes."""
        parts = []
        for kind, queue in self._queues.items():
            own = [message for message in messages if message.queue is kind]
            parts += [
                (queue, own[start : start + MESSAGES_PER_CALL])
                for start in range(0, len(own), MESSAGES_PER_CALL)
            ]
        return parts

    async def _release(self, messages: Iterable[Message]) -> None:
        released = sum(
            self._held.pop(message.receipt_handle, None) is not None for message in messages
        )
        self._metrics.in_flight.set(len(self._held))
        await self.give_room(released)
