"""Keys in trouble wait apart, bounded, and lose nothing; only an outage pauses receiving."""

import asyncio
import time
from collections.abc import Collection

import pytest

from assembly_service.aws.queues import Message
from assembly_service.domain.plan import Outcome, Plan
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.pipeline.waiting_keys import ReceiveGate, WaitingKeys
from assembly_service.pipeline.work_item import ArrivedMessage, Next, WorkItem
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.storage.assembly_tables import StoredState
from tests.harness.halves import half

MOST = 40
OF_ALL, OF_A_SELLER = 10, 4
CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
STEADY = RetryPolicy(first_pause=0.001, longest_pause=0.001)


class Waiting:
    """Waiting keys beside healthy sellers."""

    def __init__(self, *, well: Collection[str] = (), policy: RetryPolicy = STEADY) -> None:
        self.metrics = Metrics()
        metrics = self.metrics.queues
        self.gate = ReceiveGate(metrics)
        self.keys = WaitingKeys(
            policy=policy,
            gate=self.gate,
            most_messages=MOST,
            sellers_in_flight=lambda: well,
            metrics=metrics,
        )

    @property
    def limits_reached(self) -> float | None:
        series, labels = "assembly_limits_reached_total", {"limit": "waiting_messages"}
        return self.metrics.registry.get_sample_value(series, labels)

    @property
    def receives(self) -> bool:
        return self.gate.open.is_set()


def item(
    video: str = "v1",
    *kinds: HalfKind,
    seller: str = "hot",
    after: Next = Next.WAIT,
    receive_count: int = 1,
) -> WorkItem:
    """A work item that failed, of one caption unless other kinds are given."""
    key = ProductKey(seller, video)
    arrived = [
        ArrivedMessage(
            Message(
                queue=kind,
                body="",
                message_id=f"{video} {number}",
                receipt_handle=f"{seller} {video} {number}",
                receive_count=receive_count,
                sent_at=0,
                received_at=time.monotonic(),
            ),
            half(kind, key=key),
            "c",
        )
        for number, kind in enumerate(kinds or (CAPTION,))
    ]
    return WorkItem(key, arrived, next=after)


async def test_a_tenth_of_the_messages_in_flight_may_wait_per_seller_and_a_quarter_in_all() -> None:
    waiting = Waiting(well={"a", "b", "c", "d", "e", "f"})
    of_one = [item(f"v{number}") for number in range(6)]
    assert waiting.keys.put(of_one) == of_one[OF_A_SELLER:]
    assert waiting.limits_reached == len(of_one) - OF_A_SELLER
    others = [item(f"v{n}", seller=seller) for seller in ("warm", "mild") for n in range(4)]
    assert waiting.keys.put(others) == others[OF_ALL - OF_A_SELLER :]
    assert len(waiting.keys.items) == OF_ALL


async def test_retried_items_still_count_as_waiting() -> None:
    waiting = Waiting()
    waiting.keys.put([item(f"v{number}") for number in range(OF_A_SELLER)])
    due = await waiting.keys.due()
    assert waiting.keys.put([one_more := item("more")]) == [one_more]
    waiting.keys.done(due)
    assert waiting.keys.put([item("more")]) == []


async def test_a_seller_at_its_limit_is_not_tried_until_one_of_its_keys_succeeds() -> None:
    waiting = Waiting()
    assert waiting.keys.has_room_for(item("v1"))
    waiting.keys.put([item(f"v{number}") for number in range(OF_A_SELLER)])
    assert not waiting.keys.has_room_for(item("more"))
    assert not waiting.keys.has_room_for(item("v1"))
    assert waiting.limits_reached == 2
    assert waiting.keys.has_room_for(item("v1", seller="well"))
    waiting.keys.done(await waiting.keys.due())
    assert waiting.keys.has_room_for(item("more"))


