"""One product, one target, one success event, wherever a life ends: tried at every point.

A scenario is played once without a crash, which yields its points: before and after every AWS call.
Then it is played again for each point, killed there and continued by a new instance whose client
repeats what got no answer, and once more for each answer, lost after the call was carried out.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from itertools import count

import pytest
import pytest_asyncio

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.local_aws.local_engine import Engine
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.drafts.product.support import (
    draft_settings,
)
from tests.harness.crashes import points
from tests.harness.draft_lives import DraftRun
from tests.harness.engine import Account, fresh_account
from tests.harness.lives import Life, Moment, Point

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("silence")]

Tell = Callable[[str], None]
Sampled = Callable[[list[Point]], list[Point]]
Script = Callable[[DraftRun], Awaitable[None]]
RUNS_AT_ONCE = 8
CODE, OTHER_CODE = "THE-CODE", "ANOTHER-CODE"


async def from_create_to_commit(run: DraftRun) -> None:
    session_id = await run.create()
    await run.add_product(session_id, CODE)
    await run.configure_target(session_id, osot_province=[1, 11])
    assert await run.commit(session_id)
    assert await run.commit(session_id), "the replay"


async def committed_again(run: DraftRun) -> None:
    session_id = await run.create()
    await run.add_product(session_id, CODE)
    while not await run.commit(session_id):
        pass


async def edited_and_committed_again(run: DraftRun) -> None:
    session_id = await run.create()
    await run.add_product(session_id, CODE)
    while not await run.commit(session_id):
        await run.add_product(session_id, OTHER_CODE)


async def two_with_one_code(run: DraftRun) -> None:
    first, second = await run.create(), await run.create()
    await run.add_product(first, CODE)
    await run.add_product(second, CODE)
    assert await run.commit(first)
    assert not await run.commit(second)


@dataclass(frozen=True)
class Scenario:
    """What a client does, and how many attempts of its commits get lost."""

    name: str
    script: Script
    timeouts: int = 0

    def __str__(self) -> str:
        return self.name


CREATED = Scenario("a draft from create to commit", from_create_to_commit)
SCENARIOS = [
    CREATED,
    Scenario("a store that times out once", committed_again, timeouts=1),
    Scenario("a failed draft that is committed again", committed_again, timeouts=3),
    Scenario("a failed draft with another code", edited_and_committed_again, timeouts=3),
    Scenario("two drafts with one code", two_with_one_code),
]


@dataclass(kw_only=True)
class Stage:
    """An account on which every run has its own tables."""

    settings: ProductDraftSettings
    clients: Clients
    numbers: Iterator[int]
    room: asyncio.Semaphore

    async def play(self, scenario: Scenario, *fates: Point) -> DraftRun:
        """Play a scenario in lives with these fates, and check the result."""
        async with self.room:
            run = DraftRun(
                settings=await self._tables(),
                clients=self.clients,
                fated=[Life(fate) for fate in fates],
                timeouts=scenario.timeouts,
            )
            try:
                await run.play(scenario.script)
            except Exception as error:
                error.add_note(f"{scenario}: {', '.join(map(str, fates)) or 'no crash'}")
                raise
            return run

    async def play_all(self, scenario: Scenario, fates: list[tuple[Point, ...]]) -> list[DraftRun]:
        """Play a scenario once per fate; report all failures, not only the first."""
        plays = [self.play(scenario, *each) for each in fates]
        outcomes = await asyncio.gather(*plays, return_exceptions=True)
        failures = [each for each in outcomes if isinstance(each, Exception)]
        if failures:
            raise ExceptionGroup(f"{len(failures)} of {len(fates)} runs of: {scenario}", failures)
        return [each for each in outcomes if isinstance(each, DraftRun)]

    async def _tables(self) -> ProductDraftSettings:
        number = next(self.numbers)
        names = {f"dynamodb_{kind}_table": f"run{number}-{kind}" for kind in ("drafts", "records")}
        for name in names.values():
            await self.clients.dynamodb.create_table(
                TableName=name,
                KeySchema=[
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
                AttributeDefinitions=[
                    {"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        return self.settings.model_copy(update=names)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(engine: Engine) -> AsyncIterator[Stage]:
    """An account; all runs share its clients."""
    account: Account = fresh_account(engine.url)
    async with AsyncExitStack() as opened:
        environment = opened.enter_context(pytest.MonkeyPatch.context())
        for name, value in account.credentials.items():
            environment.setenv(name, value)
        settings = Settings.from_environment(account.environment)
        yield Stage(
            settings=draft_settings(account.environment),
            clients=await opened.enter_async_context(open_clients(settings, Metrics())),
            numbers=count(),
            room=asyncio.Semaphore(RUNS_AT_ONCE),
        )


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
async def test_a_crash_at_any_point_and_any_lost_answer_make_one_product(
    stage: Stage, scenario: Scenario, sampled: Sampled, tell: Tell
) -> None:
    found = points((await stage.play(scenario)).last.calls, list(Moment))
    tried = sampled(found)
    runs = await stage.play_all(scenario, [(point,) for point in tried])
    tell(_figures(f"{scenario}: {len(tried)} of {len(found)} points", runs))


@pytest.mark.parametrize("moment", [Moment.BEFORE, Moment.AFTER])
async def test_a_second_crash_at_any_point_of_a_takeover_makes_one_product(
    stage: Stage, moment: Moment, sampled: Sampled, tell: Tell
) -> None:
    # The fifth makes the product: three steps and the lease precede it.
    first = Point("transact_write_items", 5, moment)
    found = points((await stage.play(CREATED, first)).last.calls, list(Moment))
    tried = sampled(found)
    runs = await stage.play_all(CREATED, [(first, point) for point in tried])
    what = f"{CREATED}, crash {first}: {len(tried)} of {len(found)} points of the recovery"
    tell(_figures(what, runs))


def _figures(what: str, runs: list[DraftRun]) -> str:
    told = sum(len(ids) for run in runs for ids in run.topic.told.values())
    events = sum(len(run.topic.events) for run in runs)
    return f"{what}, 0 products lost, 0 doubled; {events} events, {told - events} told again"
