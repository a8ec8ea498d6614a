"""Messages in hand are settled as promised, in an event loop in which waiting takes no time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from structlog.testing import capture_logs

from assembly_service.aws.errors import Failure
from assembly_service.aws.queues import Message
from assembly_service.domain.product import ProductKey
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.runtime.retry import RetryPolicy
from tests.pipeline.support import CAPTION
from tests.support.hooks import before_call
from tests.support.quiet_loop import everyone_waits, play
from tests.support.timed_queues import RESOURCES, TimedQueues, half_queue, timed_collaborators

VISIBILITY = 30
POLICY = RetryPolicy(first_hand_back=100, longest_hand_back=1_000)
RECEIVE_COUNT = 3
DELAY = range(400, 481)
"""Seconds for which the policy hides what was received so often: 480, less a sixth at most."""


class Hand:
    """Three messages of one queue in hand, received RECEIVE_COUNT times, and three free slots."""

    def __init__(self) -> None:
        self.queues = TimedQueues()
        self.stop = asyncio.Event()
        self.messages: list[Message] = []
        queue = half_queue(self.queues, CAPTION, visibility_seconds=VISIBILITY)
        self._queue = queue
        collaborators = timed_collaborators(
            {CAPTION: queue}, announce=_nobody, stop=self.stop, retry_policy=POLICY
        )
        outcomes = OutcomeLog(collaborators.metrics.outcomes)
        self.in_flight = InFlightMessages(collaborators, outcomes=outcomes, most_messages=6)

    async def take(self) -> None:
        """Receive the messages."""
        for number in range(3):
            await self.queues.send_message(QueueUrl=RESOURCES.url(CAPTION), MessageBody=f"{number}")
        await self.in_flight.acquire(3)
        self.messages = [
            replace(each, receive_count=RECEIVE_COUNT) for each in await self._queue.receive()
        ]
        self.in_flight.hold(self.messages)


async def _nobody(_: object) -> dict[ProductKey, Failure]:
    return {}


def in_hand(test: Callable[[Hand], Awaitable[None]]) -> Callable[[], None]:
    """A test that is given messages in hand."""

    def played() -> None:
        async def play_it() -> None:
            hand = Hand()
            await hand.take()
            await test(hand)

        with capture_logs():
            play(play_it())

    played.__name__ = test.__name__
    return played


def delays_of(hand: Hand, message: Message) -> list[int]:
    """For how many seconds it was asked to be hidden, each time."""
    return [each[message.message_id] for each in hand.queues.hidden if message.message_id in each]


@in_hand
async def test_what_resists_deletion_is_handed_back_with_its_delay_and_the_rest_is_gone(
    hand: Hand,
) -> None:
    stubborn = hand.messages[1]
    hand.queues.resisting = {stubborn.message_id}
    await hand.in_flight.acknowledge(hand.messages)
    assert list(hand.queues.letters) == [stubborn.message_id]
    assert [each.keys() for each in hand.queues.hidden] == [{stubborn.message_id}]
    [delay] = delays_of(hand, stubborn)
    assert delay in DELAY
    assert hand.in_flight.held == []


@in_hand
async def test_where_no_deletion_succeeds_all_are_handed_back_with_their_delay(hand: Hand) -> None:
    hand.queues.troubles["delete"] += [TimeoutError()] * 1_000
    await hand.in_flight.acknowledge(hand.messages)
    assert all(delay in DELAY for each in hand.messages for delay in delays_of(hand, each))
    assert [len(delays_of(hand, each)) for each in hand.messages] == [1, 1, 1]
    assert hand.in_flight.held == []


@in_hand
async def test_a_deletion_that_fails_for_a_moment_is_made_good(hand: Hand) -> None:
    hand.queues.troubles["delete"] += [TimeoutError(), TimeoutError()]
    await hand.in_flight.acknowledge(hand.messages)
    assert hand.queues.letters == {}
    assert hand.queues.hidden == []


@in_hand
async def test_all_slots_are_free_again_whatever_became_of_the_messages(hand: Hand) -> None:
    deleted, resisting, handed_back = hand.messages
    hand.queues.resisting = {resisting.message_id}
    await hand.in_flight.acknowledge([deleted, resisting])
    await hand.in_flight.hand_back([handed_back])
    assert hand.in_flight.try_acquire(6)


@in_hand
async def test_the_delay_of_a_hand_back_grows_with_each_receive_up_to_its_limit(
    hand: Hand,
) -> None:
    counts = 1, 2, 100
    again = [
        replace(each, receive_count=received)
        for each, received in zip(hand.messages, counts, strict=True)
    ]
    hand.in_flight.hold(again)
    await hand.in_flight.hand_back(again)
    [[first], [second], [last]] = [delays_of(hand, each) for each in again]
    assert 100 <= first <= 120
    assert 200 <= second <= 240
    assert 240 < last <= 1_000


@in_hand
async def test_once_the_service_stops_nothing_is_handed_back_before_the_polls_are_over(
    hand: Hand,
) -> None:
    hand.stop.set()
    await hand.in_flight.hand_back(hand.messages)
    hand.queues.resisting = {hand.messages[0].message_id}
    await hand.in_flight.acknowledge(hand.messages[:2])
    assert hand.queues.hidden == []
    await hand.in_flight.hand_back_all()
    visible = [delays_of(hand, each) for each in hand.messages]
    assert visible == [[0], [], [0]]


@in_hand
async def test_an_extension_under_way_does_not_overwrite_the_delay_of_a_hand_back(
    hand: Hand,
) -> None:
    begun, answer = asyncio.Event(), asyncio.Event()

    async def hold_up() -> None:
        if not begun.is_set():
            begun.set()
            await answer.wait()

    before_call(hand.queues, "change_message_visibility_batch", hold_up)
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await begun.wait()
    going_back = asyncio.create_task(hand.in_flight.hand_back(hand.messages))
    # Whoever does not wait for the extension is through before it.
    await asyncio.sleep(1)
    answer.set()
    await going_back
    for each in hand.messages:
        extended, delay = delays_of(hand, each)
        assert extended == VISIBILITY
        assert delay in DELAY
    keeping.cancel()


@in_hand
async def test_what_is_handed_back_or_deleted_is_not_extended_any_more(hand: Hand) -> None:
    deleted, handed_back, kept = hand.messages
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await hand.in_flight.acknowledge([deleted])
    await hand.in_flight.hand_back([handed_back])
    await asyncio.sleep(2 * VISIBILITY)
    assert delays_of(hand, deleted) == []
    assert len(delays_of(hand, handed_back)) == 1
    assert len(delays_of(hand, kept)) > 1
    keeping.cancel()


@in_hand
async def test_a_message_whose_receipt_is_stale_is_let_go_and_its_slot_is_free(hand: Hand) -> None:
    stale, *others = hand.messages
    hand.queues.stale = {stale.message_id}
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await asyncio.sleep(VISIBILITY)
    assert hand.in_flight.held == others
    assert len(delays_of(hand, stale)) == 1
    assert hand.in_flight.try_acquire(4)
    keeping.cancel()


@in_hand
async def test_who_waits_for_many_slots_is_not_passed_by_those_who_want_few(hand: Hand) -> None:
    waiting = asyncio.create_task(hand.in_flight.acquire(5))
    await everyone_waits()
    assert not hand.in_flight.try_acquire(3)
    await hand.in_flight.acknowledge(hand.messages[:2])
    await waiting
    assert not hand.in_flight.try_acquire(1)
    await hand.in_flight.release(1)
    assert hand.in_flight.try_acquire(1)


@in_hand
async def test_everyone_for_whom_there_are_slots_goes_on_at_once(hand: Hand) -> None:
    assert hand.in_flight.try_acquire(3)
    waiting = [asyncio.create_task(hand.in_flight.acquire(1)) for _ in range(3)]
    await everyone_waits()
    await hand.in_flight.acknowledge(hand.messages)
    await asyncio.gather(*waiting)
