"""Message bodies that can never be processed, each with its expected reason."""

import copy
import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind
from tests.harness.pipeline import sample_events

CAPTION, THUMBNAIL = HalfKind
Path = tuple[str | int, ...]


class Malformed(NamedTuple):
    """A kind of malformed message. The detail has to name `field`, unless it is empty."""

    name: str
    queue: HalfKind
    body: str
    reason: str
    field: str = ""


def plain_event(kind: HalfKind) -> Any:
    """A valid event as the standard library parses it."""
    return json.loads(exact_json.dumps(sample_events(kind, 1)[0]))


_INFO = {
    "thumbnail_url": "string",
    "thumbnail_s3_key": "string",
    "frame_timestamp": "number",
    "frame_index": "number",
    "confidence_score": "number",
    "quality_score": "number",
    "is_primary": "boolean",
}
_SHARED: dict[Path, str] = {
    ("video_id",): "string",
    ("seller_handle",): "string",
    ("timestamp",): "string",
}
_OBJECT: Path = ("thumbnails", 0, "detected_objects", 0)
_TYPES: dict[HalfKind, dict[Path, str]] = {
    CAPTION: {
        **_SHARED,
        ("title",): "string",
        ("price",): "number null",
        ("sizes",): "string null",
        ("tags",): "array",
        ("tags", 0): "string",
        ("confidence_score",): "number",
        ("raw_caption",): "string",
    },
    THUMBNAIL: {
        **_SHARED,
        ("thumbnails",): "array",
        ("thumbnails", 0): "object",
        ("primary_thumbnail",): "object",
        ("processing_metadata",): "object",
        **{("thumbnails", 0, name): kind for name, kind in _INFO.items()},
        **{("primary_thumbnail", name): kind for name, kind in _INFO.items()},
        ("thumbnails", 0, "detected_objects"): "array",
        _OBJECT: "object",
        (*_OBJECT, "class_name"): "string",
        (*_OBJECT, "confidence"): "number",
        (*_OBJECT, "bbox"): "object",
        **{(*_OBJECT, "bbox", name): "number" for name in ("x", "y", "width", "height")},
        **{
            ("processing_metadata", name): "number"
            for name in (
                "video_duration",
                "frames_analyzed",
                "thumbnails_generated",
                "processing_time_ms",
            )
        },
    },
}
_WRONG: dict[str, Any] = {
    "null": None,
    "boolean": True,
    "number": 1,
    "string": "1",
    "array": [],
    "object": {},
}
_OPTIONAL = {"confidence_score", "raw_caption", "detected_objects"}
_SURROGATE = "a\ud800b"
# Numbers that the standard library would round: inserted as text afterwards.
_UNFIT = [
    "1e300",
    "1E+126",
    "1e-131",
    "1" * 39,
    "0." + "1" * 39,
    "1" * 5000,
    "1e999999999999999999",
]
_BROKEN: dict[HalfKind, dict[Path, list[Any]]] = {
    CAPTION: {
        ("video_id",): ["", "a" * 129, "a b", "a/b", "a.b", "\u00e4", "a\n", "\u0663", _SURROGATE],
        ("seller_handle",): [
            "",
            "a" * 65,
            ".",
            "..",
            "a b",
            "a/b",
            "\u00e9",
            "a\n",
            "@a",
            "a\u200d",
        ],
        ("title",): ["", "   ", "\t\n", "\u3000", "x" * 501, _SURROGATE, "\udc00"],
        ("price",): [-1, -0.01],
        ("sizes",): ["x" * 501, _SURROGATE],
        ("tags",): [["a"] * 51, ["a" * 101], ["a", None], [["a"]], [_SURROGATE]],
        ("confidence_score",): [-0.1, 1.01, 2],
        ("raw_caption",): ["x" * 5001, _SURROGATE],
        ("timestamp",): [
            "",
            "yesterday",
            "2026-11-18",
            "06:00:00Z",
            "2026-11-18T06:00:00",
            "2026-11-18T06:00:00 Z",
            "2026-11-18T06:00Z",
            "2026-13-01T06:00:00Z",
            "2026-02-30T06:00:00Z",
            "2026-11-18T25:00:00Z",
            "2026-11-18T06:60:00Z",
            "2026-11-18T06:00:61Z",
            "2026-11-18T06:00:60Z",
            "2026-11-18T06:00:00+25:00",
            "2026-11-18T06:00:00+0300",
            "2026-11-18T06:00:00 Africa/Kampala",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59-01:00",
            "10000-01-01T00:00:00Z",
            "1763445600",
            "\u0662\u0660\u0662\u0666-11-18T06:00:00Z",
        ],
    },
    THUMBNAIL: {
        ("thumbnails", 0, "thumbnail_url"): [
            "",
            "ftp://a/b",
            "javascript:alert(1)",
            "data:image/png;base64,AA",
            "//a/b",
            "http://",
            "https:///b",
            "http://a b",
            "https://a/" + "b" * 2048,
            " https://a/b",
        ],
        ("primary_thumbnail", "thumbnail_s3_key"): ["", "k" * 1025, _SURROGATE],
        ("thumbnails", 0, "frame_timestamp"): [-1, -0.5],
        ("primary_thumbnail", "frame_index"): [-1, 1.5],
        ("thumbnails", 0, "quality_score"): [-0.1, 1.1],
        ("primary_thumbnail", "confidence_score"): [-0.1, 1.1],
        (*_OBJECT, "confidence"): [-0.1, 1.1],
        (*_OBJECT, "class_name"): [_SURROGATE],
        ("processing_metadata", "video_duration"): [-1],
        ("processing_metadata", "frames_analyzed"): [-1],
    },
}
_UNFIT_PLACES: dict[HalfKind, list[Path]] = {
    CAPTION: [("price",)],
    THUMBNAIL: [(*_OBJECT, "bbox", "x"), ("processing_metadata", "processing_time_ms")],
}


