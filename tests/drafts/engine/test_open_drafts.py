"""Open drafts are counted by one instance, over the index of their expiry."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.open_drafts import OpenDrafts, keep_counting
from assembly_service.drafts.engine.store import DraftStore
from tests.drafts.engine.support import END, NOW, SYSTEM, Observed, a_draft, an_event
from tests.harness.drafts import TroubledClient
from tests.harness.quiet_loop import play
from tests.harness.web import ManualClock

pytestmark = pytest.mark.conditions

OTHER = "other-system"


class Counter:
    """An instance that counts."""

    def __init__(self, client: object, table: str, clock: ManualClock) -> None:
        self.registry = CollectorRegistry()
        self._drafts = OpenDrafts(
            client=client, table=table, clock=clock, metrics=DraftMetrics(self.registry)
        )

    async def count(self) -> dict[str, float | None]:
        """What it shows after counting."""
        await self._drafts.count([SYSTEM, OTHER])
        return {
            system: self.registry.get_sample_value("assembly_drafts_open", {"system": system})
            for system in (SYSTEM, OTHER)
        }


@pytest.fixture
async def five(store: DraftStore) -> None:
    """Three open drafts, an expired one, and one of another system."""
    for number in range(3):
        await store.create(a_draft(id=f"open-{number}"), an_event())
    await store.create(a_draft(id="over", expires_at=NOW), an_event())
    await store.create(a_draft(id="other", system=OTHER), an_event())


@pytest.mark.usefixtures("five")
async def test_open_drafts_are_counted_by_system(client: TroubledClient, table: str) -> None:
    clock = ManualClock(NOW)
    few_rows_a_page = Counter(Observed(client, rows=2), table, clock)
    assert await few_rows_a_page.count() == {SYSTEM: 3, OTHER: 1}
    clock.now = END
    assert await few_rows_a_page.count() == {SYSTEM: 0, OTHER: 0}


@pytest.mark.usefixtures("five")
async def test_one_instance_counts_until_it_dies(client: TroubledClient, table: str) -> None:
    clock = ManualClock(NOW)
    first, second = (Counter(client, table, clock) for _ in range(2))
    counted, nothing = {SYSTEM: 3, OTHER: 1}, {SYSTEM: None, OTHER: None}
    for _ in range(3):
        assert await first.count() == counted
        assert await second.count() == nothing
        clock.now += 15_000
    assert await first.count() == counted
    clock.now += 130_000
    assert await second.count() == {SYSTEM: 0, OTHER: 0}
    assert await first.count() == nothing


class Counted(OpenDrafts):
    """Records when it is asked to count; the second time it fails."""

    def __init__(self) -> None:
        self.at: list[float] = []
        self.forgotten = 0

    async def count(self, systems: Iterable[str]) -> None:
        self.at.append(asyncio.get_running_loop().time())
        assert list(systems) == [SYSTEM]
        if len(self.at) == 2:
            raise TimeoutError

    def forget(self) -> None:
        self.forgotten = len(self.at)


def test_counting_repeats_every_minute_and_logs_aws_errors() -> None:
    drafts = Counted()

    async def scene() -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(301):
                await keep_counting(drafts, systems=[SYSTEM])

    with capture_logs() as logs:
        play(scene())
    assert drafts.at == [60, 120, 180, 240, 300]
    assert [log["code"] for log in logs] == ["TimeoutError"]
    # An old figure would be shown beside the newer one of another instance.
    assert drafts.forgotten == 2
