"""Makes videos to send: the sample events, repeated with new video ids."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path

from assembly_service.domain.product import HalfKind

_SAMPLES = Path(__file__).parents[1] / "samples"
# Events of this many characters make a product of 2.6 KB, give or take 0.2.
_SMALLEST, _LARGEST = 3_000, 3_400
_numbers = count(7_500_000_000_000_000_000)


@dataclass(frozen=True, slots=True)
class Video:
    """A video and the bodies of its two messages."""

    video_id: str
    seller_handle: str
    bodies: dict[HalfKind, str]


def videos(number: int) -> list[Video]:
    """Make so many new videos, whose products have about 2.6 KB."""
    samples = _samples()
    return [_renamed(samples[n % len(samples)], str(next(_numbers))) for n in range(number)]


def videos_of(handles: Sequence[str]) -> list[Video]:
    """Make a video for each of the named sellers."""
    return [
        _sold_by(video, seller) for video, seller in zip(videos(len(handles)), handles, strict=True)
    ]


def sellers() -> list[str]:
    """The sellers of all these videos."""
    return sorted({sample.seller_handle for sample in _samples()})


def _renamed(sample: Video, video_id: str) -> Video:
    bodies = {k: body.replace(sample.video_id, video_id) for k, body in sample.bodies.items()}
    return Video(video_id, sample.seller_handle, bodies)


def _sold_by(video: Video, seller: str) -> Video:
    own = f'"{video.seller_handle}"'
    bodies = {kind: body.replace(own, f'"{seller}"') for kind, body in video.bodies.items()}
    return Video(video.video_id, seller, bodies)


@cache
def _samples() -> list[Video]:
    lines = zip(_lines("captions.jsonl"), _lines("thumbnails.jsonl"), strict=True)
    return [
        _sample(caption, thumbnails)
        for caption, thumbnails in lines
        if _SMALLEST <= len(caption) + len(thumbnails) <= _LARGEST
    ]


def _lines(name: str) -> list[str]:
    return (_SAMPLES / name).read_text(encoding="utf-8").splitlines()


def _sample(caption: str, thumbnails: str) -> Video:
    event = json.loads(caption)
    bodies = {HalfKind.CAPTION: caption, HalfKind.THUMBNAIL: thumbnails}
    return Video(event["video_id"], event["seller_handle"], bodies)
