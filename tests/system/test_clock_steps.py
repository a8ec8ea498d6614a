"""The clock of one of two instances steps by minutes: all clients end with what the table has."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.runtime.clock import Clock, wall_clock
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.harness.follower import Follower, following
from tests.harness.pipeline import Pipeline, open_pipeline
from tests.harness.small_events import event

SELLER = "amani_beads"
FOUR_MINUTES = 240_000
"""A clock that is wrong by more than five, AWS refuses altogether."""


@dataclass
class SteppingClock:
    """A clock that is wrong by so many milliseconds."""

    wrong_by: int = 0

    def __call__(self) -> int:
        return wall_clock() + self.wrong_by


@asynccontextmanager
async def followed_instance(settings: Settings, clock: Clock) -> AsyncIterator[Follower]:
    """An instance, and a client of it."""
    async with (
        running_service(settings, clock=clock) as service,
        following(service.url, [SELLER]) as follower,
    ):
        yield follower


async def shown(account: Pipeline) -> dict[str, object]:
    """What clients should have, by video."""
    return {
        key.video_id: exact_json.loads(exact_json.dumps(product.shown()).decode())
        for key, product in (await account.products()).items()
    }


async def test_clients_end_with_the_table_when_one_clock_steps_forward_and_back(
    settings: Settings, valkey: str
) -> None:
    clock = SteppingClock()
    on_the_bus = settings.model_copy(update={"socketio_redis_url": valkey})
    async with (
        open_pipeline(settings) as account,
        followed_instance(on_the_bus, wall_clock) as right,
        followed_instance(on_the_bus, clock) as stepping,
    ):
        stamps: dict[str, str] = {}
        for second, step in enumerate((0, FOUR_MINUTES, -FOUR_MINUTES, 0), start=1):
            clock.wrong_by = step
            # Whichever instance receives it: one is new, the others are newer versions.
            for video in range(second):
                for kind in HalfKind:
                    await account.send(
                        kind, event(kind, second, key=ProductKey(SELLER, f"{video}"))
                    )
            await account.drained()
            table = await shown(account)
            for follower in (right, stepping):
                await follower.until(lambda: follower.catalogue == table)  # noqa: B023
            now = {video: str(product["updated_at"]) for video, product in right.catalogue.items()}
            assert all(now[video] > stamps.get(video, "") for video in now)
            stamps = now
