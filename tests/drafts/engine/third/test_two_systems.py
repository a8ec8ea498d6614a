"""Two draft systems on one engine: nothing clashes, and neither notices the other."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest
from openapi_spec_validator import validate

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.rows import draft_key
from assembly_service.drafts.engine.sweeper import sweep
from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.drafts.product.rules import SYSTEM
from assembly_service.openapi import openapi_document
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.engine.third.notes import CALLS, DOCUMENT, HOUR, NOTES, PREFIXES, Notes
from tests.drafts.product.support import (
    SESSIONS,
    Caller,
    Instance,
    running_instance,
)
from tests.harness.described import Described
from tests.harness.drafts import (
    Held,
)
from tests.harness.pipeline import eventually

WHOLE = openapi_document([product_drafts_document(), DOCUMENT])
DESCRIBED = Described(WHOLE)
PATIENCE_SECONDS = 120
NOTE_EVENTS = ["note.created", "note.written", "note.started", "note.made"]
PRODUCT_EVENTS = [
    f"{SYSTEM}.{name}"
    for name in ("session.created", "product.added", "commit.started", "commit.success")
]


class Topic:
    """Counts what is published on it."""

    def __init__(self) -> None:
        self.published: Counter[tuple[str, str]] = Counter()
        self.all_there = asyncio.Event()

    async def publish(self, **message: Any) -> None:
        named = {name: value["StringValue"] for name, value in message["MessageAttributes"].items()}
        self.published[named["eventType"], named["eventId"]] += 1
        if len(self.published) == len(NOTE_EVENTS) + len(PRODUCT_EVENTS):
            self.all_there.set()


@pytest.fixture
def topic() -> Topic:
    return Topic()


@pytest.fixture
async def both(
    clients: Clients, orchestrator_settings: ProductDraftSettings, topic: Topic
) -> AsyncIterator[Instance]:
    """An instance that serves products and notes."""

    def notes(engine: DraftEngine) -> Any:
        return Notes(engine, orchestrator_settings.dynamodb_records_table).applications()

    own = replace(clients, sns=topic)
    async with running_instance(
        own, orchestrator_settings, more=notes, described=DESCRIBED
    ) as running:
        yield running


@pytest.fixture
def anybody(both: Instance) -> Caller:
    """A caller without a token."""
    return replace(both.admin, token=None)


async def new_note(anybody: Caller, prefix: str = PREFIXES[0], text: bytes = b"text") -> str:
    """The address of the draft of a note with some text."""
    made = await anybody.call("POST", prefix)
    address = f"{prefix}/{made.body['id']}"
    assert (await anybody.call("PUT", address, text)).status == 200
    return address


def figure(instance: Instance, name: str, **labels: str) -> float | None:
    return instance.registry.get_sample_value(name, labels)


async def test_the_shared_relay_publishes_each_event_of_both_systems_once(
    both: Instance, anybody: Caller, topic: Topic
) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(both.engine.run(stop))
    product = await both.admin.draft_with_product()
    note = await new_note(anybody)
    assert (await both.admin.commit(product)).body["success"] is True
    assert (await anybody.call("POST", f"{note}/commit")).status == 200
    async with asyncio.timeout(PATIENCE_SECONDS):
        await topic.all_there.wait()

    async def outbox_is_empty() -> bool:
        return not [page async for page in both.engine.relay.outbox.waiting()]

    # A stop between publishing an event and clearing it may publish it once more.
    await eventually(outbox_is_empty)
    stop.set()
    await running
    assert await both.engine.relay.publish_all(sweep=True)
    assert sorted(name for name, _ in topic.published) == sorted([*NOTE_EVENTS, *PRODUCT_EVENTS])
    assert set(topic.published.values()) == {1}
    for system, names in (("notes", NOTE_EVENTS), (SYSTEM, PRODUCT_EVENTS)):
        for name in names:
            published = figure(both, "assembly_draft_events_total", system=system, event=name)
            assert published == 1, name


async def test_neither_system_sees_a_draft_of_the_other(both: Instance, anybody: Caller) -> None:
    product, note = await both.admin.create(), await new_note(anybody)
    for prefix in PREFIXES:
        answer = await both.admin.call("GET", f"{prefix}/{product}")
        assert (answer.status, answer.body) == (404, {"error": "not_found"})
    note_id = note.removeprefix(f"{PREFIXES[0]}/")
    for answer in (await both.admin.progress(note_id), await both.admin.commit(note_id)):
        assert answer.status == 404
        assert answer.body["message"] == "Session not found or expired"


async def test_both_base_paths_lead_to_the_same_drafts_and_errors_have_the_systems_form(
    both: Instance, anybody: Caller
) -> None:
    note_id = (await new_note(anybody, PREFIXES[0])).removeprefix(f"{PREFIXES[0]}/")
    for prefix in PREFIXES:
        answer = await anybody.call("GET", f"{prefix}/{note_id.upper()}")
        assert (answer.status, answer.body["note"]) == (200, {"text": "text"})
        nowhere = await anybody.call("GET", f"{prefix}/{note_id}/else")
        assert (nowhere.status, nowhere.body) == (404, {"error": "routing"})
        malformed = await anybody.call("GET", f"{prefix}/x")
        assert (malformed.status, malformed.body) == (400, {"error": "malformed"})
    bad = replace(anybody, token="x")
    answer = await bad.call("GET", f"{PREFIXES[0]}/{note_id}")
    assert (answer.status, answer.body) == (401, {"error": "unauthorized"})
    assert "WWW-Authenticate" in answer.headers
    answer = await anybody.call("POST", f"{SESSIONS}/create")
    assert (answer.status, answer.body["message"]) == (401, "Unauthorized")


async def test_an_extended_draft_that_expired_is_answered_with_410_within_its_window(
    both: Instance, anybody: Caller
) -> None:
    address = await new_note(anybody)
    made = both.clock.now
    ends = []
    for hours in (22.9, 23.5, 24.2, 47.5):
        both.clock.now = made + round(hours * HOUR)
        if hours == 47.5:  # nobody changed it in time
            break
        ends.append((await anybody.call("PUT", address, b"more")).body["expiresAt"] - made)
    assert ends == [24 * HOUR, round(24.5 * HOUR), round(25.2 * HOUR)]
    expired = await anybody.call("GET", address)
    assert (expired.status, expired.body) == (410, {"error": "expired"})
    assert (await anybody.call("PUT", address, b"late")).status == 410
    both.clock.now = made + ends[-1] + 24 * HOUR - 1
    assert (await anybody.call("POST", f"{address}/commit")).status == 410
    both.clock.now += 1
    assert (await anybody.call("GET", address)).body == {"error": "not_found"}


async def test_the_row_of_an_expired_draft_outlasts_its_gone_window(
    both: Instance, anybody: Caller
) -> None:
    address = await new_note(anybody)
    key = draft_key(address.removeprefix(f"{PREFIXES[0]}/"))
    table = both.settings.dynamodb_drafts_table
    made = both.clock.now
    for hours in (1, 25):  # while it is alive, and once its expiry is noted
        both.clock.now = made + hours * HOUR
        await anybody.call("GET", address)
        row = (await both.reads.get_item(TableName=table, Key=key, ConsistentRead=True))["Item"]
        assert int(row["ttl"]["N"]) >= (made + 48 * HOUR) // 1000
        assert not {"user_id", "organization"} & row.keys()


async def test_expired_drafts_of_both_systems_are_noted_and_counted_separately(
    both: Instance, anybody: Caller
) -> None:
    await both.admin.create()
    await new_note(anybody)
    both.clock.now += 24 * HOUR
    for system, drafts in both.engine._systems.items():
        await sweep(both.engine.store, system=system, clock=both.clock, note=drafts.note_expiry)
    abandoned = "assembly_drafts_abandoned_total"
    assert figure(both, abandoned, system="notes", state="written") == 1
    assert figure(both, abandoned, system=SYSTEM, state="initiated") == 1


async def test_a_second_commit_waits_in_this_system_too(both: Instance, anybody: Caller) -> None:
    address, held = await new_note(anybody), Held()
    both.writes.orders["transact_write_items"].append(held)
    first = asyncio.create_task(anybody.call("POST", f"{address}/commit"))
    await held.reached.wait()
    both.waits.hold = True
    second = asyncio.create_task(anybody.call("POST", f"{address}/commit"))
    await both.waits.reached.wait()
    held.let_go.set()
    made = (await first).body
    both.waits.let_go.set()
    assert (await second).body == {**made, "replayed": True}


async def test_a_commit_reads_again_if_the_draft_was_changed_meanwhile(
    both: Instance, anybody: Caller
) -> None:
    address, taking = await new_note(anybody, text=b"before"), Held()
    # The record is fixed by now, and would be stored with the lease.
    both.reads.orders["transact_write_items"].append(taking)
    commit = asyncio.create_task(anybody.call("POST", f"{address}/commit"))
    await taking.reached.wait()
    assert (await anybody.call("PUT", address, b"after")).status == 200
    taking.let_go.set()
    made = (await commit).body
    assert (made["text"], made["replayed"]) == ("after", False)
    notes = [row["sk"]["S"] for row in await both.records() if row["pk"]["S"] == "NOTE"]
    assert notes == [made["noteId"]]


async def test_both_systems_are_in_the_metrics_from_the_start(both: Instance) -> None:
    for system, step in (("notes", "commit-note"), (SYSTEM, "commit-product")):
        steps = figure(
            both, "assembly_draft_steps_total", system=system, step=step, outcome="gave_up"
        )
        assert steps == 0
        assert figure(both, "assembly_draft_events_waiting_seconds", system=system) == 0


async def test_two_systems_of_the_same_name_are_refused(both: Instance) -> None:
    with pytest.raises(ValueError, match="two draft systems called notes"):
        both.engine.drafts_of(NOTES, commit_step="commit-note")


def test_both_systems_are_in_the_document_at_every_base_path() -> None:
    validate(WHOLE)
    paths = {f"{prefix}{call.path}" for prefix in PREFIXES for call in CALLS}
    assert {*paths, "/private/products"} <= WHOLE["paths"].keys()
    names = [
        operation["operationId"] for path in paths for operation in WHOLE["paths"][path].values()
    ]
    assert len(set(names)) == len(names) == 2 * len(CALLS)
