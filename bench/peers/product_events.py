"""The two events as pydantic checks them for the peer in Python, by the rules of the service."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints


def _with_zone(text: str) -> str:
    if datetime.fromisoformat(text).tzinfo is None:
        raise ValueError("the timestamp has no zone")
    return text


def _not_dots(handle: str) -> str:
    if handle in {".", ".."}:
        raise ValueError("a handle of dots alone is not allowed")
    return handle


VideoId = Annotated[str, StringConstraints(max_length=128, pattern=r"^[A-Za-z0-9_-]+$")]
SellerHandle = Annotated[
    str,
    StringConstraints(max_length=64, pattern=r"^[A-Za-z0-9._-]+$"),
    AfterValidator(_not_dots),
]
Url = Annotated[str, StringConstraints(max_length=2048, pattern=r"^(?i:https?)://[^\s/?#]\S*$")]
Amount = Annotated[Decimal, Field(ge=0)]
Share = Annotated[Decimal, Field(ge=0, le=1)]


class _Checked(BaseModel):
    model_config = ConfigDict(strict=True, extra="ignore")


class _Event(_Checked):
    video_id: VideoId
    seller_handle: SellerHandle
    timestamp: Annotated[str, AfterValidator(_with_zone)]


class CaptionParsed(_Event):
    """An event of the caption parser."""

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=500)]
    price: Amount | None
    sizes: Annotated[str, StringConstraints(max_length=500)] | None
    tags: Annotated[list[Annotated[str, StringConstraints(max_length=100)]], Field(max_length=50)]
    confidence_score: Share = Decimal(0)
    raw_caption: Annotated[str, StringConstraints(max_length=5000)] = ""


class BoundingBox(_Checked):
    """The position of an object in a frame."""

    x: Decimal
    y: Decimal
    width: Decimal
    height: Decimal


class DetectedObject(_Checked):
    """An object seen in a frame."""

    class_name: str
    confidence: Share
    bbox: BoundingBox


class ThumbnailInfo(_Checked):
    """One frame of the video."""

    thumbnail_url: Url
    thumbnail_s3_key: Annotated[str, StringConstraints(min_length=1, max_length=1024)]
    frame_timestamp: Amount
    frame_index: Annotated[Decimal, Field(ge=0, multiple_of=1)]
    confidence_score: Share
    quality_score: Share
    detected_objects: list[DetectedObject] = []
    is_primary: bool


class ProcessingMetadata(_Checked):
    """The thumbnail generator's metadata."""

    video_duration: Amount
    frames_analyzed: Amount
    thumbnails_generated: Amount
    processing_time_ms: Amount


class ThumbnailGenerated(_Event):
    """An event of the thumbnail generator."""

    thumbnails: Annotated[list[ThumbnailInfo], Field(min_length=1, max_length=20)]
    primary_thumbnail: ThumbnailInfo
    processing_metadata: ProcessingMetadata
