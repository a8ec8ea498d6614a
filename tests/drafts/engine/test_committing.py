"""What a commit does to its draft: once, under its lease, with a result that stays for a while."""

from dataclasses import replace
from typing import Any

import pytest

from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.rows import LAST, draft_key
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.transactions import Action, Cause, cause_of, transact
from tests.drafts.engine.support import (
    LEASE,
    NOW,
    RESULT,
    UNTIL,
    a_draft,
    an_event,
    held_draft,
    next_of,
    stored_events,
)
from tests.harness.drafts import (
    TroubledClient,
)

pytestmark = pytest.mark.conditions

CHANGED = Cause("The session was changed meanwhile", is_permanent=True)
COMMITTED_ALREADY = Cause("The session was committed already", is_permanent=True)
TAKEN_OVER = replace(LEASE, until=UNTIL + 30_000)


def actions_of(store: DraftStore, draft: Draft) -> list[Action]:
    return store.commit_actions(draft, state="done", result=RESULT, event=an_event("committed"))


async def committed(client: Any, store: DraftStore, draft: Draft, token: str) -> Cause | None:
    """Commit as the draft was read; None if it was applied."""
    actions = actions_of(store, draft)
    try:
        await transact(client, actions, token=token)
    except Exception as error:
        return cause_of(error, actions)
    return None


async def row_of(client: Any, table: str) -> dict[str, Any]:
    """The draft's row without its key."""
    answer = await client.get_item(TableName=table, Key=draft_key("draft-1"), ConsistentRead=True)
    row: dict[str, Any] = answer["Item"]
    return row


async def test_a_commit_ends_the_draft_with_its_result_and_its_last_event_and_keeps_no_part(
    client: TroubledClient, store: DraftStore, outbox: Outbox, table: str
) -> None:
    draft = held_draft()
    await store.create(draft, an_event("made"))
    assert await committed(client, store, draft, "one") is None
    expected = next_of(
        draft, state="done", result=RESULT, parts={}, lease=replace(LEASE, record={})
    )
    assert await store.read(draft.id) == expected
    assert not (await row_of(client, table)).keys() & {"parts", "record", "lifecycle"}
    assert await stored_events(outbox) == [("made", "00000001"), ("committed", LAST)]


@pytest.mark.parametrize(
    "there",
    [
        held_draft(state="failed", lease=None),
        held_draft(state="failed"),
        held_draft(lease=replace(LEASE, token="another")),
    ],
    ids=["given up", "in another state", "of another lease"],
)
async def test_a_commit_that_lost_its_lease_writes_nothing(
    client: TroubledClient, store: DraftStore, outbox: Outbox, there: Draft
) -> None:
    await store.create(there, an_event("made"))
    assert await committed(client, store, held_draft(), "one") == CHANGED
    assert await store.read(there.id) == there
    assert await stored_events(outbox) == [("made", "00000001")]


async def test_a_commit_whose_draft_is_gone_writes_nothing(
    client: TroubledClient, store: DraftStore, outbox: Outbox
) -> None:
    cause = await committed(client, store, held_draft(), "one")
    assert cause is not None
    assert cause.is_permanent  # ministack misses the version that would grow, before the condition
    assert await store.read("draft-1") is None
    assert await stored_events(outbox) == []


async def test_a_draft_is_committed_once_whatever_happened_to_its_row(
    client: TroubledClient, store: DraftStore, table: str
) -> None:
    draft = held_draft()
    await store.create(draft, an_event("made"))
    assert await committed(client, store, draft, "one") is None
    assert await committed(client, store, draft, "two") == CHANGED
    assert await committed(client, store, draft, "one") is None  # the first, repeated
    await client.delete_item(TableName=table, Key=draft_key(draft.id))
    await store.create(draft, an_event("made"))
    assert await committed(client, store, draft, "two") == COMMITTED_ALREADY
    assert await store.read(draft.id) == draft


async def test_a_take_over_writes_the_same_bytes(client: TroubledClient, store: DraftStore) -> None:
    draft = held_draft()
    later = next_of(draft, version=9, updated_at=NOW + 1, lease=TAKEN_OVER)
    assert actions_of(store, later) == actions_of(store, draft)
    await store.create(later, an_event("made"))
    # The previous holder may still be first: it is the same product.
    assert await committed(client, store, draft, "one") is None
    assert await committed(client, store, later, "one") is None
    there = await store.read(draft.id)
    assert there is not None
    assert (there.version, there.result) == (10, RESULT)


def test_a_draft_that_is_not_held_is_not_committed(store: DraftStore) -> None:
    with pytest.raises(ValueError, match="lease"):
        actions_of(store, a_draft())


async def test_the_end_of_a_result_is_set_once_and_never_moves(
    client: TroubledClient, store: DraftStore, table: str
) -> None:
    draft = held_draft()
    await store.create(draft, an_event("made"))
    assert await committed(client, store, draft, "one") is None
    await store.purge(draft.id, token="another", at=NOW + 1)
    there = await store.read(draft.id)
    assert there is not None
    assert there.purge_at is None
    for at in (NOW + 5_001, NOW + 9_000, NOW + 1_000):
        await store.purge(draft.id, token=LEASE.token, at=at)
        assert await store.read(draft.id) == replace(there, purge_at=NOW + 5_001)
    assert (await row_of(client, table))["ttl"] == {"N": str(NOW // 1_000 + 6)}


async def test_the_end_of_a_result_creates_no_row_for_a_deleted_draft(store: DraftStore) -> None:
    await store.purge("draft-1", token=LEASE.token, at=NOW)
    assert await store.read("draft-1") is None
