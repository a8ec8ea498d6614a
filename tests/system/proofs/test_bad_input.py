"""Malformed messages are quarantined with their reason; the rest is assembled."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from tests.harness.malformed import Malformed
from tests.harness.malformed_texts import malformed_messages
from tests.harness.pipeline import (
    Pipeline,
    assert_equal_by_value,
    eventually,
    key_of,
    sample_events,
)

MALFORMED = malformed_messages()
VALID_PAIRS = 40
TOO_LARGE_PAIRS = 5
MOST_BYTES = 32_000
SEEN_TOO_MUCH: Value = [
    {
        "class_name": "c" * MOST_BYTES,
        "confidence": 1,
        "bbox": dict.fromkeys(("x", "y", "width", "height"), 1),
    }
]


@pytest.fixture
def pipeline(pipeline: Pipeline) -> Pipeline:
    """The environment of a worker; products above 32 KB count as too large."""
    pipeline.rules = replace(pipeline.rules, most_item_bytes=MOST_BYTES)
    return pipeline


def test_there_are_more_than_two_hundred_distinct_kinds() -> None:
    assert len(MALFORMED) > 2 * 300
    assert len({(each.queue, each.body) for each in MALFORMED}) == len(MALFORMED)
    reasons = Counter(each.reason for each in MALFORMED)
    assert min(reasons.values()) >= 20, reasons


async def send_all(pipeline: Pipeline, bodies: Sequence[tuple[HalfKind, str]]) -> None:
    """Ten at a time, so that one receive returns good and bad messages."""
    for kind in HalfKind:
        own = [body for queue, body in bodies if queue is kind]
        random.shuffle(own)
        async with asyncio.TaskGroup() as tasks:
            for body in own:
                tasks.create_task(pipeline.send(kind, body))


def found_reasons(dead: Sequence[dict[str, Any]]) -> dict[str, tuple[str, str]]:
    """The reason and detail of each body in a dead-letter queue; none may be there twice."""
    found = {}
    for each in dead:
        attributes = each["MessageAttributes"]
        reason, detail = (attributes[name]["StringValue"] for name in ("reason", "detail"))
        assert 0 < len(detail.encode()) <= 1024
        assert detail.isprintable()
        found[each["Body"]] = (reason, detail)
    assert len(found) == len(dead)
    return found


def assert_quarantined(kind: Malformed, found: dict[str, tuple[str, str]]) -> None:
    reason, detail = found.pop(kind.body)
    assert reason == kind.reason, f"{kind.name}: {detail}"
    assert kind.field in detail, f"{kind.name}: {detail}"


async def test_every_kind_is_quarantined_once_with_its_reason_and_valid_messages_are_assembled(
    pipeline: Pipeline,
) -> None:
    events = {kind: sample_events(kind, VALID_PAIRS + TOO_LARGE_PAIRS + 1) for kind in HalfKind}
    captions, thumbnails = (events[kind] for kind in HalfKind)
    large = range(VALID_PAIRS, VALID_PAIRS + TOO_LARGE_PAIRS)
    for number in large:
        thumbnails[number]["thumbnails"][0]["detected_objects"] = SEEN_TOO_MUCH
    valid = [
        (kind, exact_json.dumps(event).decode()) for kind in HalfKind for event in events[kind][:-1]
    ]
    await send_all(pipeline, [*((each.queue, each.body) for each in MALFORMED), *valid])
    async with pipeline.working():
        await pipeline.drained()
        for kind in HalfKind:
            await pipeline.send(kind, events[kind][-1])

        async def both_pollers_live_on() -> bool:
            return await pipeline.product(key_of(captions[-1])) is not None

        await eventually(both_pollers_live_on)
    products = await pipeline.products()
    expected = [n for n in range(len(captions)) if n not in large]
    assert products.keys() == {key_of(captions[n]) for n in expected}
    for number in expected:
        product = products[key_of(captions[number])]
        assert_equal_by_value(product, captions[number], thumbnails[number])
    for kind in HalfKind:
        dead = await pipeline.dead_letters(kind)
        found = found_reasons(dead)
        for each in MALFORMED:
            if each.queue is kind:
                assert_quarantined(each, found)
        assert [reason for reason, _ in found.values()] == ["too_large"] * (
            TOO_LARGE_PAIRS if kind is HalfKind.THUMBNAIL else 0
        )
        assert pipeline.count(kind, "quarantined") == len(dead)
        assert pipeline.count(kind, "retried") == 0
