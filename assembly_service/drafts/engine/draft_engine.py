"""The draft engine of an instance: opened once, and shared by every draft system in it."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from prometheus_client import Counter

from assembly_service.access.tokens import TokenVerifier
from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.attempts import Pause
from assembly_service.drafts.engine.background import BackgroundTasks
from assembly_service.drafts.engine.channels import to_log, to_topic
from assembly_service.drafts.engine.commit import Committing, DraftCommit
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.open_drafts import OpenDrafts, keep_counting
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.publishing import Channel
from assembly_service.drafts.engine.relay import Relay
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.drafts.engine.sweeper import SWEEP_SECONDS, keep_sweeping
from assembly_service.drafts.engine.system_drafts import Drafts, DraftSystem
from assembly_service.drafts.engine.waiting import Waiting
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import LimitMetrics, Metrics
from assembly_service.settings.drafts import DraftEngineSettings

_FINAL_PUBLISH_SECONDS = 2.0

Job = Callable[[], Coroutine[Any, Any, None]]
"""Works until it is cancelled."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftEngine:
    """What the draft systems of an instance share: one store, outbox, relay, verifier.

    `clients.dynamodb_writes` makes the attempts of commits, `pause` waits between them, and
    `waiting` is how a commit call waits for another one.
    """

    clients: Clients
    store: DraftStore
    relay: Relay
    metrics: DraftMetrics
    limits: LimitMetrics
    verifier: TokenVerifier
    clock: Clock
    background: BackgroundTasks
    pause: Pause
    waiting: Waiting
    open_drafts: OpenDrafts
    _systems: dict[str, Drafts] = field(default_factory=dict)
    _jobs: dict[str, Job] = field(default_factory=dict)

    def drafts_of(
        self, system: DraftSystem, *, commit_step: str, sweep_seconds: float = SWEEP_SECONDS
    ) -> Drafts:
        """Return the drafts of one more system, which the engine sweeps while it runs.

        `commit_step` names its commit call in metrics. Raises ValueError if there is a system of
        that name.
        """
        if system.name in self._systems:
            raise ValueError(f"there are two draft systems called {system.name}")
        drafts = Drafts(
            system,
            store=self.store,
            relay=self.relay,
            clock=self.clock,
            metrics=self.metrics,
        )
        self._systems[system.name] = drafts
        sweeping = partial(
            keep_sweeping,
            self.store,
            clock=self.clock,
            system=system.name,
            note=drafts.note_expiry,
            seconds=sweep_seconds,
        )
        self.add_job(f"draft-expiry-{system.name}", sweeping)
        self.metrics.add_system(system.name, commit_step=commit_step)
        return drafts

    def commit_of(
        self, system: Committing, drafts: Drafts, *, replay_seconds: float
    ) -> DraftCommit:
        """Return what commits the drafts of a system."""
        return DraftCommit(
            system,
            drafts=drafts,
            writes=self.clients.dynamodb_writes,
            replay_seconds=replay_seconds,
            background=self.background,
            pause=self.pause,
            waiting=self.waiting,
        )

    def add_job(self, name: str, job: Job) -> None:
        """Run a job for as long as the engine runs."""
        self._jobs[name] = job

    async def run(self, stop: asyncio.Event) -> None:
        """Publish events, sweep and count drafts, and run the systems' jobs until `stop` is set."""
        jobs: dict[str, Job] = {
            **self._jobs,
            "draft-events": self.relay.run,
            "draft-count": partial(keep_counting, self.open_drafts, systems=self._systems),
        }
        work = [asyncio.create_task(job(), name=name) for name, job in jobs.items()]
        stopping = asyncio.create_task(stop.wait(), name="draft-stop")
        ended, others = await asyncio.wait({stopping, *work}, return_when=asyncio.FIRST_COMPLETED)
        for task in others:
            task.cancel()
        await asyncio.wait(others)
        for task in ended:
            task.result()


@asynccontextmanager
async def open_draft_engine(
    settings: DraftEngineSettings,
    clients: Clients,
    *,
    verifier: TokenVerifier,
    metrics: Metrics,
    clock: Clock,
    drain_seconds: float,
    pause: Pause = asyncio.sleep,
    waiting: Waiting | None = None,
) -> AsyncIterator[DraftEngine]:
    """Open the engine; on exit wait for running commits and publish the last events."""
    of_drafts, background = DraftMetrics(metrics.registry), BackgroundTasks()
    table = settings.dynamodb_drafts_table
    relay = Relay(
        outbox=Outbox(client=clients.dynamodb, table=table),
        channels=_channels(
            settings,
            clients.sns,
            failures=metrics.notification.topic_failures.labels("draft_events"),
        ),
        write_line=to_log,
        clock=clock,
        metrics=of_drafts,
    )
    try:
        yield DraftEngine(
            clients=clients,
            store=DraftStore(client=clients.dynamodb, table=table),
            relay=relay,
            metrics=of_drafts,
            limits=metrics.limits,
            verifier=verifier,
            clock=clock,
            background=background,
            pause=pause,
            waiting=waiting or Waiting(),
            open_drafts=OpenDrafts(
                client=clients.dynamodb, table=table, clock=clock, metrics=of_drafts
            ),
        )
    finally:
        await background.all_ended(drain_seconds)
        await _publish_remaining(relay)


def _channels(settings: DraftEngineSettings, sns: Any, *, failures: Counter) -> list[Channel]:
    """Return where events go besides the log; a connector to another system belongs here."""
    if settings.sns_draft_events_topic_arn is None:
        return []
    return [to_topic(sns, settings.sns_draft_events_topic_arn, failures=failures)]


async def _publish_remaining(relay: Relay) -> None:
    try:
        async with asyncio.timeout(_FINAL_PUBLISH_SECONDS):
            await relay.publish_all(sweep=False)
    except TimeoutError:
        # Another instance publishes them from the outbox, or this one after its restart.
        log.warning("draft_events_left_in_the_outbox")