def malformed_events() -> Iterator[Malformed]:
    """Events of the right kind on the right queue that break a rule of their fields."""
    for kind in HalfKind:
        for path, types in _TYPES[kind].items():
            if not isinstance(path[-1], int) and path[-1] not in _OPTIONAL:
                yield _invalid(kind, path, "missing")
            for wrong, value in _WRONG.items():
                if wrong not in types.split():
                    yield _invalid(kind, path, f"is {wrong}", _changed(kind, path, value))
        for path, values in _BROKEN[kind].items():
            for value in values:
                yield _invalid(kind, path, ascii(value)[:40], _changed(kind, path, value))
        for path in _UNFIT_PLACES[kind]:
            marked = _changed(kind, path, "@")
            for number in _UNFIT:
                body = marked.replace('"@"', number)
                yield _invalid(kind, path, f"{number[:20]}, {len(number)} digits", body)
    yield _invalid(THUMBNAIL, ("thumbnails",), "empty", _changed(THUMBNAIL, ("thumbnails",), []))
    many = plain_event(THUMBNAIL)["thumbnails"][:1] * 21
    yield _invalid(THUMBNAIL, ("thumbnails",), "21", _changed(THUMBNAIL, ("thumbnails",), many))


def _invalid(kind: HalfKind, path: Path, what: str, body: str | None = None) -> Malformed:
    named = ".".join(str(part) for part in path)
    body = _changed(kind, path) if body is None else body
    fields = [part for part in path if isinstance(part, str)]
    # An empty list counts as no thumbnails; other paths are named by their innermost field.
    return Malformed(f"{kind.value} {named} {what}", kind, body, "invalid_event", fields[-1])


def _changed(kind: HalfKind, path: Path, *value: Any) -> str:
    """The text of a valid event with another value at the path, or without it."""
    event = copy.deepcopy(plain_event(kind))
    place = event
    for part in path[:-1]:
        place = place[part]
    if value:
        place[path[-1]] = value[0]
    else:
        del place[path[-1]]
    return json.dumps(event)
