"""Scenarios played on a stack of their own, with a life of the service cut short at a point."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from assembly_service.aws.clients import Clients
from assembly_service.aws.queues import HalfQueue
from assembly_service.domain import exact_json
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Announcement, HalfKind, ProductKey
from assembly_service.monitoring.metrics import Metrics
from assembly_service.settings import Settings
from tests.support.lives import (
    AnswerLostError,
    Interference,
    Life,
    Moment,
    Point,
    gated,
    straight,
)
from tests.support.pipeline import (
    Announcer,
    Pipeline,
    assert_equal_by_value,
    key_of,
)

_PATIENCE_SECONDS = 60
"""Many runs share the machine; a run of its own takes four seconds."""

Event = dict[str, Value]
Phase = Mapping[HalfKind, Sequence[Event | str]]
"""What is sent at once; the next phase is sent when the queues are empty."""


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """What is sent, phase by phase, and what has to come of it.

    `product` gives the caption and the thumbnails that the product holds at the end.
    `interfere` makes the interference of the first life. `dead_letters` are the bodies expected
    in the dead-letter queues, each at least once.
    """

    name: str
    phases: Sequence[Phase]
    product: tuple[Event, Event]
    interfere: Callable[[], Interference] = lambda: straight
    dead_letters: frozenset[str] = frozenset()
    commit_allowance: int = 5_000

    def __str__(self) -> str:
        return self.name


class StackPipeline(Pipeline):
    """A pipeline that knows its dead-letter queues by their names, which saves many a question."""

    async def queue(self, kind: HalfKind) -> HalfQueue:
        return HalfQueue(
            kind=kind,
            url=self.url(kind),
            dead_letter_url=f"{self.url(kind)}-dead-letters",
            clients=self.clients,
            wait_seconds=self.settings.sqs_wait_seconds,
            visibility_seconds=self.settings.sqs_visibility_timeout,
        )

    async def dead_bodies(self) -> frozenset[str]:
        """The bodies in both dead-letter queues, at most ten of each."""
        answers = [
            await self.clients.sqs.receive_message(
                QueueUrl=f"{self.url(kind)}-dead-letters", MaxNumberOfMessages=10
            )
            for kind in HalfKind
        ]
        return frozenset(each["Body"] for answer in answers for each in answer.get("Messages", []))


class GatedAnnouncer(Announcer):
    """Announces to everyone who watches the stack, one product after the other."""

    def __init__(self, life: Life, announced: list[Announcement]) -> None:
        super().__init__(announced)
        self._life = life

    async def __call__(self, announcements: Sequence[Announcement]) -> frozenset[ProductKey]:
        failed = set()
        for announcement in announcements:
            try:
                await self._life.call("announce", partial(self._announce, announcement))
            except AnswerLostError:
                failed.add(announcement.product.key)
        return frozenset(failed)

    async def _announce(self, announcement: Announcement) -> None:
        self.announced.append(announcement)


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

    async def play(self) -> None:
        """Send the phases while life follows life, until nothing waits and every fate was met."""
        async with asyncio.timeout(_PATIENCE_SECONDS), asyncio.TaskGroup() as tasks:
            living = tasks.create_task(self._live())
            await self._send_all()
            for life in self.fated:
                await life.met.wait()
            living.cancel()

    async def check(self) -> None:
        """Every promise is kept. Raises AssertionError with the first one broken."""
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
        """The stack as seen from outside of the service."""
        return StackPipeline(settings=self.settings, clients=self.clients, metrics=Metrics())

    async def _live(self) -> None:
        interfere = self.scenario.interfere()
        for life in (*self.fated, self.last):
            await self._one_life(life, interfere)
            interfere = straight

    async def _one_life(self, life: Life, interfere: Interference) -> None:
        """A worker until its death; whatever its tasks still try does not get past the gate."""
        pipeline = StackPipeline(
            settings=self.settings,
            clients=gated(self.clients, life, partial(self._watch, interfere)),
            metrics=Metrics(),
            announcer=GatedAnnouncer(life, self.announced),
            rules=AssemblyRules(
                staging_ttl=86_400_000, commit_allowance=self.scenario.commit_allowance
            ),
        )
        worker = await pipeline.worker(asyncio.Event())
        working = asyncio.create_task(worker.run())
        dying = asyncio.create_task(life.dead.wait())
        try:
            await asyncio.wait({working, dying}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            life.dead.set()
            dying.cancel()
            working.cancel()
            await asyncio.wait({working})
        if not working.cancelled():
            working.result()

    async def _watch(
        self, interfere: Interference, name: str, carry_out: Callable[[], Awaitable[Any]]
    ) -> Any:
        answer = await interfere(name, carry_out)
        if name.startswith("delete_message"):
            self.deleted.set()
        return answer

    async def _send_all(self) -> None:
        for phase in self.scenario.phases:
            self.deleted.clear()
            for kind, bodies in phase.items():
                await self._send(kind, bodies)
            await self._drained()

    async def _send(self, kind: HalfKind, bodies: Sequence[Event | str]) -> None:
        """One call, so that one receive brings all of them."""
        await self.clients.sqs.send_message_batch(
            QueueUrl=self.outside.url(kind),
            Entries=[
                {
                    "Id": str(number),
                    "MessageBody": body
                    if isinstance(body, str)
                    else exact_json.dumps(body).decode(),
                }
                for number, body in enumerate(bodies)
            ],
        )

    async def _drained(self) -> None:
        """Wait until what was sent is deleted; a delete by a dying life may pass unseen."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(1):
                    await self.deleted.wait()
            self.deleted.clear()
            if not await self.outside.messages_left():
                return


def together() -> Interference:
    """The first messages of both queues come in hand at the same time."""
    meeting = asyncio.Barrier(len(HalfKind))
    met: set[str] = set()

    async def interfere(name: str, carry_out: Callable[[], Awaitable[Any]]) -> Any:
        answer = await carry_out()
        if name.startswith("receive_message") and answer.get("Messages") and name not in met:
            met.add(name)
            await meeting.wait()
        return answer

    return interfere


def held_long() -> Interference:
    """The first look takes so long that the visibility of its messages has to be extended."""
    extended = asyncio.Event()

    async def interfere(name: str, carry_out: Callable[[], Awaitable[Any]]) -> Any:
        if name.startswith("batch_get_item"):
            await extended.wait()
        answer = await carry_out()
        if name.startswith("change_message_visibility"):
            extended.set()
        return answer

    return interfere


def points(calls: Counter[str], moments: Sequence[Moment]) -> list[Point]:
    """Every point of a life that made these calls."""
    return [
        Point(name, occurrence, moment)
        for name, count in calls.items()
        for occurrence in range(1, count + 1)
        for moment in moments
    ]
