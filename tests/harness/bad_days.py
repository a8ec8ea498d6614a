"""A service behind a front that injects faults into AWS calls, and direct access to its account."""

import asyncio
import random
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from assembly_service.aws.errors import Failure
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Announcement, HalfKind, ProductKey
from assembly_service.settings.service import Settings
from tests.harness.faults import Front
from tests.harness.pipeline import (
    Announcer,
    Pipeline,
    assert_equal_by_value,
    key_of,
    open_pipeline,
    sample_events,
)


class WaveringAnnouncer(Announcer):
    """Fails to announce as often as calls fail behind the front."""

    def __init__(self, front: Front) -> None:
        super().__init__()
        self._front = front
        self._random = random.Random(front.seed)

    async def __call__(self, announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        failed = {
            each.product.key for each in announcements if self._random.random() < self._front.rate
        }
        self.refusals += len(failed)
        self.announced += [each for each in announcements if each.product.key not in failed]
        return dict.fromkeys(failed, Failure.CALL)


@dataclass(frozen=True, kw_only=True)
class BadDay:
    """`service` is the pipeline under test, behind `front`; `outside` bypasses the front."""

    front: Front
    service: Pipeline
    outside: Pipeline

    async def send(self, halves: list[tuple[HalfKind, dict[str, Value]]]) -> None:
        """Send halves to their queues, bypassing the front."""
        for kind, event in halves:
            await self.outside.send(kind, event)

    async def drained(self, *, seconds: float) -> None:
        """Wait until both queues are empty."""
        async with asyncio.timeout(seconds):
            while await self.outside.messages_left():  # noqa: ASYNC110 - the engine tells nobody
                await asyncio.sleep(0.25)

    async def assert_nothing_lost(self, videos: int) -> None:
        """Check that every product is correct and announced, and nothing is left over."""
        captions, thumbnails = (sample_events(kind, videos) for kind in HalfKind)
        products = await self.outside.products()
        assert products.keys() == {key_of(caption) for caption in captions}
        announced = [each.product for each in self.service.announcer.announced]
        for caption, thumbnail in zip(captions, thumbnails, strict=True):
            product = products[key_of(caption)]
            assert_equal_by_value(product, caption, thumbnail)
            assert product in announced
        assert await self.outside.staged() == []
        assert await self.outside.messages_left() == 0
        for kind in HalfKind:
            assert await self.outside.dead_letters(kind) == []


@asynccontextmanager
async def bad_day(settings: Settings, *, seed: int = 0) -> AsyncIterator[BadDay]:
    """The account of the settings behind a front that injects nothing yet."""
    target = settings.aws_endpoint_url or ""
    async with (
        Front(target=target, seed=seed).listening() as front,
        open_pipeline(settings.model_copy(update={"aws_endpoint_url": front.url})) as service,
        open_pipeline(settings) as outside,
    ):
        service.announcer = WaveringAnnouncer(front)
        yield BadDay(front=front, service=service, outside=outside)


def shuffled_halves(
    videos: int, *, duplicates: float, seed: int
) -> list[tuple[HalfKind, dict[str, Value]]]:
    """Both halves of the first sample videos in random order, a share of them twice."""
    chance = random.Random(seed)
    halves = [(kind, event) for kind in HalfKind for event in sample_events(kind, videos)]
    halves += chance.sample(halves, round(len(halves) * duplicates))
    chance.shuffle(halves)
    return halves
