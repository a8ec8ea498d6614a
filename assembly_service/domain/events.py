"""The two inbound events, as pydantic checks them: types are strict, unknown fields fall away.

The checked events are plain dictionaries, ready to become the fields of a product.
"""

from decimal import Context, Decimal
from typing import Annotated, NotRequired

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, TypeAdapter, with_config
from typing_extensions import TypedDict

from assembly_service.domain.instants import parse_instant

_ANY_PRECISION = Context(prec=1_000_000, Emin=-999_999_999, Emax=999_999_999)
_MOST_DIGITS = 38
_SMALLEST_EXPONENT = -130
_LARGEST_EXPONENT = 125


def _fits_dynamodb(number: Decimal) -> Decimal:
    """One number that does not fit makes DynamoDB refuse a whole batch of writes."""
    if not number:
        return number
    if not _SMALLEST_EXPONENT <= number.adjusted() <= _LARGEST_EXPONENT:
        raise ValueError("the number is too large or too small to be stored")
    digits = number.as_tuple().digits
    if len(digits) > _MOST_DIGITS and len(number.normalize(_ANY_PRECISION).as_tuple().digits) > (
        _MOST_DIGITS
    ):
        raise ValueError(f"the number has more than {_MOST_DIGITS} significant digits")
    return number


def _integral(number: Decimal) -> Decimal:
    if number != number.to_integral_value():
        raise ValueError("the number is not a whole number")
    return number


def _well_formed(text: str) -> str:
    """pydantic looks into a text only where it has a length or a pattern to check."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("the text is not well-formed Unicode") from None
    return text


Number = Annotated[Decimal, AfterValidator(_fits_dynamodb)]
Positive = Annotated[Decimal, Field(ge=0), AfterValidator(_fits_dynamodb)]
Share = Annotated[Decimal, Field(ge=0, le=1), AfterValidator(_fits_dynamodb)]
Index = Annotated[Positive, AfterValidator(_integral)]

SELLER_HANDLE_PATTERN = r"^[A-Za-z0-9._-]+$"
VIDEO_ID_PATTERN = r"^[A-Za-z0-9_-]+$"


def _not_dots(handle: str) -> str:
    if handle in {".", ".."}:
        raise ValueError("a seller handle of dots alone is not allowed")
    return handle


VideoId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=VIDEO_ID_PATTERN)]
SellerHandle = Annotated[
    str,
    StringConstraints(min_length=1, max_length=64, pattern=SELLER_HANDLE_PATTERN),
    AfterValidator(_not_dots),
]
Timestamp = Annotated[str, AfterValidator(parse_instant)]
Url = Annotated[
    str, StringConstraints(max_length=2048, pattern=r"^[Hh][Tt][Tt][Pp][Ss]?://[^\s/?#][^\s]*$")
]

_CHECKED = ConfigDict(strict=True, extra="ignore")


@with_config(_CHECKED)
class CaptionParsed(TypedDict):
    """What the caption parser publishes."""

    video_id: VideoId
    seller_handle: SellerHandle
    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    price: Positive | None
    sizes: Annotated[str, StringConstraints(max_length=500)] | None
    tags: Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Field(max_length=50)]
    confidence_score: NotRequired[Share]
    raw_caption: NotRequired[Annotated[str, StringConstraints(max_length=5000)]]
    timestamp: Timestamp


@with_config(_CHECKED)
class BoundingBox(TypedDict):
    """Where in the frame an object was seen."""

    x: Number
    y: Number
    width: Number
    height: Number


@with_config(_CHECKED)
class DetectedObject(TypedDict):
    """An object seen in a frame."""

    class_name: Annotated[str, AfterValidator(_well_formed)]
    confidence: Share
    bbox: BoundingBox


@with_config(_CHECKED)
class ThumbnailInfo(TypedDict):
    """One frame of the video, stored as a picture."""

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
    """What the thumbnail generator says of its work."""

    video_duration: Positive
    frames_analyzed: Positive
    thumbnails_generated: Positive
    processing_time_ms: Positive


@with_config(_CHECKED)
class ThumbnailGenerated(TypedDict):
    """What the thumbnail generator publishes."""

    video_id: VideoId
    seller_handle: SellerHandle
    thumbnails: Annotated[list[ThumbnailInfo], Field(min_length=1, max_length=20)]
    primary_thumbnail: ThumbnailInfo
    processing_metadata: ProcessingMetadata
    timestamp: Timestamp


caption_parsed: TypeAdapter[CaptionParsed] = TypeAdapter(CaptionParsed)
thumbnail_generated: TypeAdapter[ThumbnailGenerated] = TypeAdapter(ThumbnailGenerated)
