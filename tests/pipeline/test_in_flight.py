"""Messages in hand are settled as promised, and their slots are free again."""

import asyncio
from dataclasses import replace
from typing import Any

from assembly_service.pipeline.outcomes import Identity
from tests.harness.hooks import before_call
from tests.harness.quiet_loop import everyone_waits
from tests.pipeline.hand import DELAY, VISIBILITY, Hand, in_hand
from tests.pipeline.support import KEY


def note_sizes(client: object, method: str, sizes: list[int]) -> None:
    """From now on the number of entries in every call is noted."""
    call = getattr(client, method)

    async def noted(*, Entries: list[object], **others: Any) -> Any:  # noqa: N803
        sizes.append(len(Entries))
        return await call(Entries=Entries, **others)

    setattr(client, method, noted)


@in_hand()
async def test_what_resists_deletion_is_handed_back_with_its_delay_and_the_rest_is_gone(
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
async def test_where_no_deletion_succeeds_all_are_handed_back_with_their_delay(hand: Hand) -> None:
    hand.queues.troubles["delete"] += [TimeoutError()] * 1_000
    await hand.in_flight.acknowledge(hand.messages)
    assert all(delay in DELAY for each in hand.messages for delay in hand.delays_of(each))
    assert [len(hand.delays_of(each)) for each in hand.messages] == [1, 1, 1]
    assert hand.in_flight.held == []


@in_hand()
async def test_a_deletion_that_fails_for_a_moment_is_made_good(hand: Hand) -> None:
    hand.queues.troubles["delete"] += [TimeoutError(), TimeoutError()]
    await hand.in_flight.acknowledge(hand.messages)
    assert hand.queues.letters == {}
    assert hand.queues.hidden == []


@in_hand()
async def test_all_slots_are_free_again_whatever_became_of_the_messages(hand: Hand) -> None:
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
async def test_once_the_service_stops_nothing_is_handed_back_before_the_polls_are_over(
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
        extended, delay = hand.delays_of(each)
        assert extended == VISIBILITY
        assert delay in DELAY
    keeping.cancel()


@in_hand()
async def test_what_is_handed_back_or_deleted_is_not_extended_any_more(hand: Hand) -> None:
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
async def test_a_message_whose_receipt_is_stale_is_let_go_and_its_slot_is_free(hand: Hand) -> None:
    stale, *others = hand.messages
    hand.queues.stale = {stale.message_id}
    keeping = asyncio.create_task(hand.in_flight.keep_invisible())
    await asyncio.sleep(VISIBILITY)
    assert hand.in_flight.held == others
    assert len(hand.delays_of(stale)) == 1
    assert hand.in_flight.try_acquire(4)
    keeping.cancel()


@in_hand()
async def test_who_waits_for_many_slots_is_not_passed_by_those_who_want_few(hand: Hand) -> None:
    waiting = asyncio.create_task(hand.in_flight.acquire(5))
    await everyone_waits()
    assert not hand.in_flight.try_acquire(3)
    await hand.in_flight.acknowledge(hand.messages[:2])
    await waiting
    assert not hand.in_flight.try_acquire(1)
    await hand.in_flight.release(1)
    assert hand.in_flight.try_acquire(1)


@in_hand()
async def test_everyone_for_whom_there_are_slots_goes_on_at_once(hand: Hand) -> None:
    assert hand.in_flight.try_acquire(3)
    waiting = [asyncio.create_task(hand.in_flight.acquire(1)) for _ in range(3)]
    await everyone_waits()
    await hand.in_flight.acknowledge(hand.messages)
    await asyncio.gather(*waiting)


@in_hand(25)
async def test_however_many_there_are_no_call_takes_more_than_sqs_allows_and_none_is_left_out(
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
async def test_only_what_was_really_handed_back_is_told_so_and_by_its_own_name(hand: Hand) -> None:
    stale, named, other = hand.messages
    hand.in_flight.identify(named, Identity("trace 7", KEY))
    hand.queues.stale = {stale.message_id}
    await hand.in_flight.hand_back(hand.messages)
    told = [each["correlation_id"] for each in hand.logs if each["event"] == "message_handed_back"]
    assert told == ["trace 7", other.message_id]


@in_hand()
async def test_a_hand_back_that_fails_is_not_told_as_one(hand: Hand) -> None:
    hand.queues.troubles["hide"].append(TimeoutError())
    await hand.in_flight.hand_back(hand.messages)
    assert [each["event"] for each in hand.logs] == ["visibility_not_changed"]
