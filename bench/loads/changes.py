"""Changes a shop while others read it."""

import time
from dataclasses import dataclass

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind
from bench.loads.products import sample_events
from bench.loads.shelf import Row, put
from bench.local_aws import Account
from bench.resources import Resources
from bench.subscriber import Subscriber


@dataclass(frozen=True, kw_only=True)
class Change:
    """A changed product, and when the change was complete, in monotonic nanoseconds."""

    video_id: str
    here: bool
    over: int


@dataclass(frozen=True, kw_only=True)
class Changer:
    """Changes products directly in the table (elsewhere) or through the queues (here)."""

    account: Account
    seller: str
    writing: Resources
    hearing: Subscriber

    async def change(self, number: int) -> Change:
        """Make the change with this number; every second one goes through the queues."""
        video_id = f"change-{number}"
        here = number % 2 == 1
        if here:
            over = await self._publish(video_id)
        else:
            await put(self.account, [Row(self.seller, video_id, time.time_ns() // 1_000_000)])
            over = time.monotonic_ns()
        return Change(video_id=video_id, here=here, over=over)

    async def _publish(self, video_id: str) -> int:
        """Send both halves. Returns when the event came; no later answer may lack the product."""
        key = {"seller_handle": self.seller, "video_id": video_id}
        for kind, event in zip(
            (HalfKind.CAPTION, HalfKind.THUMBNAIL), sample_events(), strict=True
        ):
            await self.writing.send(kind, exact_json.dumps(event | key).decode())
        await self.hearing.until(lambda: video_id in self.hearing.heard)
        return round(self.hearing.heard[video_id] * 1e9)
