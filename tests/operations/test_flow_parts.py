"""The parts of the flow: shared readings, bounded scans, rates, and problems in words."""

import asyncio
from typing import Any

import pytest
import structlog
from prometheus_client import Counter

from assembly_service.domain.plan import Outcome
from assembly_service.domain.product import HalfKind
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.flow.log_sentences import sentence_of
from assembly_service.operations.flow.problems import MOST_PROBLEMS, problems
from assembly_service.operations.flow.rates import RateWatch
from assembly_service.operations.flow.staging import read_staging
from assembly_service.operations.health import CheckStatus
from assembly_service.operations.shared_reading import SharedReading
from assembly_service.runtime import recent_lines
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.recent_lines import RecentLine, keep_line
from assembly_service.storage.assembly_tables import AssemblyTables
from tests.harness.halves import DAY, HOUR, NOW
from tests.harness.web import check


async def test_who_asks_during_a_reading_or_soon_after_shares_it() -> None:
    begun = 0
    may_end = asyncio.Event()

    async def read() -> int:
        nonlocal begun
        begun += 1
        await may_end.wait()
        return begun

    shared = SharedReading(read, seconds=60)
    asked = [asyncio.create_task(shared.get()) for _ in range(3)]
    await asyncio.sleep(0)
    asked.pop(0).cancel()
    may_end.set()
    assert await asyncio.gather(*asked) == [2, 2], "one who leaves takes nobody else along"
    assert await shared.get() == 2


async def test_a_failed_reading_is_not_kept() -> None:
    failures = [OSError("no")]

    async def read() -> str:
        if failures:
            raise failures.pop()
        return "yes"

    shared = SharedReading(read, seconds=60)
    with pytest.raises(OSError, match="no"):
        await shared.get()
    assert await shared.get() == "yes"


class _StagingTable:
    """Answers scans with pages of two records and two unreadable ones, as many as it is told."""

    def __init__(self, pages: int) -> None:
        self._pages = pages
        self.scans = 0

    async def scan(self, **_: Any) -> dict[str, Any]:
        self.scans += 1
        ages = (HOUR, 2 * DAY) if self.scans == 1 else (1, HOUR // 2)
        items: list[dict[str, Any]] = [
            {"created_at": {"S": format_milliseconds(NOW - age)}} for age in ages
        ]
        items[1]["orphaned_at"] = {"S": format_milliseconds(NOW)}
        unreadable: list[dict[str, Any]] = [{}, {"created_at": {"N": "7"}}]
        return {"Items": items + unreadable} | (
            {"LastEvaluatedKey": {"more": self.scans}} if self.scans < self._pages else {}
        )


@pytest.mark.parametrize(("pages", "scans", "complete"), [(10, 10, True), (1_000, 10, False)])
async def test_of_a_large_staging_table_ten_pages_are_read_and_that_is_said(
    pages: int, scans: int, complete: bool
) -> None:
    table = _StagingTable(pages)
    tables = AssemblyTables(client=table, products_table="p", staging_table="s")
    found = await read_staging(tables, lambda: NOW)
    assert (table.scans, found["complete"]) == (scans, complete)
    assert (found["waiting"], found["orphaned"]) == (scans, scans)
    assert found["byAge"] == {
        "under1Minute": scans - 1,
        "under1Hour": 0,
        "under1Day": 1,
        "older": 0,
    }
    assert found["oldestSince"] == format_milliseconds(NOW - HOUR)


def test_rates_count_from_the_last_sample_on() -> None:
    metrics = Metrics()
    events: Counter = metrics.outcomes.events
    events.labels("caption", "staged").inc(5)
    rates = RateWatch(metrics)
    events.labels("caption", "staged").inc(2)
    events.labels("thumbnail", "staged").inc()
    metrics.queues.message_age.labels("caption").observe(0.1)
    metrics.notification.deliveries.inc(7)
    found = rates.rates()
    assert found.outcomes == {**dict.fromkeys(Outcome, 0), Outcome.STAGED: 3}
    assert found.received == {HalfKind.CAPTION: 1, HalfKind.THUMBNAIL: 0}
    assert (found.announced, found.delivered) == (0, 7)


def line(event: str, at: int = NOW, **values: str | int) -> RecentLine:
    return RecentLine(at, event, values)


@pytest.mark.parametrize(
    ("logged", "sentence"),
    [
        (
            line("message_quarantined", queue="caption", reason="not_json", detail="At byte 3"),
            "A message of the caption queue was quarantined as not_json: At byte 3.",
        ),
        (line("message_quarantined", reason="not_json"), "Message quarantined: not_json."),
        (line("something_new", code="Throttled"), "Something new: Throttled."),
        (line("Unclosed session!"), "Unclosed session!"),
        (line("a\nb"), "A\\nb."),
        (line("odd", detail="x" * 900), f"Odd: {'x' * 395}..."),
    ],
)
def test_a_line_of_the_log_becomes_one_short_sentence(logged: RecentLine, sentence: str) -> None:
    assert sentence_of(logged) == sentence


def test_failing_checks_come_first_and_of_lines_alike_the_newest_with_their_number() -> None:
    lines = [
        line("message_quarantined", NOW - n, queue="caption", reason="not_json", detail=f"Byte {n}")
        for n in (1, 2, 3)
    ]
    lines += [line("receiving_paused", NOW - 4), line("dead_letters_redriven")]
    found = problems(
        unread=["The table cannot be read."],
        checks=[check("a", CheckStatus.DEGRADED, "It is slow."), check("b", CheckStatus.OK)],
        lines=[*lines, *(line(f"event {n}") for n in range(99))],
        now=NOW,
    )
    quarantined = "A message of the caption queue was quarantined as not_json: Byte 1."
    assert found[:4] == [
        {"at": format_milliseconds(NOW), "sentence": "The table cannot be read."},
        {"at": format_milliseconds(NOW), "sentence": "It is slow."},
        {"at": format_milliseconds(NOW - 1), "sentence": f"{quarantined} 2 more like it."},
        {
            "at": format_milliseconds(NOW - 4),
            "sentence": "Receiving paused because of an outage.",
        },
    ]
    assert len(found) == MOST_PROBLEMS
    assert not any("redriven" in each["sentence"] for each in found)


def test_the_last_warnings_and_errors_are_kept_without_what_is_large() -> None:
    log = structlog.wrap_logger(
        structlog.ReturnLogger(), [structlog.processors.add_log_level, keep_line]
    )
    for number in range(300):
        log.warning("loud", number=number)
    log.info("quiet")
    log.error("broken", text="x" * 9_999, several=["a"], exc_info=ValueError())
    kept = recent_lines.recent_lines()
    assert len(kept) == 200
    assert [each.event for each in kept[:2]] == ["broken", "loud"]
    assert kept[0].values == {"event": "broken", "level": "error", "text": "x" * 500}
    assert kept[1].values["number"] == 299