async def test_keys_in_trouble_do_not_pause_receiving() -> None:
    waiting = Waiting(well={"a", "b"})
    waiting.keys.put([item(f"v{n}", seller=seller) for seller in ("hot", "warm") for n in range(4)])
    assert waiting.receives


async def test_a_failure_that_names_no_item_pauses_receiving_until_its_keys_recover() -> None:
    waiting = Waiting(well={"a", "b"})
    many = [item(f"v{number}", after=Next.WAIT_OUT) for number in range(3 * OF_ALL)]
    assert waiting.keys.put(many) == []
    assert not waiting.receives
    due = await waiting.keys.due()
    assert not waiting.receives, "they are only tried again"
    assert waiting.keys.put(due[1:]) == []
    assert not waiting.receives
    waiting.keys.done(due)
    assert not waiting.receives
    waiting.keys.done(await waiting.keys.due())
    assert waiting.receives


@pytest.mark.parametrize(("well", "is_outage"), [(2, True), (3, False)])
async def test_three_sellers_in_trouble_are_an_outage_if_they_are_most_of_those_in_flight(
    well: int, is_outage: bool
) -> None:
    waiting = Waiting(well={f"well{number}" for number in range(well)})
    waiting.keys.put([item(seller=seller) for seller in ("hot", "warm", "mild")])
    assert waiting.receives is not is_outage


async def test_a_seller_in_trouble_counts_once_however_many_its_keys() -> None:
    waiting = Waiting()
    waiting.keys.put([item(f"v{n}", seller=seller) for seller in ("hot", "warm") for n in range(4)])
    assert waiting.receives


async def test_in_an_outage_everything_may_wait() -> None:
    waiting = Waiting()
    sellers = [item(f"v{n}", seller=f"s{seller}") for seller in range(5) for n in range(8)]
    assert waiting.keys.put(sellers) == []
    assert not waiting.receives


async def test_a_new_message_of_a_waiting_key_joins_its_item_and_waits_with_it() -> None:
    waiting = Waiting()
    waiting.keys.put([first := item("v1", CAPTION)])
    assert waiting.keys.join(second := item("v1", THUMBNAIL))
    assert not waiting.keys.join(item("v2"))
    [due] = await waiting.keys.due()
    assert due is first
    assert {each.half.kind for each in due.arrived} == {CAPTION, THUMBNAIL}
    assert not waiting.keys.holds(second)


@pytest.mark.parametrize("owing_joins", [False, True])
async def test_a_joined_item_keeps_what_either_of_them_owes(
    owing_joins: bool,
) -> None:
    plan, stamp = Plan(Outcome.STAGED), "2026-11-28T00:00:00.000Z"
    owing, other = item(), item(receive_count=2)
    owing.attempted, owing.announced = True, True
    owing.unanswered, owing.quarantined_version = [plan], "v"
    owing.seller_full, owing.pushed, owing.waits_out = True, stamp, True
    joined, joining = (other, owing) if owing_joins else (owing, other)
    joined.join(joining)
    assert joined.attempted
    assert (joined.quarantined_version, joined.unanswered) == ("v", [plan])
    assert (joined.seller_full, joined.pushed, joined.waits_out) == (True, stamp, True)
    # Uncertain: what came with the other item may not have been announced.
    assert not joined.announced


async def test_a_joined_item_keeps_the_later_of_two_pushed_versions() -> None:
    one, other = item(), item()
    one.pushed, other.pushed = "2026-11-28T00:00:00.001Z", "2026-11-28T00:00:00.000Z"
    one.join(other)
    assert one.pushed == "2026-11-28T00:00:00.001Z"


async def test_an_item_that_is_out_of_an_outage_but_still_in_trouble_pauses_nothing() -> None:
    waiting = Waiting(well={"a", "b"})
    waiting.keys.put([item(after=Next.WAIT_OUT)])
    [due] = await waiting.keys.due()
    due.next = Next.WAIT
    assert waiting.keys.put([due]) == []
    assert waiting.receives


