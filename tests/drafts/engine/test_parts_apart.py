"""A part in a row of its own is written only when it is replaced, and read with its draft."""

from dataclasses import replace
from typing import Any

import pytest

from assembly_service.drafts.engine import store as stores
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.rows import draft_key, draft_to_item, parts_to_items
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.transactions import transact
from tests.drafts.engine.support import (
    END,
    LEASE,
    NOW,
    RESULT,
    Observed,
    a_draft,
    an_event,
    next_of,
)
from tests.harness.drafts import TroubledClient

pytestmark = pytest.mark.conditions

PARTS = {"long": {"text": "A part of many words"}, "short": {"codes": [1]}}
NEW = a_draft(parts={})
GIVEN = next_of(NEW, parts=PARTS, apart={"long": 2})


async def given(store: DraftStore) -> Draft:
    """A draft with a part apart."""
    await store.create(NEW, an_event("made"))
    assert await store.replace(NEW, GIVEN, an_event("given"), now=NOW)
    return GIVEN


async def rows_of(client: Any, table: str) -> dict[str, Any]:
    """All rows of the draft by their sort key."""
    answer = await client.query(
        TableName=table,
        KeyConditionExpression="pk = :draft",
        ExpressionAttributeValues={":draft": draft_key(NEW.id)["pk"]},
        ConsistentRead=True,
    )
    return {row["sk"]["S"]: row for row in answer["Items"]}


async def test_a_part_apart_is_written_only_by_the_change_that_replaces_it(
    store: DraftStore, client: TroubledClient, table: str
) -> None:
    draft = await given(store)
    first = await rows_of(client, table)
    assert first.keys() == {"META", "PART#long"}
    assert first["META"]["parts"]["M"].keys() == {"short"}
    sent = Observed(client)
    observed = DraftStore(client=sent, table=table)
    held = next_of(draft, state="committing", lease=LEASE)
    assert await observed.replace(draft, held, an_event("held"), now=NOW)
    assert "A part of many words" not in str(sent.sent)
    assert (await rows_of(client, table))["PART#long"] == first["PART#long"]
    assert await store.read(draft.id) == held
    other = next_of(held, parts={**PARTS, "long": {"text": "others"}}, apart={"long": 4})
    assert await store.replace(held, other, an_event("given"), now=NOW)
    assert await store.read(draft.id) == other


async def test_a_change_that_came_too_late_replaces_no_part(store: DraftStore) -> None:
    draft = await given(store)
    late = next_of(NEW, parts={"long": {"text": "too late"}}, apart={"long": 2})
    assert not await store.replace(NEW, late, an_event("late"), now=NOW)
    assert await store.read(draft.id) == draft


async def test_rows_of_two_versions_are_read_again(
    store: DraftStore, client: TroubledClient, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_READ_AGAIN_SECONDS", 0)
    draft = await given(store)
    before = await rows_of(client, table)
    after = next_of(draft, parts={**PARTS, "long": {"text": "others"}}, apart={"long": 3})
    assert await store.replace(draft, after, an_event("given"), now=NOW)
    rows = await rows_of(client, table)

    def finds(*found: dict[str, Any]) -> Any:
        async def answer(_: object) -> dict[str, Any]:
            return {"Items": [*found]}

        return answer

    torn = [
        finds(rows["META"]),
        finds(before["META"], rows["PART#long"]),
        finds(rows["META"], before["PART#long"]),
    ]
    client.orders["query"].extend(torn)
    assert await store.read(draft.id) == after
    client.orders["query"].extend(torn * 2)
    with pytest.raises(TimeoutError):
        await store.read(draft.id)


async def test_a_draft_whose_part_the_store_deleted_first_is_read_without_it(
    store: DraftStore, client: TroubledClient, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "_READ_AGAIN_SECONDS", 0)
    draft = await given(store)
    noted = next_of(draft, state="ended", expiry_noted=True)
    key = {**draft_key(draft.id), "sk": {"S": "PART#long"}}
    await client.delete_item(TableName=table, Key=key)
    rest = {"short": {"codes": [1]}}
    assert await store.read(draft.id) == replace(draft, parts=rest, apart={})
    assert await store.replace(draft, noted, an_event("ended"), now=END)
    # Its part cannot be about to appear.
    client.called.clear()
    assert await store.read(draft.id) == replace(noted, parts=rest, apart={})
    assert client.called["query"] == 1


async def test_a_draft_of_the_release_before_keeps_its_parts_until_they_are_replaced(
    store: DraftStore,
) -> None:
    draft = a_draft(parts=PARTS)
    await store.create(draft, an_event("made"))
    held = next_of(draft, state="committing", lease=LEASE)
    assert await store.replace(draft, held, an_event("held"), now=NOW)
    assert await store.read(draft.id) == held
    replaced = next_of(held, lease=None, apart={"long": 3})
    assert await store.replace(held, replaced, an_event("given"), now=NOW)
    assert await store.read(draft.id) == replaced


async def test_a_committed_draft_has_no_parts_although_their_rows_are_left_to_expire(
    store: DraftStore, client: TroubledClient, table: str
) -> None:
    draft = await given(store)
    held = next_of(draft, state="committing", lease=LEASE)
    assert await store.replace(draft, held, an_event("held"), now=NOW)
    actions = store.commit_actions(held, state="done", result=RESULT, event=an_event("committed"))
    await transact(client, actions, token="one")
    there = await store.read(draft.id)
    assert there is not None
    assert (there.state, there.parts, there.apart) == ("done", {}, {})
    assert "PART#long" in await rows_of(client, table)


@pytest.mark.parametrize("until", [END, END + 30_000])
def test_a_part_apart_outlives_its_draft_in_the_store(until: int) -> None:
    [part] = parts_to_items(GIVEN)
    held = next_of(GIVEN, lease=replace(LEASE, until=until))
    assert int(part["ttl"]["N"]) >= int(draft_to_item(held)["ttl"]["N"])
