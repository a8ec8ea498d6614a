"""Halves to send, and checks for when the queues are empty again."""

from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind, Product
from tests.harness.pipeline import Pipeline, assert_equal_by_value, key_of, sample_events

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
CAPTIONS, THUMBNAILS = sample_events(CAPTION, 3), sample_events(THUMBNAIL, 3)
KEYS = [key_of(event) for event in CAPTIONS]
A_CAPTION, A_THUMBNAIL, KEY = CAPTIONS[0], THUMBNAILS[0], KEYS[0]


def later(event: dict[str, Value], **changes: Value) -> dict[str, Value]:
    """Return a newer version of an event."""
    return event | {"timestamp": "2026-12-24T18:00:00+03:00"} | changes


async def send_pair(pipeline: Pipeline, number: int = 0) -> None:
    """Send both halves of a video."""
    await pipeline.send(CAPTION, CAPTIONS[number])
    await pipeline.send(THUMBNAIL, THUMBNAILS[number])


async def send_and_drain(
    pipeline: Pipeline, kind: HalfKind, body: dict[str, Value] | str, **attributes: str
) -> None:
    """Send events to the running workers, and wait until the queues are empty."""
    await pipeline.send(kind, body, **attributes)
    await pipeline.drained()


async def staged_kinds(pipeline: Pipeline) -> list[HalfKind]:
    """The halves that are staged."""
    return [each.half.kind for each in await pipeline.staged()]


async def assert_assembled(pipeline: Pipeline, *events: dict[str, Value]) -> Product:
    """Check that the product has exactly the fields of the events."""
    product = await pipeline.product(KEY)
    assert product is not None
    assert_equal_by_value(product, *events)
    return product


async def assert_settled(pipeline: Pipeline) -> None:
    """Check that nothing is left in queues and staging."""
    assert await pipeline.messages_left() == 0
    assert await pipeline.staged() == []
    for kind in HalfKind:
        assert await pipeline.dead_letters(kind) == []


def orphans(pipeline: Pipeline, missing: HalfKind) -> float:
    """How many orphans were reported as missing a half of this kind."""
    sample = pipeline.metrics.registry.get_sample_value
    return sample("assembly_orphans_total", {"missing": missing.value}) or 0
