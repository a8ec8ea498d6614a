"""Scenarios on a stack of their own, in which a life of the service is cut short at a point."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from assembly_service.aws.clients import Clients
from assembly_service.domain.intake import half_of
from assembly_service.domain.plan import StageHalf
from assembly_service.domain.product import Announcement, HalfKind
from assembly_service.domain.staging import StagedHalf
from assembly_service.pipeline.cleanup import Cleanup
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.harness.halves import DAY
from tests.harness.lives import (
    AnswerLost,
    Interference,
    Life,
    Moment,
    Point,
    gated,
    straight,
)
from tests.harness.pipeline import assert_equal_by_value, eventually, key_of
from tests.harness.scenarios import Event, Scenario, Sending, Sweep, text_of
from tests.harness.stacks import GatedAnnouncer, StackPipeline

_PATIENCE_SECONDS = 240
"""Many runs share the machine; one alone takes four seconds."""


class FateMissed(AssertionError):
    """A life ended before its fate: the play took another path and proves nothing."""


@dataclass(kw_only=True)
class Run:
    """One play of a scenario. The first lives are `fated`; one without a fate comes last."""

    scenario: Scenario
    settings: Settings
    clients: Clients
    fated: Sequence[Life] = ()
    last: Life = field(default_factory=Life)
    announced: list[Announcement] = field(default_factory=list)
    deleted: asyncio.Event = field(default_factory=asyncio.Event)
    sweep_due: asyncio.Event = field(default_factory=asyncio.Event)
    swept: asyncio.Event = field(default_factory=asyncio.Event)
    clock_ahead: int = 0

    async def play(self) -> None:
        """Run the phases, life after life, until nothing waits and every fate was met."""
        async with asyncio.timeout(_PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
            living = tasks.create_task(self._live())
            for phase in self.scenario.phases:
                if isinstance(phase, Sweep):
                    await self._sweep(phase)
                else:
                    await self._send_all(phase)
            for life in self.fated:
                await life.met.wait()
            living.cancel()

    async def check(self) -> None:
        """Check every guarantee. Raises AssertionError with the first one broken."""
        outside = self.outside
        caption, thumbnail = self.scenario.product
        products = await outside.products()
        assert products.keys() == {key_of(caption)}
        [product] = products.values()
        assert_equal_by_value(product, caption, thumbnail)
        assert product in [each.product for each in self.announced], "not announced as it stands"
        assert await outside.staged() == []
        assert await outside.dead_bodies() == self.scenario.dead_letters
        assert await outside.messages_left() == 0

    @property
    def outside(self) -> StackPipeline:
        """The stack seen from outside the service."""
        return StackPipeline(settings=self.settings, clients=self.clients, metrics=Metrics())

    @property
    def first(self) -> Life:
        """The life that begins the scenario."""
        return (*self.fated, self.last)[0]

    def clock(self) -> int:
        """The clock of the service; setting it ahead does not affect the engine's."""
        return wall_clock() + self.clock_ahead

    async def _live(self) -> None:
        interfere = self.scenario.interfere(self.first)
        for life in (*self.fated, self.last):
            await self._one_life(life, interfere)
            interfere = straight

    async def _one_life(self, life: Life, interfere: Interference) -> None:
        """Run a worker to its end; nothing that its tasks still try passes the gate."""
        pipeline = StackPipeline(
            settings=self.settings,
            clients=gated(self.clients, life, partial(self._watch, interfere)),
            metrics=Metrics(),
            announcer=GatedAnnouncer(life, interfere, self.announced),
            clock=self.clock,
            rules=self.scenario.rules,
        )
        worker = await pipeline.worker(life.stop)
        tasks = [
            asyncio.create_task(work)
            for work in (
                worker.run(),
                self._sweep_when_due(worker.cleanup, pipeline.metrics),
                life.dead.wait(),
            )
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            life.dead.set()
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        for task in tasks:
            if not task.cancelled():
                task.result()
        if life.fate is None:
            life.met.set()
        if not life.met.is_set():
            raise FateMissed(str(life.fate))

    async def _watch(
        self, interfere: Interference, name: str, carry_out: Callable[[], Awaitable[Any]]
    ) -> Any:
        answer = await interfere(name, carry_out)
        if name.startswith("delete_message"):
            self.deleted.set()
        return answer

    async def _sweep_when_due(self, cleanup: Cleanup, metrics: Metrics) -> None:
        """Retry a clean-up that fails as a whole, as the service does, only sooner.

        Keys in trouble wait for a retry, so it is over when no record is left.
        """

        async def all_is_done() -> bool:
            if metrics.registry.get_sample_value("assembly_keys_waiting"):
                return False
            return all(each.orphaned_at is not None for each in await self.outside.staged())

        while True:
            await self.sweep_due.wait()
            with suppress(AnswerLost):
                await cleanup.sweep()
                await eventually(all_is_done)
                self.sweep_due.clear()
                self.swept.set()

    async def _sweep(self, sweep: Sweep) -> None:
        if sweep.leftover is not None:
            await self.outside.tables.write([StageHalf(_staged_caption(sweep.leftover))])
        self.clock_ahead += sweep.pause
        self.swept.clear()
        self.sweep_due.set()
        await self.swept.wait()

    async def _send_all(self, sending: Sending) -> None:
        self.deleted.clear()
        for kind, bodies in sending.items():
            await self._send(kind, bodies)
        await self._drained()

    async def _send(self, kind: HalfKind, bodies: Sequence[Event | str]) -> None:
        """Send with one call, so that one receive returns all."""
        await self.clients.sqs.send_message_batch(
            QueueUrl=self.outside.url(kind),
            Entries=[
                {"Id": str(number), "MessageBody": text_of(body)}
                for number, body in enumerate(bodies)
            ],
        )

    async def _drained(self) -> None:
        """Wait until what was sent is deleted; a dying life may delete unnoticed."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.deleted.wait()
            self.deleted.clear()
            if not await self.outside.messages_left():
                return


def points(calls: Counter[str], moments: Sequence[Moment]) -> list[Point]:
    """Return every point of a life with these calls.

    The number of visibility extensions depends on the timing: only the first counts.
    """
    return [
        Point(name, occurrence, moment)
        for name, count in calls.items()
        for occurrence in range(1, count + 1)
        for moment in moments
        if occurrence == 1 or not name.startswith("change_message_visibility")
    ]


def _staged_caption(event: Event) -> StagedHalf:
    """What a handler leaves that stalled before staging, until the messages were gone."""
    now = wall_clock()
    return StagedHalf(
        half=half_of(event, HalfKind.CAPTION),
        version="left over",
        created_at=now,
        updated_at=now,
        expires_at=now + DAY,
        message_id="left over",
        correlation_id="left over",
    )
