"""Minimal halves, arrivals and rows for tests."""

from collections.abc import Iterable

from assembly_service.domain.decision_input import Arrival
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Half, HalfKind, Product, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.domain.timestamps import format_milliseconds

KEY = ProductKey("amani_beads", "7430000000187540571")
HOUR = 3_600_000
DAY = 24 * HOUR
NOW = 1_795_000_000_000


def instant(second: int) -> str:
    """The timestamp of an event, `second` seconds into a fixed minute."""
    return f"2026-11-18T06:00:{second:02d}.000000000Z"


def half(kind: HalfKind, second: int = 1, *, key: ProductKey = KEY, padding: int = 0) -> Half:
    """A half whose fields contain its timestamp, `padding` bytes larger than the smallest."""
    fields: dict[str, Value]
    if kind is HalfKind.CAPTION:
        fields = {
            "title": f"caption of second {second}" + "x" * padding,
            "price": 1999.99,
            "sizes": None,
            "tags": ["a"],
        }
    else:
        fields = {
            "thumbnails": [{"thumbnail_s3_key": f"of second {second}" + "x" * padding}],
            "primary_thumbnail": {"thumbnail_s3_key": f"of second {second}"},
            "processing_metadata": {"frames_analyzed": second},
        }
    return Half(key=key, kind=kind, timestamp=instant(second), fields=fields)


def arrival(kind: HalfKind, second: int = 1, *, sent_at: int = NOW, padding: int = 0) -> Arrival:
    """An arrival."""
    return Arrival(
        half=half(kind, second, padding=padding),
        first_sent_at=sent_at,
        last_sent_at=sent_at,
        message_id=f"message of {kind.value} {second}",
        correlation_id=f"correlation of {kind.value} {second}",
    )


def staged(
    kind: HalfKind,
    second: int = 1,
    *,
    version: str = "v1",
    expires_at: int = NOW + DAY,
    orphaned_at: int | None = None,
    padding: int = 0,
) -> StagedHalf:
    """A staging record."""
    return StagedHalf(
        half=half(kind, second, padding=padding),
        version=version,
        created_at=expires_at - DAY,
        updated_at=expires_at - DAY,
        expires_at=expires_at,
        message_id="staged message",
        correlation_id="staged correlation",
        orphaned_at=orphaned_at,
    )


def thumbnail_fields(video_id: str) -> dict[str, Value]:
    """The complete thumbnail fields of a product."""
    picture = {
        "thumbnail_url": f"https://pictures.example/{video_id}.jpg",
        "thumbnail_s3_key": f"{video_id}.jpg",
        "frame_timestamp": 0.49,
        "frame_index": 58,
        "confidence_score": 0.399,
        "quality_score": 0.4449,
        "is_primary": True,
    }
    figures = ("video_duration", "frames_analyzed", "thumbnails_generated", "processing_time_ms")
    return {
        "thumbnails": [picture],
        "primary_thumbnail": picture,
        "processing_metadata": dict.fromkeys(figures, 5),
    }


def product(
    caption_second: int = 1,
    thumbnail_second: int = 1,
    *,
    updated_at: int,
    created_at: int | None = None,
) -> Product:
    """A row of the products table; never updated unless `created_at` differs."""
    return Product(
        caption=half(HalfKind.CAPTION, caption_second),
        thumbnail=half(HalfKind.THUMBNAIL, thumbnail_second),
        created_at=format_milliseconds(updated_at if created_at is None else created_at),
        updated_at=format_milliseconds(updated_at),
    )


def holds(product: Product | None, staged: Iterable[StagedHalf], half: Half) -> bool:
    """Whether a half, or a newer one of its kind, is in the product or staged."""
    there = [each.half for each in staged if each.half.key == half.key]
    if product is not None:
        there += [product.caption, product.thumbnail]
    return any(each.kind is half.kind and not half.newer_than(each) for each in there)
