"""Receives from the queues: acquires slots, waits for messages, passes them on."""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from functools import partial

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.waiting_keys import ReceiveGate
from assembly_service.pipeline.work_item import ArrivedMessage, decode
from assembly_service.runtime.retry import Backoff
from assembly_service.runtime.tasks import unless_stopped, wait_for_event

log = structlog.get_logger()

STALLED_SECONDS = 60
"""A poller is stalled if SQS has not answered it for longer."""
_POLLERS_PER_QUEUE = 2
_FRESH_SECONDS = 5
_MANY = MESSAGES_PER_CALL // 2
_FEW_PAUSE_SECONDS = 0.015
_STALL_CHECK_SECONDS = 1

Deliver = Callable[[Sequence[Message]], None]


class Pollers:
    """All pollers of a worker, several per queue, and `stalls`, which watches them."""

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        in_flight: InFlightMessages,
        gate: ReceiveGate,
        in_trouble: Callable[[str], bool],
        deliver: Deliver,
    ) -> None:
        """`in_trouble` says whether a seller's messages are redelivered because they failed."""
        self._pollers = [
            Poller(
                collaborators,
                queue=queue,
                in_flight=in_flight,
                gate=gate,
                in_trouble=in_trouble,
                deliver=deliver,
            )
            for queue in collaborators.queues.values()
            for _ in range(_POLLERS_PER_QUEUE)
        ]
        self.stalls = StallWatch(pollers=self._pollers)
        for kind in collaborators.queues:
            collaborators.metrics.queues.since_last_receive.labels(kind.value).set_function(
                partial(self._seconds_since_last_receive, kind)
            )

    @property
    def caught_up(self) -> bool:
        """Whether all of them have caught up."""
        return all(poller.caught_up for poller in self._pollers)

    def seconds_since_last_receive(self) -> dict[HalfKind, float]:
        """Return for every queue how long SQS has not answered one of its pollers.

        Infinite until each was answered once.
        """
        kinds = {poller.queue.kind for poller in self._pollers}
        return {kind: self._seconds_since_last_receive(kind) for kind in sorted(kinds)}

    def start(self, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start a task per poller, which ends with the stop."""
        return [
            tasks.create_task(poller.run(), name=f"poll-{poller.queue.name}-{number}")
            for number, poller in enumerate(self._pollers)
        ]

    def _seconds_since_last_receive(self, kind: HalfKind) -> float:
        # The maximum, so that a stalled poller shows beside one that works.
        return max(
            poller.seconds_since_last_receive
            for poller in self._pollers
            if poller.queue.kind is kind
        )


class Poller:
    """Long-polls one queue until stopped.

    A poll is never cancelled: SQS may already have hidden its messages, which would be stranded
    for a visibility timeout.
    """

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        queue: HalfQueue,
        in_flight: InFlightMessages,
        gate: ReceiveGate,
        in_trouble: Callable[[str], bool],
        deliver: Deliver,
    ) -> None:
        self.queue = queue
        self._last_received_at = -math.inf
        self._nothing_waited = False
        self._in_flight = in_flight
        self._gate = gate
        self._in_trouble = in_trouble
        self._deliver = deliver
        self._clock = collaborators.clock
        self._message_age = collaborators.metrics.queues.message_age.labels(queue.kind.value)
        self._stop = collaborators.stop

    @property
    def seconds_since_last_receive(self) -> float:
        """Seconds since SQS last answered a receive; infinite before the first answer."""
        return time.monotonic() - self._last_received_at

    @property
    def caught_up(self) -> bool:
        """Whether the latest receive was recent, succeeded and returned no old messages."""
        return self._nothing_waited and self.seconds_since_last_receive <= STALLED_SECONDS

    async def run(self) -> None:
        """Receive until stopped."""
        backoff = None
        while not self._stop.is_set():
            if not await self._ready():
                return
            try:
                # The first receive returns at once: the worker is not ready before its answer.
                messages = await self.queue.receive(wait=math.isfinite(self._last_received_at))
            except AWS_ERRORS as error:
                self._nothing_waited = False
                await self._in_flight.release(MESSAGES_PER_CALL)
                log.warning("receive_failed", queue=self.queue.name, code=code_of(error))
                backoff = backoff or Backoff(window=math.inf)
                await backoff.pause(self._stop)
                continue
            backoff = None
            await self._take(messages)
            if 0 < len(messages) < _MANY:
                # SQS returns what it has at once: a receive a little later returns more.
                await wait_for_event(self._stop, _FEW_PAUSE_SECONDS)

    async def _ready(self) -> bool:
        """Wait for an open gate and free slots. False: stopped meanwhile."""
        if self._gate.open.is_set() and self._in_flight.try_acquire(MESSAGES_PER_CALL):
            return True
        return await unless_stopped(
            self._in_flight.acquire(MESSAGES_PER_CALL), self._stop
        ) and await unless_stopped(self._gate.open.wait(), self._stop)

    async def _take(self, messages: list[Message]) -> None:
        self._last_received_at = time.monotonic()
        now = self._clock()
        ages = [(message, max(0, now - message.sent_at) / 1000) for message in messages]
        self._nothing_waited = all(
            age <= _FRESH_SECONDS or self._failed_before(message) for message, age in ages
        )
        for _, age in ages:
            self._message_age.observe(age)
        await self._in_flight.release(MESSAGES_PER_CALL - len(messages))
        self._in_flight.hold(messages)
        self._deliver(messages)

    def _failed_before(self, message: Message) -> bool:
        """Return whether a message is old because its seller is in trouble."""
        if message.receive_count == 1:
            return False
        decoded = decode(message)
        return isinstance(decoded, ArrivedMessage) and self._in_trouble(
            decoded.half.key.seller_handle
        )


class StallWatch:
    """Logs when a poller stalls and when it recovers.

    A stalled poller cannot log that itself.
    """

    def __init__(self, *, pollers: Sequence[Poller]) -> None:
        self._pollers = pollers
        self._stalled: set[Poller] = set()

    async def run(self) -> None:
        """Check every second, until cancelled. Logs a stall once, and its end."""
        began = time.monotonic()
        while True:
            await asyncio.sleep(_STALL_CHECK_SECONDS)
            for poller in self._pollers:
                # A poller that was never answered has waited since the start.
                seconds = min(poller.seconds_since_last_receive, time.monotonic() - began)
                self._judge(poller, seconds)

    def _judge(self, poller: Poller, seconds: float) -> None:
        if seconds <= STALLED_SECONDS:
            if poller in self._stalled:
                log.info("poller_recovered", queue=poller.queue.name)
            self._stalled.discard(poller)
        elif poller not in self._stalled:
            log.error(
                "poller_stalled",
                queue=poller.queue.name,
                seconds_since_last_receive=round(seconds),
            )
            self._stalled.add(poller)
