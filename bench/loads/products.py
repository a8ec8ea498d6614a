"""Makes products of a realistic size: 3 KB as an event, 2.6 KB as a row."""

from functools import cache
from pathlib import Path

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import half_of
from assembly_service.domain.product import HalfKind, Product
from assembly_service.domain.timestamps import format_milliseconds

_SAMPLES = Path(__file__).parents[2] / "samples"
# The halves repeat the keys and have spaces: this many characters make an event of 3 KB.
_CHARACTERS = 3220


@cache
def sample_events(number: int = 0) -> tuple[dict[str, Value], dict[str, Value]]:
    """The caption and the thumbnails of a sample, in order of how close they are to 3 KB."""
    captions = _by_video("captions.jsonl")
    thumbnails = _by_video("thumbnails.jsonl")
    sizes = {video: len(captions[video]) + len(thumbnails[video]) for video in captions}
    near = sorted(sizes, key=lambda each: abs(sizes[each] - _CHARACTERS))
    video = near[number]
    return exact_json.loads(captions[video]), exact_json.loads(thumbnails[video])


def make_product(seller_handle: str, video_id: str, *, updated_at: int, sample: int = 0) -> Product:
    """Turn a sample into another seller's video, last written then (milliseconds).

    The samples are in order of how close their events are to 3 KB.
    """
    key = {"seller_handle": seller_handle, "video_id": video_id}
    caption, thumbnail = sample_events(sample)
    instant = format_milliseconds(updated_at)
    return Product(
        caption=half_of(caption | key, HalfKind.CAPTION),
        thumbnail=half_of(thumbnail | key, HalfKind.THUMBNAIL),
        created_at=instant,
        updated_at=instant,
    )


@cache
def _by_video(name: str) -> dict[str, str]:
    lines = (_SAMPLES / name).read_text(encoding="utf-8").splitlines()
    return {exact_json.loads(line)["video_id"]: line for line in lines}
