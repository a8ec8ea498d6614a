"""No crash loses anything: a crash is tried at every point, one by one.

A scenario is played once without a crash, which yields its points: before and after every AWS call
and every announcement. Then it is played again for each point, killed there and restarted, and once
more for each answer, lost after the call was carried out.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import count

import boto3
import pytest
import pytest_asyncio

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.local_aws.local_engine import Engine
from assembly_service.local_aws.provisioning import Connect, provision
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.harness.crashes import FateMissed, Run, points
from tests.harness.engine import Account, fresh_account
from tests.harness.lives import Life, Moment, Point
from tests.harness.scenarios import Scenario
from tests.system.proofs.scenarios import CAPTION_FIRST, CAPTION_UPDATED, SCENARIOS

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.usefixtures("silence")]

Tell = Callable[[str], None]
Sampled = Callable[[list[Point]], list[Point]]
LANES, RUNS_A_LANE = 3, 10
HIDDEN_SECONDS = (2, 10, 60)
"""A message left behind by a crash is redelivered soon. On a busy machine that may happen before it
was handled, and the play misses its fate: then it is repeated with more time."""


@dataclass(kw_only=True)
class Stage:
    """Stacks on one account, one per run, and the clients that the runs share.

    A long poll holds its connection, so a lane has fewer runs than connections.
    """

    account: Account
    connect: Connect
    lanes: list[tuple[Clients, asyncio.Semaphore]]
    numbers: Iterator[int]

    async def play(self, scenario: Scenario, *fates: Point) -> Run:
        """Play a scenario on a new stack and check the result."""
        # Without a crash nothing needs a redelivery, and on a slow machine there should be none.
        first = 0 if fates or scenario.extends else len(HIDDEN_SECONDS) - 1
        *hurried, patient = HIDDEN_SECONDS[first:]
        for hidden_seconds in hurried:
            try:
                return await self._play(scenario, fates, hidden_seconds)
            except ExceptionGroup as errors:
                if errors.subgroup(FateMissed) is None:
                    raise
        return await self._play(scenario, fates, patient)

    async def _play(self, scenario: Scenario, fates: tuple[Point, ...], hidden_seconds: int) -> Run:
        number = next(self.numbers)
        clients, room = self.lanes[number % LANES]
        async with room:
            lives = [Life(fate) for fate in fates]
            if scenario.stops and not lives:
                lives = [Life()]
            run = Run(
                scenario=scenario,
                settings=await self._stack(number, hidden_seconds),
                clients=clients,
                fated=lives,
            )
            try:
                await run.play()
                await run.check()
            except (Exception, ExceptionGroup) as error:
                error.add_note(f"{scenario}: {', '.join(map(str, fates)) or 'no crash'}")
                raise
            return run

    async def _stack(self, number: int, hidden_seconds: int) -> Settings:
        resources = await asyncio.to_thread(
            provision, connect=self.connect, name_prefix=f"run{number}", poll_seconds=0.005
        )
        quick = {
            "SQS_VISIBILITY_TIMEOUT": str(hidden_seconds),
            "SQS_WAIT_SECONDS": "1",
            "DRAIN_DEADLINE_SECONDS": "200",
        }
        return Settings.from_environment(self.account.environment | resources | quick)

    async def play_all(self, scenario: Scenario, fates: list[tuple[Point, ...]]) -> None:
        """Play a scenario once per fate; report all failures, not only the first."""
        runs = [self.play(scenario, *each) for each in fates]
        outcomes = await asyncio.gather(*runs, return_exceptions=True)
        failures = [each for each in outcomes if isinstance(each, Exception)]
        if failures:
            raise ExceptionGroup(f"{len(failures)} of {len(fates)} runs of: {scenario}", failures)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stage(engine: Engine, boto_session: boto3.Session) -> AsyncIterator[Stage]:
    """An account with as many stacks as needed. All runs share clients, which are slow to open."""
    account = fresh_account(engine.url)
    settings = Settings.from_environment(account.environment)
    connect = cache(
        partial(
            boto_session.client,
            endpoint_url=engine.url,
            aws_access_key_id=account.access_key_id,
            aws_secret_access_key=account.secret_access_key,
        )
    )
    async with AsyncExitStack() as opened:
        environment = opened.enter_context(pytest.MonkeyPatch.context())
        for name, value in account.credentials.items():
            environment.setenv(name, value)
        lanes = [
            (
                await opened.enter_async_context(open_clients(settings, Metrics())),
                asyncio.Semaphore(RUNS_A_LANE),
            )
            for _ in range(LANES)
        ]
        yield Stage(account=account, connect=connect, lanes=lanes, numbers=count())


@pytest.mark.parametrize("scenario", SCENARIOS, ids=str)
async def test_a_crash_at_any_point_and_any_lost_answer_lose_nothing(
    stage: Stage, scenario: Scenario, sampled: Sampled, tell: Tell
) -> None:
    found = points((await stage.play(scenario)).first.calls, list(Moment))
    tried = sampled(found)
    tell(f"{scenario}: {len(tried)} of {len(found)} points")
    await stage.play_all(scenario, [(point,) for point in tried])


@pytest.mark.parametrize(
    ("scenario", "first"),
    [
        (CAPTION_FIRST, Point("announce", 1, Moment.BEFORE)),
        (CAPTION_FIRST, Point("announce", 1, Moment.AFTER)),
        (CAPTION_UPDATED, Point("announce", 2, Moment.BEFORE)),
    ],
    ids=str,
)
async def test_a_second_crash_at_any_point_of_the_recovery_loses_nothing(
    stage: Stage, scenario: Scenario, first: Point, sampled: Sampled, tell: Tell
) -> None:
    # So short that the second life has to give the row of the first one a new timestamp.
    impatient = replace(scenario, rules=replace(scenario.rules, commit_allowance=1_000))
    calls = (await stage.play(impatient, first)).last.calls
    # It waits for redeliveries, and a crash while waiting was tried above.
    passing = ("receive_message", "get_queue", "change_message_visibility")
    waiting = {name for name in calls if name.startswith(passing)}
    found = points(calls - Counter({name: calls[name] for name in waiting}), list(Moment))
    tried = sampled(found)
    tell(f"{scenario}, crash {first}: {len(tried)} of {len(found)} points of the recovery")
    await stage.play_all(impatient, [(first, point) for point in tried])
