"""`announce` reaches every instance and the topic, and never moves `updated_at` back."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assembly_service.cli.following import Follower
from assembly_service.domain.plan import StageHalf, UpdateProduct, WriteProduct
from assembly_service.domain.product import Half, HalfKind, Product, ProductKey
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.operations.announcing import Reannouncer
from assembly_service.runtime.clock import wall_clock
from assembly_service.storage.conditional_writes import WriteResult
from tests.cli.runs import run
from tests.harness.halves import DAY, HOUR, KEY, product, staged, thumbnail_fields
from tests.harness.hooks import before_call
from tests.harness.pipeline import Pipeline
from tests.system.acceptance.processes import run_command, serving

SELLER = KEY.seller_handle
PATIENCE_SECONDS = 120
Event = tuple[str, dict[str, Any]]


@pytest.fixture
def silent(environment: dict[str, str]) -> dict[str, str]:
    """An environment without a bus and a topic."""
    return environment | {"SNS_NEW_PRODUCT_TOPIC_ARN": ""}


def _now() -> int:
    return int(time.time() * 1000)


def _of_video(row: Product, video_id: str) -> Product:
    def moved(half: Half) -> Half:
        return replace(half, key=ProductKey(SELLER, video_id))

    return replace(row, caption=moved(row.caption), thumbnail=moved(row.thumbnail))


def _complete(row: Product) -> Product:
    """A product with valid thumbnails, which other instances accept."""
    fields = thumbnail_fields(row.key.video_id)
    return replace(row, thumbnail=replace(row.thumbnail, fields=fields))


async def _written(pipeline: Pipeline, *rows: Product) -> None:
    verdicts = await pipeline.tables.write([WriteProduct(row) for row in rows])
    assert set(verdicts) == {WriteResult.APPLIED}


async def _row(pipeline: Pipeline, key: ProductKey = KEY) -> Product:
    row = await pipeline.product(key)
    assert row is not None
    return row


@asynccontextmanager
async def _following(url: str) -> AsyncIterator[asyncio.Queue[Event]]:
    """The events that a client subscribed to the seller receives."""
    events: asyncio.Queue[Event] = asyncio.Queue()
    subscribed = asyncio.Event()
    follower = Follower(
        url=url,
        sellers=[SELLER],
        show=lambda event, data: events.put_nowait((event, data)),
        note=lambda _: subscribed.set(),
    )
    task = asyncio.create_task(follower.follow())
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await subscribed.wait()
        yield events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def test_clients_of_another_process_receive_new_and_updated_products(
    environment: dict[str, str], pipeline: Pipeline, valkey: str
) -> None:
    environment = environment | {"SOCKETIO_REDIS_URL": valkey}
    old = _now() - DAY
    updated = _complete(product(updated_at=old, created_at=old - HOUR))
    new = _complete(product(updated_at=old))
    await _written(pipeline, new, _of_video(updated, "updated"))
    async with (
        serving(environment | {"SERVICE_ROLE": "web"}) as web,
        _following(web.url) as events,
    ):
        printed = await run_command(environment, "announce", SELLER)
        async with asyncio.timeout(PATIENCE_SECONDS):
            told = [await events.get() for _ in range(2)]
    assert f"Announced 2 products of {SELLER}, 2 of them stamped anew." in printed
    by_video = {data["product"]["video_id"]: (event, data["product"]) for event, data in told}
    event, fresh = by_video[KEY.video_id]
    assert event == "new_product"
    assert fresh["created_at"] == fresh["updated_at"] > format_milliseconds(old)
    event, fresh = by_video["updated"]
    assert event == "product_updated"
    assert fresh["created_at"] == updated.created_at
    assert fresh["updated_at"] > updated.updated_at
    assert (await _row(pipeline)).updated_at == by_video[KEY.video_id][1]["updated_at"]


async def test_a_product_recent_enough_for_pollers_is_announced_unchanged(
    environment: dict[str, str],
    pipeline: Pipeline,
    connect: Callable[[str], Any],
    tmp_path: Path,
) -> None:
    topic = environment["SNS_NEW_PRODUCT_TOPIC_ARN"]
    sqs = connect("sqs")
    listener = sqs.create_queue(QueueName="listener")["QueueUrl"]
    attributes = sqs.get_queue_attributes(QueueUrl=listener, AttributeNames=["QueueArn"])
    connect("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=attributes["Attributes"]["QueueArn"],
        Attributes={"RawMessageDelivery": "true"},
    )
    row = product(updated_at=_now())
    await _written(pipeline, row, _of_video(row, "other"))
    outcome = run(
        *("announce", SELLER, KEY.video_id, KEY.video_id),
        directory=tmp_path,
        environment=environment | {"COMMIT_ALLOWANCE": "300"},
    )
    assert outcome.code == 0, outcome.err
    assert "Announced 1 product " in outcome.out
    assert "connected clients are not told" in outcome.err
    messages = sqs.receive_message(QueueUrl=listener, MaxNumberOfMessages=10)["Messages"]
    [announced] = [json.loads(message["Body"]) for message in messages]
    assert announced["event_type"] == "new_product"
    assert announced["product"]["updated_at"] == row.updated_at
    assert await _row(pipeline) == row


async def test_without_bus_and_topic_rows_are_restamped_for_pollers_with_a_warning(
    silent: dict[str, str], pipeline: Pipeline, tmp_path: Path
) -> None:
    old = product(updated_at=_now() - DAY)
    rows = [_of_video(old, f"v{number:03d}") for number in range(120)]
    await _written(pipeline, *rows)
    outcome = run("announce", SELLER, directory=tmp_path, environment=silent)
    assert outcome.code == 0, outcome.err
    assert "only polling clients will notice" in outcome.err
    assert f"Announced 120 products of {SELLER}, 120 of them stamped anew." in outcome.out
    after = await pipeline.products()
    assert after.keys() == {row.key for row in rows}
    assert all(row.never_updated and row.updated_at > old.updated_at for row in after.values())


async def test_an_unreachable_bus_is_reported_in_a_sentence(
    environment: dict[str, str], pipeline: Pipeline, tmp_path: Path
) -> None:
    await _written(pipeline, product(updated_at=_now()))
    outcome = run(
        *("announce", SELLER),
        directory=tmp_path,
        environment=environment | {"SOCKETIO_REDIS_URL": "redis://:secret@127.0.0.1:9"},
    )
    assert outcome.code == 1
    [sentence] = [line for line in outcome.sentences if line.startswith("Error: ")]
    assert "cannot be reached: clients of other processes were not told" in sentence
    assert "secret" not in outcome.err


async def test_videos_without_a_product_are_named_and_the_others_announced(
    silent: dict[str, str], pipeline: Pipeline, tmp_path: Path
) -> None:
    await _written(pipeline, _of_video(product(updated_at=_now()), "finished"))
    await pipeline.tables.write([StageHalf(staged(HalfKind.CAPTION, expires_at=_now() + DAY))])
    outcome = run(
        *("announce", SELLER, "nothing", KEY.video_id, "finished"),
        directory=tmp_path,
        environment=silent,
    )
    assert outcome.code == 1
    assert "Announced 1 product " in outcome.out
    assert "Video nothing has no product." in outcome.err
    assert f"Video {KEY.video_id} has no product: its thumbnail half has not come" in outcome.err


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["home256"], 1, "home256 has no products."),
        (["."], 2, "'.' is not a seller handle."),
        (["home256", "a b"], 2, "'a b' is not a video id."),
    ],
)
def test_whatever_cannot_be_announced_is_reported_in_a_sentence(
    silent: dict[str, str], tmp_path: Path, arguments: list[str], code: int, complaint: str
) -> None:
    outcome = run("announce", *arguments, directory=tmp_path, environment=silent)
    assert outcome.code == code
    assert complaint in outcome.err
    assert outcome.out == ""
    assert "Traceback" not in outcome.err


async def test_a_concurrent_update_is_announced_and_never_reverted(
    pipeline: Pipeline,
) -> None:
    old = product(updated_at=_now() - DAY)
    await _written(pipeline, old)
    # The other instance's clock is ahead.
    newer = product(2, updated_at=_now() + HOUR, created_at=_now() - DAY)
    calls: Counter[str] = Counter()

    async def update_first() -> None:
        calls["put"] += 1
        if calls["put"] == 1:
            [verdict] = await pipeline.tables.write([UpdateProduct(newer, old.updated_at)])
            assert verdict is WriteResult.APPLIED

    before_call(pipeline.clients.dynamodb_writes, "put_item", update_first)
    reannouncer = Reannouncer(
        tables=pipeline.tables,
        announce=pipeline.announcer,
        rules=pipeline.rules,
        clock=wall_clock,
        correlation_id="trace",
    )
    await reannouncer.announce([KEY])
    [announcement] = pipeline.announcer.announced
    assert announcement.product == newer == await _row(pipeline)
    assert reannouncer.result.announced == {KEY}


async def test_no_row_is_announced_whose_timestamp_aged_during_the_write(
    pipeline: Pipeline,
) -> None:
    await _written(pipeline, product(updated_at=_now() - DAY))
    ahead = [0]

    def clock() -> int:
        # An hour passes during the first write.
        ahead[0] += 1
        return wall_clock() + (HOUR if ahead[0] > 1 else 0)

    reannouncer = Reannouncer(
        tables=pipeline.tables,
        announce=pipeline.announcer,
        rules=pipeline.rules,
        clock=clock,
        correlation_id="trace",
    )
    await reannouncer.announce([KEY])
    [announcement] = pipeline.announcer.announced
    assert to_milliseconds(announcement.product.updated_at) > _now() + HOUR - 60_000
    assert announcement.product == await _row(pipeline)


async def test_a_row_is_restamped_if_the_write_took_the_whole_allowance(
    pipeline: Pipeline,
) -> None:
    start = _now()
    await _written(pipeline, product(updated_at=start - DAY))
    late = start + pipeline.rules.commit_allowance
    readings = iter([start])
    reannouncer = Reannouncer(
        tables=pipeline.tables,
        announce=pipeline.announcer,
        rules=pipeline.rules,
        clock=lambda: next(readings, late),
        correlation_id="trace",
    )
    await reannouncer.announce([KEY])
    [announcement] = pipeline.announcer.announced
    assert announcement.product.updated_at == format_milliseconds(late)
    assert announcement.product == await _row(pipeline)
    assert reannouncer.result.stamped == 2