async def test_two_items_of_a_key_in_trouble_become_one() -> None:
    waiting = Waiting()
    waiting.keys.put([item("v1", CAPTION)])
    assert waiting.keys.put([item("v1", THUMBNAIL, after=Next.WAIT_OUT)]) == []
    [due] = await waiting.keys.due()
    assert len(due.arrived) == 2
    assert not waiting.receives
    waiting.keys.done([due])
    assert waiting.receives


async def test_items_that_fail_together_are_retried_together() -> None:
    waiting = Waiting(policy=RetryPolicy(first_pause=0.01))
    waiting.keys.put([item(f"v{number}") for number in range(OF_A_SELLER)])
    for _ in range(3):
        due = await waiting.keys.due()
        assert len(due) == OF_A_SELLER
        waiting.keys.put(due)


async def test_an_item_is_handed_back_when_its_retry_window_is_over() -> None:
    waiting = Waiting(policy=RetryPolicy(first_pause=0.001, longest_pause=0.001, window=0.05))
    waiting.keys.put([item()])
    given_up: list[WorkItem] = []
    async with asyncio.timeout(60):
        while not given_up:
            given_up = waiting.keys.put(await waiting.keys.due())
    assert waiting.keys.items == []
    assert waiting.receives


async def test_a_seller_is_in_trouble_while_its_messages_wait_here_or_hidden_in_their_queue() -> (
    None
):
    waiting = Waiting(policy=RetryPolicy(first_pause=0.001, longest_hand_back=3_600))
    assert not waiting.keys.in_trouble("hot")
    waiting.keys.put([item()])
    assert waiting.keys.in_trouble("hot")
    assert not waiting.keys.in_trouble("well")
    waiting.keys.done(await waiting.keys.due())
    assert not waiting.keys.in_trouble("hot")
    waiting.keys.put([item(f"v{number}") for number in range(OF_A_SELLER + 1)])
    waiting.keys.done(await waiting.keys.due())
    assert waiting.keys.in_trouble("hot"), "one was handed back"


def newer(video: str = "v1") -> WorkItem:
    """A work item of a caption with a later timestamp."""
    fresh = item(video)
    [arrived] = fresh.arrived
    later = arrived._replace(half=half(CAPTION, 2, key=fresh.key))
    return WorkItem(fresh.key, [later], next=Next.WAIT)


async def test_a_newer_half_that_joins_is_not_mistaken_for_the_staged_one() -> None:
    staged, joining = item(), newer()
    staged.staged = [staged.arrived[0].half]
    assert staged.decision_input(StoredState()).staged_before
    staged.join(joining)
    assert not staged.decision_input(StoredState()).staged_before


async def test_a_key_keeps_the_retry_window_that_ends_first() -> None:
    waiting = Waiting(policy=RetryPolicy(first_pause=0.001, longest_pause=0.001, window=30))
    waiting.keys.put([first := item()])
    [due] = await waiting.keys.due()
    waiting.keys.put([item()])
    waiting.keys.put([due])
    [joined] = waiting.keys.items
    assert joined is not first
    assert joined.backoff is first.backoff


async def test_an_item_of_a_clean_up_counts_as_waiting_but_makes_no_outage() -> None:
    waiting = Waiting()
    found = [WorkItem(ProductKey("hot", f"v{n}"), next=Next.WAIT) for n in range(6)]
    assert waiting.keys.put(found) == found[OF_A_SELLER:]
    others = [WorkItem(ProductKey(f"s{n}", "v"), next=Next.WAIT) for n in range(3)]
    assert waiting.keys.put(others) == []
    assert waiting.receives


async def test_another_item_of_a_waiting_key_does_not_wait_itself() -> None:
    waiting = Waiting()
    waiting.keys.put([waits := item()])
    assert waiting.keys.holds(waits)
    assert not waiting.keys.holds(item())
