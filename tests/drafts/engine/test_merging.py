"""Keys are merged into a draft under every condition that protects it."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from assembly_service.drafts.engine.call_limits import Counting
from assembly_service.drafts.engine.draft import CallCount, Draft
from assembly_service.drafts.engine.merging import Merge
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.store import DraftStore
from tests.drafts.engine.support import (
    END,
    LEASE,
    NOW,
    RESULT,
    UNTIL,
    a_draft,
    an_event,
    held_draft,
    next_of,
    refused,
    stored_events,
)
from tests.harness.drafts import TroubledClient

pytestmark = pytest.mark.conditions

MINUTE = NOW // 60_000


def a_merge(**changed: Any) -> Merge:
    """A merge of one key; `changed` are fields."""
    merge = Merge(state="open", expires_at=END, put={"part": {"price": 7}})
    return replace(merge, **changed)


async def read(store: DraftStore) -> Draft:
    draft = await store.read("draft-1")
    assert draft is not None
    return draft


@pytest.fixture
async def draft(store: DraftStore) -> Draft:
    await store.create(a_draft(), an_event("created"))
    return a_draft()


async def test_a_merge_writes_its_keys_and_leaves_all_others(
    store: DraftStore, draft: Draft, outbox: Outbox
) -> None:
    merge = a_merge(
        put={"part": {"a-b.c": [1, {"d": None}], "price": 7}},
        gone={"part": ["name", "never there"]},
        expires_at=END + 5,
    )
    assert await store.merge(draft, merge, an_event("merged"), now=NOW + 1)
    after = await read(store)
    assert after.parts == {"part": {"a-b.c": [1, {"d": None}], "price": 7}}
    assert (after.version, after.updated_at, after.expires_at) == (2, NOW + 1, END + 5)
    assert [name for name, _ in await stored_events(outbox)] == ["created", "merged"]


async def test_after_a_merge_two_callers_who_read_the_same_draft_both_merge(
    store: DraftStore, draft: Draft, outbox: Outbox
) -> None:
    assert await store.merge(draft, a_merge(), an_event("first"), now=NOW)
    seen = await read(store)
    for name in ("x", "y"):
        merge = a_merge(put={"part": {name: name}})
        assert await store.merge(seen, merge, an_event(name), now=NOW)
    after = await read(store)
    assert after.parts["part"] == {"name": "A day of practice", "price": 7, "x": "x", "y": "y"}
    assert after.version == 4
    assert {name for name, _ in await stored_events(outbox)} == {"created", "first", "x", "y"}


async def test_a_hundred_concurrent_merges_of_different_keys_lose_none(
    store: DraftStore, draft: Draft, outbox: Outbox
) -> None:
    await store.merge(draft, a_merge(), an_event("merged"), now=NOW)
    seen = await read(store)
    keys = [f"key-{number}" for number in range(100)]
    merged = await asyncio.gather(
        *(
            store.merge(seen, a_merge(put={"part": {key: key}}), an_event("merged"), now=NOW)
            for key in keys
        )
    )
    assert all(merged)
    after = await read(store)
    assert {key: after.parts["part"][key] for key in keys} == dict(zip(keys, keys, strict=True))
    assert after.version == seen.version + 100
    assert len(await stored_events(outbox)) == 102


async def test_events_of_merges_sort_between_those_of_the_writes_around_them(
    store: DraftStore, draft: Draft, outbox: Outbox
) -> None:
    await store.merge(draft, a_merge(), an_event("merged"), now=NOW)
    seen = await read(store)
    for _ in range(12):
        assert await store.merge(seen, a_merge(), an_event("merged"), now=NOW)
    seen = await read(store)
    assert await store.replace(seen, next_of(seen), an_event("replaced"), now=NOW)
    # Whoever read before that has to read again.
    assert not await store.merge(seen, a_merge(), an_event("late"), now=NOW)
    seen = await read(store)
    assert seen.merged_since is None
    assert await store.merge(seen, a_merge(), an_event("after"), now=NOW)
    names = [name for name, _ in await stored_events(outbox)]
    assert names == ["created", *["merged"] * 13, "replaced", "after"]


@pytest.mark.parametrize(
    ("there", "merge", "now"),
    [
        (a_draft(), a_merge(), END),
        (held_draft(), a_merge(), NOW),
        (held_draft(expires_at=UNTIL + 9), a_merge(expires_at=UNTIL + 9), UNTIL - 1),
        (a_draft(state="committed", result=RESULT), a_merge(), NOW),
        (a_draft(version=2), a_merge(), NOW),
        (a_draft(expires_at=END + 1), a_merge(), NOW),
        (a_draft(), a_merge(expected_version=2), NOW),
        (a_draft(merged_since=1), a_merge(), NOW),
    ],
    ids=[
        "expired",
        "held",
        "held to the end",
        "committed",
        "replaced",
        "would shorten",
        "version",
        "merged first",
    ],
)
async def test_a_merge_that_a_condition_forbids_writes_nothing(
    store: DraftStore, outbox: Outbox, there: Draft, merge: Merge, now: int
) -> None:
    await store.create(a_draft(version=0), an_event("created"))
    before = a_draft(version=0)
    if there.result is not None:
        held = held_draft()
        await store.replace(before, held, an_event("held"), now=NOW)
        [update, _] = store.commit_actions(
            held, state="committed", result=RESULT, event=an_event("made")
        )
        await store._client.transact_write_items(TransactItems=[update.request])
    elif there.merged_since is not None:
        await store.replace(before, a_draft(), an_event("replaced"), now=NOW)
        await store.merge(a_draft(), a_merge(), an_event("merged"), now=NOW)
    else:
        await store.replace(before, there, an_event("replaced"), now=NOW)
    left, events = await read(store), await stored_events(outbox)
    assert not await store.merge(a_draft(), merge, an_event("late"), now=now)
    assert await read(store) == left
    assert await stored_events(outbox) == events


async def test_a_merge_does_not_bring_a_deleted_draft_back(store: DraftStore, draft: Draft) -> None:
    assert await store.delete(draft, an_event("deleted"), now=NOW)
    assert not await store.merge(draft, a_merge(), an_event("late"), now=NOW)
    assert await store.read("draft-1") is None


async def test_a_merge_removes_an_expired_lease(store: DraftStore) -> None:
    held = held_draft(expires_at=UNTIL + 1_000, errors=("why",))
    await store.create(held, an_event("held"))
    merge = a_merge(expires_at=UNTIL + 1_000)
    assert await store.merge(held, merge, an_event("merged"), now=UNTIL)
    after = await read(store)
    assert (after.lease, after.state, after.errors) == (None, "open", ())
    with pytest.raises(Exception, match="TransactionCanceled"):
        await store._client.transact_write_items(
            TransactItems=[
                each.request
                for each in store.commit_actions(
                    held, state="committed", result=RESULT, event=an_event("made")
                )
            ]
        )
    assert LEASE.token not in str(await store._client.scan(TableName=store._table))


async def test_a_merge_counts_its_call_up_to_the_limit(store: DraftStore, draft: Draft) -> None:
    first = a_merge(counting=Counting(CallCount(MINUTE, 1), 3))
    assert await store.merge(draft, first, an_event(), now=NOW)
    seen = await read(store)
    more = a_merge(counting=Counting(CallCount(MINUTE, 2), 3))
    merged = [await store.merge(seen, more, an_event(), now=NOW) for _ in range(3)]
    assert merged == [True, True, False]
    assert (await read(store)).counted == CallCount(MINUTE, 3)


async def test_a_call_that_changes_nothing_is_counted_with_the_others(
    store: DraftStore, draft: Draft
) -> None:
    assert await store.count_call(draft, Counting(CallCount(MINUTE, 1), 2), now=NOW)
    assert not await store.count_call(draft, Counting(CallCount(MINUTE, 1), 2), now=NOW)
    seen = await read(store)
    assert seen == replace(draft, counted=CallCount(MINUTE, 1))
    assert await store.count_call(seen, Counting(CallCount(MINUTE, 2), 2), now=NOW)
    assert not await store.count_call(seen, Counting(CallCount(MINUTE, 2), 2), now=NOW)


async def test_a_draft_written_whole_keeps_the_calls_counted_meanwhile(
    store: DraftStore, draft: Draft
) -> None:
    counted = next_of(draft, counted=CallCount(MINUTE, 1))
    assert await store.count_call(draft, Counting(CallCount(MINUTE, 1), 9), now=NOW)
    assert not await store.replace(draft, counted, an_event(), now=NOW)
    seen = await read(store)
    assert await store.count_call(seen, Counting(CallCount(MINUTE, 2), 9), now=NOW)
    assert not await store.replace(seen, next_of(seen), an_event(), now=NOW)
    seen = await read(store)
    assert await store.replace(seen, next_of(seen), an_event(), now=NOW)
    assert (await read(store)).counted == CallCount(MINUTE, 2)


@pytest.mark.parametrize("there", [held_draft(), a_draft(expires_at=NOW)], ids=["held", "expired"])
async def test_no_call_is_counted_in_a_held_or_expired_draft(
    store: DraftStore, there: Draft
) -> None:
    await store.create(there, an_event())
    assert not await store.count_call(there, Counting(CallCount(MINUTE, 1), 9), now=NOW)


async def test_counting_a_call_during_a_transaction_reads_again(
    store: DraftStore, draft: Draft, client: TroubledClient
) -> None:
    async def met(_: object) -> None:
        raise refused("TransactionConflictException")

    client.orders["update_item"].append(met)
    assert not await store.count_call(draft, Counting(CallCount(MINUTE, 1), 9), now=NOW)
    assert await store.count_call(draft, Counting(CallCount(MINUTE, 1), 9), now=NOW)
