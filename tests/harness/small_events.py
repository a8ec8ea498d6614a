"""Events as workers publish them, as small as possible."""

from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import half_of
from assembly_service.domain.product import Half, HalfKind, ProductKey
from tests.harness.halves import KEY, instant


def event(
    kind: HalfKind, second: int, *, key: ProductKey = KEY, padding: int = 0
) -> dict[str, Value]:
    """An event whose fields contain its timestamp.

    `padding` makes a caption larger by as many bytes.
    """
    fields: dict[str, Value]
    if kind is HalfKind.CAPTION:
        fields = {"title": f"{second}", "price": 1999.99, "sizes": None, "tags": []}
        if padding:
            fields["raw_caption"] = "x" * padding
    else:
        picture = {
            "thumbnail_url": "https://pictures.example/1.jpg",
            "thumbnail_s3_key": f"{second}",
            "frame_timestamp": 0.5,
            "frame_index": 1,
            "confidence_score": 0.9,
            "quality_score": 0.9,
            "is_primary": True,
        }
        names = ("video_duration", "frames_analyzed", "thumbnails_generated", "processing_time_ms")
        fields = {
            "thumbnails": [picture],
            "primary_thumbnail": picture,
            "processing_metadata": dict.fromkeys(names, second),
        }
    return {**key._asdict(), **fields, "timestamp": instant(second)}


def half(kind: HalfKind, second: int, *, key: ProductKey = KEY, padding: int = 0) -> Half:
    """The half of such an event."""
    return half_of(event(kind, second, key=key, padding=padding), kind)
