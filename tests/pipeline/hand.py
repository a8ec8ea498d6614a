"""Messages in flight, in an event loop in which waiting takes no time."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import replace
from typing import Any

from structlog.testing import capture_logs

from assembly_service.aws.queues import Message
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.runtime.retry import RetryPolicy
from tests.harness.pipeline import Announcer
from tests.harness.quiet_loop import play
from tests.harness.timed_queues import RESOURCES, TimedQueues, half_queue, timed_collaborators
from tests.pipeline.support import CAPTION

VISIBILITY = 30
"""Visibility timeout in seconds."""
POLICY = RetryPolicy(first_hand_back=100, longest_hand_back=1_000)
RECEIVE_COUNT = 3
DELAY = range(400, 481)
"""Delay in seconds of a hand-back after RECEIVE_COUNT receives."""


class Hand:
    """Messages of one queue, received RECEIVE_COUNT times, and as many free slots."""

    def __init__(self, count: int, logs: list[MutableMapping[str, Any]]) -> None:
        self.logs = logs
        self.queues = TimedQueues()
        self.stop = asyncio.Event()
        self.messages: list[Message] = []
        queue = half_queue(self.queues, CAPTION, visibility_seconds=VISIBILITY)
        collaborators = timed_collaborators(
            {CAPTION: queue}, announce=Announcer(), stop=self.stop, retry_policy=POLICY
        )
        self.metrics = collaborators.metrics
        outcomes = OutcomeLog(self.metrics.outcomes)
        self.in_flight = InFlightMessages(collaborators, outcomes=outcomes, most_messages=2 * count)
        self._queue = queue
        self._count = count

    async def take(self) -> None:
        """Receive the messages."""
        for number in range(self._count):
            await self.queues.send_message(QueueUrl=RESOURCES.url(CAPTION), MessageBody=f"{number}")
        await self.in_flight.acquire(self._count)
        while len(self.messages) < self._count:
            self.messages += [
                replace(each, receive_count=RECEIVE_COUNT) for each in await self._queue.receive()
            ]
        self.in_flight.hold(self.messages)

    def delays_of(self, message: Message) -> list[int]:
        """The visibility timeouts that were set for a message, in seconds."""
        name = message.message_id
        return [each[name] for each in self.queues.hidden if name in each]


def in_hand(
    count: int = 3,
) -> Callable[[Callable[[Hand], Awaitable[None]]], Callable[[], None]]:
    """Run a coroutine with messages in flight as a test."""

    def given(test: Callable[[Hand], Awaitable[None]]) -> Callable[[], None]:
        def played() -> None:
            async def play_it() -> None:
                hand = Hand(count, logs)
                await hand.take()
                await test(hand)

            with capture_logs() as logs:
                play(play_it())

        played.__name__ = test.__name__
        return played

    return given
