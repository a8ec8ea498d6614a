"""The two inbound events and the product, as pydantic models.

Types are strict, unknown fields are dropped. Valid input becomes a plain dictionary.
"""

from decimal import Decimal
from typing import Annotated, Any, NotRequired

from pydantic import (
    AfterValidator,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    TypeAdapter,
    WithJsonSchema,
    with_config,
)
from typing_extensions import TypedDict

from assembly_service.domain import exact_json
from assembly_service.domain.timestamps import (
    RFC_3339_PATTERN,
    checked_milliseconds,
    parse_timestamp,
)

_MOST_DIGITS = 38
_SMALLEST = Decimal("1e-130")
_BEYOND_LARGEST = Decimal("1e126")


def _number(*, least: int | None = None, most: int | None = None, whole: bool = False) -> Any:
    """A number that DynamoDB can store: one that does not fit fails a whole batch."""

    def check(value: object) -> exact_json.Number:
        # The fast path: nearly all of a product's dozens of numbers are floats.
        if not isinstance(value, float):
            value = _exact_number(value)
        if least is not None and value < least:
            raise ValueError(f"must be at least {least}")
        if most is not None and value > most:
            raise ValueError(f"must be at most {most}")
        if whole and value != int(value):
            raise ValueError("must be a whole number")
        return value

    lower = {"exclusiveMinimum": -float(_BEYOND_LARGEST)} if least is None else {"minimum": least}
    upper = {"exclusiveMaximum": float(_BEYOND_LARGEST)} if most is None else {"maximum": most}
    return PlainValidator(check), WithJsonSchema(
        {"type": "integer" if whole else "number", **lower, **upper}
    )


def _exact_number(value: object) -> exact_json.Number:
    # A bool is an int.
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise ValueError("must be a number")  # noqa: TRY004 - pydantic collects it
    if isinstance(value, Decimal):
        _check_fit(value)
    return value


def _check_fit(number: Decimal) -> None:
    """Only Decimals can be too long, too large or too small."""
    if number.is_nan() or not _SMALLEST <= abs(number) < _BEYOND_LARGEST:
        raise ValueError("is too large or too small to be stored")
    if len(number.as_tuple().digits) > _MOST_DIGITS:
        raise ValueError(f"must have at most {_MOST_DIGITS} significant digits")


def _well_formed(text: str) -> str:
    """pydantic checks the encoding only of texts with a length or a pattern."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("must be well-formed Unicode") from None
    return text


Number = Annotated[exact_json.Number, *_number()]
Positive = Annotated[exact_json.Number, *_number(least=0)]
Share = Annotated[exact_json.Number, *_number(least=0, most=1)]
Index = Annotated[exact_json.Number, *_number(least=0, whole=True)]

SELLER_HANDLE_PATTERN = r"^[A-Za-z0-9._-]+$"
VIDEO_ID_PATTERN = r"^[A-Za-z0-9_-]+$"


def _not_dots(handle: str) -> str:
    if handle in {".", ".."}:
        raise ValueError("must not be dots alone")
    return handle


VideoId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=VIDEO_ID_PATTERN)]
SellerHandle = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=SELLER_HANDLE_PATTERN),
    AfterValidator(_not_dots),
    Field(json_schema_extra={"not": {"enum": [".", ".."]}}),
]
Timestamp = Annotated[
    str,
    AfterValidator(parse_timestamp),
    Field(json_schema_extra={"format": "date-time", "pattern": RFC_3339_PATTERN}),
]
Milliseconds = Annotated[str, AfterValidator(checked_milliseconds)]
Url = Annotated[
    str, StringConstraints(max_length=2048, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#][^\s]*$")
]
_CHECKED = ConfigDict(strict=True, extra="ignore")


@with_config(_CHECKED)
class CaptionFields(TypedDict):
    """What a caption says about a video."""

    video_id: VideoId
    seller_handle: SellerHandle
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    price: Positive | None
    sizes: Annotated[str, StringConstraints(max_length=500)] | None
    tags: Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Field(max_length=50)]
    confidence_score: NotRequired[Share]
    raw_caption: NotRequired[Annotated[str, StringConstraints(max_length=5000)]]


@with_config(_CHECKED)
class CaptionParsed(CaptionFields):
    """What the caption parser publishes."""

    timestamp: Timestamp


@with_config(_CHECKED)
class BoundingBox(TypedDict):
    """The position of an object in a frame."""

    x: Number
    y: Number
    width: Number
    height: Number


@with_config(_CHECKED)
class DetectedObject(TypedDict):
    """An object detected in a frame."""

    class_name: Annotated[str, AfterValidator(_well_formed)]
    confidence: Share
    bbox: BoundingBox


@with_config(_CHECKED)
class ThumbnailInfo(TypedDict):
    """A frame of the video, stored as an image."""

    thumbnail_url: Url
    thumbnail_s3_key: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    frame_timestamp: Positive
    frame_index: Index
    confidence_score: Share
    quality_score: Share
    detected_objects: NotRequired[list[DetectedObject]]
    is_primary: bool


@with_config(_CHECKED)
class ProcessingMetadata(TypedDict):
    """Statistics of the thumbnail generator."""

    video_duration: Positive
    frames_analyzed: Positive
    thumbnails_generated: Positive
    processing_time_ms: Positive


@with_config(_CHECKED)
class ThumbnailFields(TypedDict):
    """The thumbnails of a video."""

    video_id: VideoId
    seller_handle: SellerHandle
    thumbnails: Annotated[list[ThumbnailInfo], Field(min_length=1, max_length=20)]
    primary_thumbnail: ThumbnailInfo
    processing_metadata: ProcessingMetadata


@with_config(_CHECKED)
class ThumbnailGenerated(ThumbnailFields):
    """What the thumbnail generator publishes."""

    timestamp: Timestamp


@with_config(_CHECKED)
class ShownProduct(CaptionFields, ThumbnailFields):
    """A product as clients see it."""

    created_at: Milliseconds
    updated_at: Milliseconds


caption_parsed: TypeAdapter[CaptionParsed] = TypeAdapter(CaptionParsed)
thumbnail_generated: TypeAdapter[ThumbnailGenerated] = TypeAdapter(ThumbnailGenerated)
