"""Checks names that arrive outside an event: in paths, cursors, commands and on sockets."""

from pydantic import TypeAdapter, ValidationError

from assembly_service.domain.events import SellerHandle, VideoId

_SELLER_HANDLE: TypeAdapter[str] = TypeAdapter(SellerHandle)
_VIDEO_ID: TypeAdapter[str] = TypeAdapter(VideoId)


def is_seller_handle(value: object) -> bool:
    """Whether the value is a string of the form of a seller handle."""
    return _is_valid(_SELLER_HANDLE, value)


def is_video_id(value: object) -> bool:
    """Whether the value is a string of the form of a video id."""
    return _is_valid(_VIDEO_ID, value)


def _is_valid(adapter: TypeAdapter[str], value: object) -> bool:
    try:
        adapter.validate_python(value, strict=True)
    except ValidationError:
        return False
    return True
