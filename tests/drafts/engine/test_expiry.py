"""The expiry of an abandoned draft is noted once, whatever the index says."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from structlog.testing import capture_logs

from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.sweeper import keep_sweeping, sweep
from tests.drafts.engine.support import (
    END,
    RESULT,
    SYSTEM,
    UNTIL,
    a_draft,
    an_event,
    held_draft,
    next_of,
    refused,
)
from tests.harness.drafts import (
    TroubledClient,
    timed_out,
)
from tests.harness.quiet_loop import play
from tests.harness.web import ManualClock

pytestmark = pytest.mark.conditions

Note = Callable[[Draft], Awaitable[None]]


class LaggingStore(DraftStore):
    """A store whose index names these drafts, whatever became of them."""

    def __init__(self, *, client: Any, table: str, named: Sequence[str]) -> None:
        super().__init__(client=client, table=table)
        self._named = named

    async def overdue(self, system: str, *, now: int) -> AsyncIterator[str]:  # noqa: ARG002
        for draft_id in self._named:
            yield draft_id


def noting(store: DraftStore, clock: ManualClock, won: list[str]) -> Note:
    """Notes an expiry as a system does; `won` gets the ids noted by this one."""

    async def note(draft: Draft) -> None:
        ended = next_of(draft, state="ended", lease=None, expiry_noted=True)
        if await store.replace(draft, ended, an_event("ended"), now=clock()):
            won.append(draft.id)

    return note


async def ends(outbox: Outbox) -> list[str]:
    """The ids of the drafts with an event of their expiry."""
    return [
        each.reference async for page in outbox.waiting() for each in page if each.name == "ended"
    ]


async def test_a_sweep_notes_each_expiry_once(store: DraftStore, outbox: Outbox) -> None:
    for draft in (
        a_draft(id="one"),
        a_draft(id="two"),
        a_draft(id="later", expires_at=END + 1),
        held_draft(id="held"),
        a_draft(id="of another", system="another-system"),
    ):
        await store.create(draft, an_event("made"))
    clock, won = ManualClock(END), list[str]()
    for now, expected in ((END, ["one", "two"]), (UNTIL, ["held", "later", "one", "two"])):
        clock.now = now
        for _ in range(2):
            await sweep(store, system=SYSTEM, clock=clock, note=noting(store, clock, won))
            assert sorted(won) == sorted(await ends(outbox)) == expected


async def test_a_stale_index_leads_to_no_false_expiry(
    client: TroubledClient, table: str, outbox: Outbox
) -> None:
    drafts = [
        a_draft(id="ended"),
        a_draft(id="alive", expires_at=END + 1),
        held_draft(id="held"),
        a_draft(id="noted", expiry_noted=True),
    ]
    named = ["gone", "ended", *(draft.id for draft in drafts), "committed"]
    store = LaggingStore(client=client, table=table, named=named)
    for draft in drafts:
        await store.create(draft, an_event("made"))
    committed = held_draft(id="committed")
    await store.create(committed, an_event("made"))
    for action in store.commit_actions(committed, state="done", result=RESULT, event=an_event()):
        await client.transact_write_items(TransactItems=[action.request])
    clock, won = ManualClock(END), list[str]()
    await sweep(store, system=SYSTEM, clock=clock, note=noting(store, clock, won))
    assert won == await ends(outbox) == ["ended"]


async def test_of_two_sweepers_that_find_the_same_expiry_one_notes_it(
    store: DraftStore, outbox: Outbox
) -> None:
    for name in ("one", "two", "three"):
        await store.create(a_draft(id=name), an_event("made"))
    clock, won, both = ManualClock(END), list[str](), asyncio.Barrier(2)
    note = noting(store, clock, won)

    async def note_together(draft: Draft) -> None:
        await both.wait()
        await note(draft)

    await asyncio.gather(
        *(sweep(store, system=SYSTEM, clock=clock, note=note_together) for _ in range(2))
    )
    assert sorted(won) == sorted(await ends(outbox)) == ["one", "three", "two"]


async def test_a_draft_that_cannot_be_noted_keeps_no_other_from_being_noted(
    client: TroubledClient, table: str, outbox: Outbox
) -> None:
    store = LaggingStore(client=client, table=table, named=["unread", "unnoted", "last"])
    for name in ("unnoted", "last"):
        await store.create(a_draft(id=name), an_event("made"))
    clock, won = ManualClock(END), list[str]()
    client.orders["query"].append(timed_out)
    client.orders["transact_write_items"].append(timed_out)
    with pytest.raises(TimeoutError):
        await sweep(store, system=SYSTEM, clock=clock, note=noting(store, clock, won))
    assert won == await ends(outbox) == ["last"]


class Swept(LaggingStore):
    """A store of one expired draft that records its sweeps, and fails in some of them."""

    def __init__(self, *troubles: Exception | None) -> None:
        super().__init__(client=None, table="", named=["draft-1"])
        self._troubles = list(troubles)
        self.at: list[float] = []

    async def read(self, draft_id: str) -> Draft | None:  # noqa: ARG002
        self.at.append(asyncio.get_running_loop().time())
        if self._troubles and (trouble := self._troubles.pop(0)):
            raise trouble
        return a_draft()


def sweep_for_an_hour(store: Swept, note: Note) -> None:
    """Keep sweeping, with a clock by which the draft has expired."""

    async def scene() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(3_600):
                await keep_sweeping(store, system=SYSTEM, clock=ManualClock(END), note=note)

    play(scene())


def test_sweeps_repeat_at_irregular_times_about_a_minute_apart() -> None:
    store, noted = Swept(), list[Draft]()

    async def note(draft: Draft) -> None:
        noted.append(draft)

    sweep_for_an_hour(store, note)
    pauses = [later - at for at, later in zip([0.0, *store.at], store.at, strict=False)]
    assert 30 <= min(pauses) < max(pauses) <= 90
    assert noted == [a_draft()] * len(store.at)


def test_a_system_may_be_swept_at_another_pace() -> None:
    store = Swept()

    async def scene() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(600):
                await keep_sweeping(
                    store, system=SYSTEM, clock=ManualClock(END), note=noted, seconds=10
                )

    async def noted(_: Draft) -> None:
        return

    play(scene())
    assert 600 / 15 <= len(store.at) <= 600 / 5


def test_an_aws_error_in_one_sweep_is_logged_and_does_not_end_sweeping() -> None:
    store, noted = Swept(TimeoutError(), None, refused("InternalServerError")), list[int]()

    async def note(draft: Draft) -> None:
        noted.append(len(store.at))
        if len(store.at) == 2:
            raise refused("ThrottlingException")

    with capture_logs() as logs:
        sweep_for_an_hour(store, note)
    assert noted[:3] == [2, 4, 5]
    assert noted[-1] == len(store.at)
    assert [log["code"] for log in logs] == [
        "TimeoutError",
        "ThrottlingException",
        "InternalServerError",
    ]


def test_a_bug_ends_sweeping_and_surfaces() -> None:
    async def note(_: Draft) -> None:
        raise KeyError("mistake")

    with pytest.raises(KeyError):
        sweep_for_an_hour(Swept(), note)
