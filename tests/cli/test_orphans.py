"""`orphans` lists which halves wait, for what, since when, and whether they were named."""

import json
import time
from dataclasses import replace
from pathlib import Path

import pytest

from assembly_service.domain.plan import StageHalf, WriteProduct
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.storage.conditional_writes import WriteResult
from tests.cli.runs import run
from tests.harness.halves import DAY, HOUR, KEY, half, product, staged
from tests.harness.pipeline import Pipeline

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
SELLER = KEY.seller_handle


def _staged(kind: HalfKind, video_id: str, *, age: int, named: bool = False) -> StagedHalf:
    """A half that was staged `age` milliseconds ago for a day."""
    since = int(time.time() * 1000) - age
    record = staged(kind, expires_at=since + DAY, orphaned_at=since + DAY + HOUR if named else None)
    return replace(record, half=half(kind, key=ProductKey(SELLER, video_id)))


@pytest.fixture
async def halves(pipeline: Pipeline) -> dict[str, StagedHalf]:
    """One half in every state in the staging table, by video."""
    records = [
        _staged(CAPTION, "fresh", age=0),
        _staged(CAPTION, "waiting", age=2 * HOUR),
        _staged(THUMBNAIL, "expired", age=DAY + HOUR),
        _staged(CAPTION, "orphaned", age=DAY + 3 * HOUR, named=True),
        _staged(CAPTION, KEY.video_id, age=HOUR),
    ]
    writes = [StageHalf(record) for record in records]
    finished = WriteProduct(product(updated_at=records[0].created_at))
    verdicts = await pipeline.tables.write([*writes, finished])
    assert verdicts == [WriteResult.APPLIED] * 6
    return {record.half.key.video_id: record for record in records}


def test_halves_that_wait_for_long_are_listed_longest_first(
    halves: dict[str, StagedHalf], environment: dict[str, str], tmp_path: Path
) -> None:
    outcome = run("orphans", "--json", directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    listed = [json.loads(line) for line in outcome.out.splitlines()]
    assert [(each["video_id"], each["missing"], each["state"]) for each in listed] == [
        ("orphaned", "thumbnail", "orphaned"),
        ("expired", "caption", "expired"),
        ("waiting", "thumbnail", "waiting"),
        (KEY.video_id, "thumbnail", "left over"),
    ]
    for each in listed:
        record = halves[each["video_id"]]
        assert each["seller_handle"] == SELLER
        assert each["since"] == format_milliseconds(record.created_at)
        assert each["until"] == format_milliseconds(record.expires_at)
        assert (each["named_at"] is None) == (record.orphaned_at is None)


@pytest.mark.usefixtures("halves")
def test_recent_halves_are_counted_and_listed_on_demand(
    environment: dict[str, str], tmp_path: Path
) -> None:
    usual = run("orphans", directory=tmp_path, environment=environment)
    assert usual.code == 0, usual.err
    assert "fresh" not in usual.out
    for column in ("Seller", "Video", "Waits for", "State ", "Since", "Until"):
        assert column in usual.out
    assert "orphan, named" in usual.out
    assert "expired, not yet named" in usual.out
    assert "Waiting: 1 for their caption, 2 for their thumbnail." in usual.out
    assert "1 more came within the last minute" in usual.out
    everything = run("orphans", "--all", directory=tmp_path, environment=environment)
    assert "fresh" in everything.out


def test_an_empty_staging_table_is_reported_in_a_sentence(
    environment: dict[str, str], tmp_path: Path
) -> None:
    outcome = run("orphans", directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert outcome.out == "No half waits.\n"
