"""Makes products of a realistic size: 3 KB as an event, 2.6 KB as a row."""

import json
from functools import cache
from pathlib import Path

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.intake import half_of
from assembly_service.domain.product import Announcement, HalfKind, Product
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.clock import wall_clock

_SAMPLES = Path(__file__).parents[2] / "samples"
# The halves repeat the keys and have spaces: this many characters make an event of 3 KB.
_CHARACTERS = 3220
_ANNOUNCED = 30

Halves = tuple[dict[str, Value], dict[str, Value]]
"""The events of a video: its caption and its thumbnails."""


def sample_events(number: int = 0) -> Halves:
    """The events of a sample, in order of how close theirs are to 3 KB together."""
    return _samples()[number]


def make_product(seller_handle: str, video_id: str, *, updated_at: int, sample: int = 0) -> Product:
    """Turn a sample into another seller's video, last written then (milliseconds)."""
    return _product(sample_events(sample), seller_handle, video_id, updated_at)


def announcements(seller_handle: str) -> list[Announcement]:
    """Make announcements of different videos of a seller, each a new product of 3 KB."""
    return [
        Announcement(
            product=_product(halves, seller_handle, f"video-{number}", wall_clock()),
            correlation_id="bench",
        )
        for number, halves in enumerate(_samples()[:_ANNOUNCED])
    ]


def event_payloads(seller_handle: str) -> list[object]:
    """The payloads of their events, for the peers, which do not make products."""
    timestamp = format_milliseconds(wall_clock())
    return [
        json.loads(exact_json.dumps(each.payload(timestamp)))
        for each in announcements(seller_handle)
    ]


def _product(halves: Halves, seller_handle: str, video_id: str, updated_at: int) -> Product:
    key = {"seller_handle": seller_handle, "video_id": video_id}
    caption, thumbnail = halves
    instant = format_milliseconds(updated_at)
    return Product(
        caption=half_of(caption | key, HalfKind.CAPTION),
        thumbnail=half_of(thumbnail | key, HalfKind.THUMBNAIL),
        created_at=instant,
        updated_at=instant,
    )


@cache
def _samples() -> list[Halves]:
    """All samples, those first whose events are closest to 3 KB."""
    captions = _by_video("captions.jsonl")
    thumbnails = _by_video("thumbnails.jsonl")
    pairs = [(captions[video], thumbnails[video]) for video in captions]
    pairs.sort(key=lambda pair: abs(sum(map(len, pair)) - _CHARACTERS))
    return [
        (exact_json.loads(caption), exact_json.loads(thumbnail)) for caption, thumbnail in pairs
    ]


def _by_video(name: str) -> dict[str, str]:
    lines = (_SAMPLES / name).read_text(encoding="utf-8").splitlines()
    return {exact_json.loads(line)["video_id"]: line for line in lines}
