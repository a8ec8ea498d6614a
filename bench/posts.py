"""Sends the halves of videos at a steady rate, each half when it is due."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import NamedTuple

from assembly_service.domain.product import HalfKind
from bench.resources import Resources
from bench.videos import Video


class Post(NamedTuple):
    """A message, and when it is due, in seconds after the start."""

    due: float
    video_id: str
    kind: HalfKind
    body: str


def posts(sent: Sequence[Video], *, rate: float, gap: float, caption_first: bool) -> list[Post]:
    """Schedule both halves of `rate` videos a second, the second one `gap` seconds later."""
    due = []
    for number, video in enumerate(sent):
        first = HalfKind.CAPTION if caption_first else random.choice(list(HalfKind))
        for kind, later in ((first, 0.0), (first.other, gap)):
            due.append(Post(number / rate + later, video.video_id, kind, video.bodies[kind]))
    return sorted(due)


async def publish(aws: Resources, due: Sequence[Post], published: dict[str, float]) -> None:
    """Send every message when it is due, and note the monotonic time of each video's last one."""

    async def send(post: Post) -> None:
        published[post.video_id] = time.monotonic()
        await aws.send(post.kind, post.body)

    started = time.monotonic()
    async with asyncio.TaskGroup() as tasks:
        for post in due:
            await asyncio.sleep(max(0.0, started + post.due - time.monotonic()))
            tasks.create_task(send(post))
