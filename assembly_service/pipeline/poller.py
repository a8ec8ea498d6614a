"""Receives from one queue: takes room first, then waits for messages, and hands them on."""

import asyncio
import math
import time
from collections.abc import Callable

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.aws.queues import MESSAGES_PER_CALL, HalfQueue, Message
from assembly_service.clock import Clock
from assembly_service.monitoring.metrics import QueueMetrics
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.trouble import Trouble
from assembly_service.pipeline.waiting import Backoff, unless_stopped, wait_for_event

log = structlog.get_logger()

STALLED_SECONDS = 60
"""A poller that SQS has not answered for longer counts as stalled."""
_FRESH_SECONDS = 5
_MANY = MESSAGES_PER_CALL // 2
_BREATH_SECONDS = 0.015


class Poller:
    """Long-polls one queue until stopped.

    A poll under way is not cut off: SQS may already have hidden its messages, and they would be
    stranded for a visibility timeout.
    """

    def __init__(
        self,
        *,
        queue: HalfQueue,
        custody: Custody,
        trouble: Trouble,
        deliver: Callable[[Message], None],
        clock: Clock,
        metrics: QueueMetrics,
        stop: asyncio.Event,
    ) -> None:
        self.queue = queue
        self._last_received_at = -math.inf
        self._nothing_waited = False
        self._custody = custody
        self._trouble = trouble
        self._deliver = deliver
        self._clock = clock
        self._message_age = metrics.message_age.labels(queue.kind.value)
        self._stop = stop

    @property
    def seconds_since_last_receive(self) -> float:
        """Seconds since SQS last answered a receive, with or without messages; infinite before."""
        return time.monotonic() - self._last_received_at

    @property
    def caught_up(self) -> bool:
        """Whether the latest receive succeeded, a short time ago, and brought nothing old."""
        return self._nothing_waited and self.seconds_since_last_receive <= STALLED_SECONDS

    async def run(self) -> None:
        """Receive until stopped."""
        backoff = None
        while not self._stop.is_set():
            if not await self._ready():
                return
            try:
                # The first time it does not wait: until it is answered the worker is not ready.
                messages = await self.queue.receive(wait=math.isfinite(self._last_received_at))
            except Exception as error:
                self._nothing_waited = False
                await self._custody.give_room(MESSAGES_PER_CALL)
                if not is_aws_error(error):
                    raise
                log.warning("receive_failed", queue=self.queue.name, code=code_of(error))
                backoff = backoff or Backoff(limit=float("inf"), stop=self._stop)
                await backoff.pause()
                continue
            backoff = None
            await self._take(messages)
            if 0 < len(messages) < _MANY:
                # A queue gives what it has at once: asking a little later brings more in a call.
                await wait_for_event(self._stop, _BREATH_SECONDS)

    async def _ready(self) -> bool:
        """Wait for the end of any trouble and for room. False: stopped meanwhile."""
        if self._trouble.over.is_set() and self._custody.try_to_take_room(MESSAGES_PER_CALL):
            return True
        return await unless_stopped(
            self._custody.take_room(MESSAGES_PER_CALL), self._stop
        ) and await unless_stopped(self._trouble.over.wait(), self._stop)

    async def _take(self, messages: list[Message]) -> None:
        self._last_received_at = time.monotonic()
        now = self._clock()
        ages = [max(0, now - message.sent_at) / 1000 for message in messages]
        self._nothing_waited = all(age <= _FRESH_SECONDS for age in ages)
        for age in ages:
            self._message_age.observe(age)
        await self._custody.give_room(MESSAGES_PER_CALL - len(messages))
        self._custody.hold(messages)
        for message in messages:
            self._deliver(message)
