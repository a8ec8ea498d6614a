"""Messages in flight are settled, and their slots released."""

import asyncio
from dataclasses import replace
from typing import Any

from assembly_service.pipeline.outcomes import Identity
from tests.harness.hooks import before_call
from tests.harness.quiet_loop import everyone_waits
from tests.pipeline.hand import DELAY, VISIBILITY, Hand, in_hand
from tests.pipeline.support import KEY


def note_sizes(client: object, method: str, sizes: list[int]) -> None:
    """Record the number of entries of every call."""
    call = getattr(client, method)

    async def noted(*, Entries: list[object], **others: Any) -> Any:  # noqa: N803
        sizes.append(len(Entries))
        return await call(Entries=Entries, **others)

    setattr(client, method, noted)


@in_hand()
async def test_undeletable_messages_are_handed_back_with_a_delay_and_the_rest_is_deleted(
    hand: Hand,
) -> None:
    stubborn = hand.messages[1]
    hand.queues.resisting = {stubborn.message_id}
    await hand.in_flight.acknowledge(hand.messages)
    assert list(hand.queues.letters) == [stubborn.message_id]
    assert [each.keys() for each in hand.queues.hidden] == [{stubborn.message_id}]
    [delay] = hand.delays_of(stubborn)
    assert delay in DELAY
    assert hand.in_flight.held == []


@in_hand()
async def test_if_no_deletion_succeeds_all_are_handed_back_with_a_delay(hand: Hand) -> None:
    hand.queues.troubles["delete"] += [TimeoutError()] * 1_000
    await hand.in_flight.acknowledge(hand.messages)
    assert all(delay in DELAY for each in hand.messages for delay in hand.delays_of(each))
    assert [len(hand.delays_of(each)) for each in hand.messages] == [1, 1, 1]
    assert hand.in_flight.held == []


@in_hand()
async def test_a_failed_deletion_is_retried(hand: Hand) -> None:
    hand.queues.troubles["delete"] += [TimeoutError(), TimeoutError()]
    await hand.in_flight.acknowledge(hand.messages)
    assert hand.queues.letters == {}
    assert hand.queues.hidden == []


@in_hand()
async def test_all_slots_are_released_whatever_the_outcome(hand: Hand) -> None:
    deleted, resisting, handed_back = hand.messages
    hand.queues.resisting = {resisting.message_id}
    await hand.in_flight.acknowledge([deleted, resisting])
    await hand.in_flight.hand_back([handed_back])
    assert hand.in_flight.try_acquire(6)


@in_hand()
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
    [[first], [second], [last]] = [hand.delays_of(each) for each in again]
    assert 100 <= first <= 120
    assert 200 <= second <= 240
    assert 240 < last <= 1_000


@in_hand()
async def test_during_a_stop_nothing_is_handed_back_before_the_polls_are_over(
    hand: Hand,
) -> None:
    hand.stop.set()
    await hand.in_flight.hand_back(hand.messages)
    hand.queues.resisting = {hand.messages[0].message_id}
    await hand.in_flight.acknowledge(hand.messages[:2])
    assert hand.queues.hidden == []
    await hand.in_flight.hand_back_all()
    visible = [hand.delays_of(each) for each in hand.messages]
    assert visible == [[0], [], [0]]


@in_hand()
async def test_a_running_extension_does_not_overwrite_the_delay_of_a_hand_back(
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
    # A hand-back that does not wait for the extension ends before it.
    await asyncio.sleep(1)
    answer.set()
    await going_back
    for each in hand.messages:
        extended, delay = hand.delays_of(each)
        assert extended == VISIBILITY
        assert delay in DELAY
    keeping.cancel()


@in_hand()
async def test_settled_messages_are_not_extended(hand: Hand) -> None:
    deleted, handed_back, kept = hand.messages
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await hand.in_flight.acknowledge([deleted])
    await hand.in_flight.hand_back([handed_back])
    await asyncio.sleep(2 * VISIBILITY)
    assert hand.delays_of(deleted) == []
    assert len(hand.delays_of(handed_back)) == 1
    assert len(hand.delays_of(kept)) > 1
    keeping.cancel()


@in_hand()
async def test_a_message_with_a_stale_receipt_is_dropped_and_its_slot_released(hand: Hand) -> None:
    stale, *others = hand.messages
    hand.queues.stale = {stale.message_id}
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await asyncio.sleep(VISIBILITY)
    assert hand.in_flight.held == others
    assert len(hand.delays_of(stale)) == 1
    assert hand.in_flight.try_acquire(4)
    keeping.cancel()


@in_hand()
async def test_a_waiter_for_many_slots_is_counted_and_not_overtaken_by_those_who_want_few(
    hand: Hand,
) -> None:
    def limit_reached() -> float | None:
        series, labels = "assembly_limits_reached_total", {"limit": "messages_in_flight"}
        return hand.metrics.registry.get_sample_value(series, labels)

    assert limit_reached() == 0
    waiting = asyncio.create_task(hand.in_flight.acquire(5))
    await everyone_waits()
    assert limit_reached() == 1
    assert not hand.in_flight.try_acquire(3)
    await hand.in_flight.acknowledge(hand.messages[:2])
    await waiting
    assert not hand.in_flight.try_acquire(1)
    await hand.in_flight.release(1)
    assert hand.in_flight.try_acquire(1)


@in_hand()
async def test_every_waiter_with_enough_slots_continues_at_once(hand: Hand) -> None:
    assert hand.in_flight.try_acquire(3)
    waiting = [asyncio.create_task(hand.in_flight.acquire(1)) for _ in range(3)]
    await everyone_waits()
    await hand.in_flight.acknowledge(hand.messages)
    await asyncio.gather(*waiting)


@in_hand(25)
async def test_no_call_exceeds_the_limit_of_sqs_and_no_message_is_left_out(
    hand: Hand,
) -> None:
    sizes: list[int] = []
    for call in ("change_message_visibility_batch", "delete_message_batch"):
        note_sizes(hand.queues, call, sizes)
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await asyncio.sleep(VISIBILITY / 2)
    keeping.cancel()
    assert [hand.delays_of(each) for each in hand.messages] == [[VISIBILITY]] * 25
    await hand.in_flight.hand_back(hand.messages[:12])
    assert [len(hand.delays_of(each)) for each in hand.messages] == [2] * 12 + [1] * 13
    await hand.in_flight.acknowledge(hand.messages[12:])
    assert len(hand.queues.letters) == 12
    assert hand.in_flight.held == []
    assert max(sizes) <= 10


@in_hand()
async def test_only_what_was_handed_back_is_logged_each_with_its_own_id(
    hand: Hand,
) -> None:
    stale, named, other = hand.messages
    hand.in_flight.identify(named, Identity("trace 7", KEY))
    hand.queues.stale = {stale.message_id}
    await hand.in_flight.hand_back(hand.messages)
    told = [each["correlation_id"] for each in hand.logs if each["event"] == "message_handed_back"]
    assert told == ["trace 7", other.message_id]


@in_hand()
async def test_a_failed_hand_back_is_not_logged_as_one(hand: Hand) -> None:
    hand.queues.troubles["hide"].append(TimeoutError())
    await hand.in_flight.hand_back(hand.messages)
    assert [each["event"] for each in hand.logs] == ["visibility_not_changed"]
