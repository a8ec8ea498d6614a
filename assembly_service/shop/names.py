"""Whether the names in paths and cursors have their right form."""

from pydantic import TypeAdapter, ValidationError

from assembly_service.domain.events import SellerHandle, VideoId

_SELLER_HANDLE: TypeAdapter[str] = TypeAdapter(SellerHandle)
_VIDEO_ID: TypeAdapter[str] = TypeAdapter(VideoId)


def is_seller_handle(text: str) -> bool:
    """Whether the text is a seller's handle."""
    return _fits(_SELLER_HANDLE, text)


def is_video_id(text: str) -> bool:
    """Whether the text is a video's id."""
    return _fits(_VIDEO_ID, text)


def _fits(form: TypeAdapter[str], text: str) -> bool:
    try:
        form.validate_python(text)
    except ValidationError:
        return False
    return True
