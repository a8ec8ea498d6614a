"""Every write of a draft is conditional, and applied together with its event."""

from typing import Any

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.draft import Draft, Lease
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.transactions import lost, transact
from tests.drafts.engine.support import (
    END,
    NOW,
    SYSTEM,
    UNTIL,
    Observed,
    a_draft,
    an_event,
    held_draft,
    next_of,
    refused,
    stored_events,
)
from tests.harness.drafts import (
    TroubledClient,
    answer_lost,
    timed_out,
)

pytestmark = pytest.mark.conditions

WRITES = "transact_write_items"


async def stored(store: DraftStore, draft: Draft) -> Draft:
    await store.create(draft, an_event("made"))
    return draft


@pytest.mark.parametrize("draft", [a_draft(), held_draft(errors=("one", "two"), version=12)])
async def test_a_new_draft_is_stored_as_given_with_its_event(
    store: DraftStore, outbox: Outbox, client: TroubledClient, draft: Draft
) -> None:
    assert await store.read(draft.id) is None
    await store.create(draft, an_event("made"))
    assert await store.read(draft.id) == draft
    assert await stored_events(outbox) == [("made", f"{draft.version:08d}")]
    assert client.called[WRITES] == 1  # both in one transaction


async def test_a_used_id_creates_no_draft_and_no_event(store: DraftStore, outbox: Outbox) -> None:
    draft = await stored(store, a_draft())
    for other in (a_draft(state="other"), a_draft(version=2)):
        with pytest.raises(Exception) as taken:
            await store.create(other, an_event("again"))
        assert lost(taken.value)
    assert await store.read(draft.id) == draft
    assert await stored_events(outbox) == [("made", "00000001")]


@pytest.mark.parametrize(
    ("draft", "now", "is_written"),
    [
        (a_draft(), END - 1, True),
        (a_draft(), END, False),
        (held_draft(), END, True),
        (held_draft(), UNTIL - 1, True),
        (held_draft(), UNTIL, False),
        (held_draft(lease=Lease(token="first", until=NOW + 1, record={})), END - 1, True),
    ],
    ids=["alive", "ended", "held past its end", "held", "lease ended", "alive after its lease"],
)
async def test_a_draft_is_replaced_while_it_is_alive_by_the_clock_or_held(
    store: DraftStore,
    outbox: Outbox,
    client: TroubledClient,
    draft: Draft,
    now: int,
    is_written: bool,
) -> None:
    await stored(store, draft)
    after = next_of(draft, state="next", lease=None, errors=("one",))
    assert await store.replace(draft, after, an_event("changed"), now=now) is is_written
    assert await store.read(draft.id) == (after if is_written else draft)
    changed = [("changed", "00000002")] if is_written else []
    assert await stored_events(outbox) == [("made", "00000001"), *changed]
    assert client.called[WRITES] == 2


@pytest.mark.parametrize("draft", [a_draft(), held_draft()], ids=["open", "held"])
@pytest.mark.parametrize("ends", [False, True], ids=["a change", "an end"])
async def test_of_two_writes_after_the_same_read_only_the_first_is_applied_with_its_event(
    store: DraftStore, outbox: Outbox, draft: Draft, ends: bool
) -> None:
    await stored(store, draft)
    first = next_of(draft, state="first")
    second = next_of(draft, state="second", expiry_noted=ends)
    assert await store.replace(draft, first, an_event("first"), now=NOW)
    assert not await store.replace(draft, second, an_event("second"), now=NOW)
    assert await store.read(draft.id) == first
    assert await stored_events(outbox) == [("made", "00000001"), ("first", "00000002")]


@pytest.mark.parametrize("now", [NOW, END, UNTIL])
async def test_an_expiry_is_written_however_long_the_draft_is_dead(
    store: DraftStore, now: int
) -> None:
    draft = await stored(store, held_draft())
    ended = next_of(draft, state="ended", lease=None, expiry_noted=True)
    assert await store.replace(draft, ended, an_event("ended"), now=now)
    assert await store.read(draft.id) == ended


