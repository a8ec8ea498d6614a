"""Clients reload at a limited rate, whatever is received, and once afterwards."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest
from structlog.testing import capture_logs

from assembly_service.notification import bus_resyncs
from assembly_service.notification.bus_refusals import MessageRefused, RefusalReason, Refusals
from assembly_service.notification.bus_resyncs import Resyncs
from assembly_service.notification.rooms import Push, ResyncReason
from assembly_service.runtime.metrics import Metrics


class Watchers:
    """Counts the sellers whose watchers were asked to reload."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.resyncs = Resyncs(broadcast=self._take, clock=lambda: 0)

    def _take(self, pushes: Sequence[Push]) -> None:
        self.asked.update(push.seller_handle for push in pushes)

    def flood(self, *sellers: str) -> None:
        for _ in range(1_000):
            self.resyncs.ask(sellers, ResyncReason.CHANGE_UNCONFIRMED)


@pytest.fixture
def watchers(monkeypatch: pytest.MonkeyPatch) -> Watchers:
    """Without any delay."""
    for step in ("GATHER", "DELAY", "BETWEEN_SELLERS", "PAUSE"):
        monkeypatch.setattr(bus_resyncs, f"_{step}_SECONDS", 0)
    return Watchers()


async def turns(number: int = 50) -> None:
    """Run everything that is ready to run."""
    for _ in range(number):
        await asyncio.sleep(0)


async def test_a_flood_asks_each_seller_once_a_round(
    watchers: Watchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_resyncs, "_PAUSE_SECONDS", 3_600)
    watchers.flood("amani", "baraka")
    await turns()
    watchers.flood("amani")
    await turns()
    assert watchers.asked == {"amani": 1, "baraka": 1}
    await watchers.resyncs.close()


async def test_nobody_is_asked_to_reload_before_windows_elsewhere_have_expired(
    watchers: Watchers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bus_resyncs, "_DELAY_SECONDS", 3_600)
    watchers.flood("amani")
    await turns()
    assert not watchers.asked
    await watchers.resyncs.close()


async def test_requests_during_a_round_are_sent_in_the_next(watchers: Watchers) -> None:
    watchers.flood("amani")
    while not watchers.asked:
        await turns(1)
    watchers.flood("amani")
    await turns()
    assert watchers.asked == {"amani": 2}


def test_a_flood_is_counted_in_full_and_logged_once_a_minute() -> None:
    metrics = Metrics()
    refusals = Refusals(metrics=metrics.bus)
    with capture_logs() as logs:
        for _ in range(1_000):
            refusals.add(MessageRefused(RefusalReason.INVALID, "amani"))
    sample = metrics.registry.get_sample_value
    assert sample("assembly_bus_messages_refused_total", {"reason": "invalid"}) == 1_000
    assert sample("assembly_bus_messages_refused_total", {"reason": "unsigned"}) == 0
    assert [line["reason"] for line in logs] == ["invalid"]
