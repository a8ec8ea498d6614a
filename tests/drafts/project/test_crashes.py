"""An instance dies or loses an answer at every AWS call of a save or a commit.

The next call finds the session either unchanged or saved, and at most one project.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.project.system import create_project_sessions
from assembly_service.settings.drafts import ProjectSessionSettings
from tests.drafts.project.support import COMPLETE, SECOND, Caller, Instance, reference
from tests.harness.drafts import Answer, impatient_drafts
from tests.harness.lives import Life, Moment, Point, gated
from tests.harness.lives import straight as undisturbed
from tests.harness.served import Applications
from tests.harness.web import ManualClock

pytestmark = pytest.mark.conditions

Script = Callable[[Caller, str], Awaitable[Answer]]


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A session after one disturbed call; no answer if the instance died.

    `calls` counts the AWS calls until then.
    """

    point: Point
    calls: Counter[str]
    session_id: str
    answer: Answer | None


@asynccontextmanager
async def serving(
    clients: Clients, settings: ProjectSessionSettings, clock: ManualClock
) -> AsyncIterator[Caller]:
    """An instance that stops without waiting for anything."""

    def serve(engine: DraftEngine) -> Applications:
        return create_project_sessions(settings, engine, trusted_proxies=0).mounted.applications

    async with impatient_drafts(clients, settings, serve, clock=clock) as (_, session):
        yield Caller(session=session, token=None)


async def disturb(instance: Instance, clients: Clients, life: Life, script: Script) -> Outcome:
    """Run a script on its own instance, with one disturbed call."""
    session_id = await instance.anybody.ready()
    fate = life.fate or Point("nothing", 1, Moment.BEFORE)
    own = gated(clients, life, undisturbed)
    async with serving(own, instance.settings, instance.clock) as caller:
        call = asyncio.create_task(as_task(script(caller, session_id)))
        dead = asyncio.create_task(life.dead.wait())
        await asyncio.wait({call, dead}, return_when=asyncio.FIRST_COMPLETED)
        dead.cancel()
        answer = call.result() if call.done() else None
        calls = Counter(life.calls)
        call.cancel()
    return Outcome(point=fate, calls=calls, session_id=session_id, answer=answer)


async def as_task(work: Awaitable[Answer]) -> Answer:
    return await work


async def disturb_every_call(instance: Instance, clients: Clients, script: Script) -> list[Outcome]:
    """Run the script once for each disturbance of each of its calls."""
    done = await disturb(instance, clients, Life(), script)
    assert done.answer is not None
    assert done.answer.status < 300
    lives = [
        Life(fate=Point(name, number, moment))
        for name, times in done.calls.items()
        for number in range(1, times + 1)
        for moment in Moment
    ]
    outcomes = await asyncio.gather(*(disturb(instance, clients, life, script) for life in lives))
    for life in lives:
        assert life.met.is_set(), f"{life.fate} was never met"
    return outcomes


async def event_names(instance: Instance, session_id: str, logs: list[object]) -> list[str]:
    """The distinct names of a session's events in order, published or not."""
    published = {
        each["event_id"]: each["name"]  # type: ignore[index]
        for each in logs
        if each["event"] == "domain_event"  # type: ignore[index]
    }
    waiting = {
        event.event_id: event.name
        async for page in instance.engine.relay.outbox.waiting(reference(session_id))
        for event in page
    }
    named = {
        key: name for key, name in {**published, **waiting}.items() if reference(session_id) in key
    }
    return [named[key].removeprefix("project-session.") for key in sorted(named)]


async def save(caller: Caller, session_id: str) -> Answer:
    return await caller.put(
        session_id, projectData={"budget": 5, "buildingType": None}, currentStep=2
    )


async def commit(caller: Caller, session_id: str) -> Answer:
    return await caller.commit(session_id)


async def test_a_commit_that_dies_at_any_call_makes_one_project_when_repeated(
    instance: Instance, clients: Clients
) -> None:
    with capture_logs() as logs:
        outcomes = await disturb_every_call(instance, clients, commit)
        for each in outcomes:
            if each.answer is not None and each.answer.status >= 300:
                # The outcome is open: the draft is unchanged, held or committed.
                assert each.answer.status == 500, each
        instance.clock.now += 30 * SECOND
        made = {}
        for each in outcomes:
            again = await instance.anybody.commit(each.session_id)
            if again.status == 404:
                # The replay is already over, but the project exists.
                assert each.answer or each.point.name.startswith("update_item"), each
                listed = await instance.anybody.projects()
                [found] = [one for one in listed if one["sourceSessionId"] == each.session_id]
                made[each.session_id] = found
            else:
                assert again.status in {200, 201}, each
                made[each.session_id] = again.body["project"]
            if each.answer is not None and each.answer.status == 201:
                assert made[each.session_id] == each.answer.body["project"], each
        rows = [row for row in await instance.records() if row["pk"]["S"] == "PROJECTS"]
        sources = [row["source"]["S"] for row in rows]
        assert len(sources) == len(set(sources)) == len(outcomes) + 1
        for each in outcomes:
            names = await event_names(instance, each.session_id, [*logs])
            assert names.count("commit.success") == 1, (each, names)
            assert names[0] == "created"
            assert names[-1] == "commit.success"
    assert len(outcomes) >= 12


async def test_a_save_that_dies_at_any_call_is_atomic_with_its_event(
    instance: Instance, clients: Clients
) -> None:
    with capture_logs() as logs:
        outcomes = await disturb_every_call(instance, clients, save)
        for each in outcomes:
            session = await instance.anybody.body(each.session_id)
            names = await event_names(instance, each.session_id, [*logs])
            saved = session["version"] == 2
            if each.answer is not None and each.answer.status == 200:
                assert saved, each
            expected = {**COMPLETE, "budget": 5}
            del expected["buildingType"]
            assert session["projectData"] == (expected if saved else COMPLETE), each
            assert session["currentStep"] == (2 if saved else 1), each
            assert names == ["created", *(["updated"] if saved else [])], each
            assert (await save(instance.anybody, each.session_id)).status == 200
            assert await instance.anybody.data(each.session_id) == expected
    assert len(outcomes) >= 6