@pytest.mark.parametrize("ends", [False, True], ids=["a change", "an end"])
async def test_a_deleted_draft_is_not_written_again(
    store: DraftStore, outbox: Outbox, ends: bool
) -> None:
    after = next_of(a_draft(), expiry_noted=ends)
    assert not await store.replace(a_draft(), after, an_event(), now=NOW)
    assert await store.read(after.id) is None
    assert await stored_events(outbox) == []


@pytest.mark.parametrize("token", ["one-token", None])
async def test_under_one_token_a_retry_after_a_lost_answer_writes_nothing_twice(
    store: DraftStore, outbox: Outbox, client: TroubledClient, token: str | None
) -> None:
    draft = await stored(store, a_draft())
    after, last = next_of(draft, state="next"), a_draft(version=3, state="last")
    client.orders[WRITES].append(answer_lost)
    with pytest.raises(TimeoutError):
        await store.replace(draft, after, an_event(), now=NOW, token=token)
    assert await store.replace(after, last, an_event("last"), now=NOW)
    # Without a token of its own it cannot tell its write from another's.
    again = await store.replace(draft, after, an_event(), now=NOW, token=token)
    assert again is (token is not None)
    assert await store.read(draft.id) == last
    assert [name for name, _ in await stored_events(outbox)] == ["made", "changed", "last"]


async def test_every_write_has_a_token_so_that_a_retry_applies_it_once(
    clients: Clients, table: str
) -> None:
    observed = Observed(clients.dynamodb)
    store = DraftStore(client=observed, table=table)
    draft = await stored(store, a_draft())
    for token in (None, "one-token", None):
        draft, before = next_of(draft), draft
        assert await store.replace(before, draft, an_event(), now=NOW, token=token)
    tokens = [str(sent["ClientRequestToken"]) for sent in observed.sent]
    assert tokens[2] == "one-token"
    assert len(set(tokens)) == 4


async def test_a_draft_is_read_as_last_written(clients: Clients, table: str) -> None:
    observed = Observed(clients.dynamodb)
    await DraftStore(client=observed, table=table).read("draft-1")
    assert [sent["ConsistentRead"] for sent in observed.sent] == [True]


async def trouble(_: object) -> Any:
    raise refused("InternalServerError")


async def test_an_aws_error_is_not_mistaken_for_a_lost_race(
    store: DraftStore, client: TroubledClient
) -> None:
    draft = await stored(store, a_draft())
    for what in (timed_out, trouble):
        client.orders[WRITES].append(what)
        client.orders["update_item"].append(what)
        with pytest.raises(Exception) as raised:
            await store.replace(draft, next_of(draft), an_event(), now=NOW)
        assert not lost(raised.value)
        with pytest.raises(type(raised.value)):
            await store.purge(draft.id, token="first", at=NOW)


async def overdue(store: DraftStore, now: int = END) -> list[str]:
    return [each async for each in store.overdue(SYSTEM, now=now)]


async def test_overdue_drafts_are_those_of_the_system_that_expired_unnoted(
    store: DraftStore, clients: Clients, table: str
) -> None:
    noted, committed = a_draft(id="noted"), held_draft(id="committed")
    for draft in (
        *(a_draft(id=f"ended-{each}", expires_at=END - each) for each in range(5)),
        held_draft(id="held"),
        a_draft(id="alive", expires_at=END + 1),
        a_draft(id="of another", system="another-system"),
        noted,
        committed,
    ):
        await store.create(draft, an_event())
    ended = next_of(noted, expiry_noted=True)
    assert await store.replace(noted, ended, an_event("ended"), now=END)
    actions = store.commit_actions(committed, state="done", result={}, event=an_event())
    await transact(clients.dynamodb_writes, actions, token="a-token")
    few = DraftStore(client=Observed(clients.dynamodb, rows=2), table=table)
    for each in (store, few):
        found = await overdue(each)
        assert len(found) == len(set(found))
        assert set(found) == {"held", *(f"ended-{each}" for each in range(5))}
        assert await overdue(each, NOW) == []
