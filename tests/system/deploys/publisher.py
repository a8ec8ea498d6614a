"""Sends videos of many sellers at a steady rate."""

import asyncio
from dataclasses import dataclass, field

from assembly_service.domain.product import HalfKind, ProductKey
from tests.harness.pipeline import Pipeline
from tests.harness.small_events import event


@dataclass(kw_only=True)
class Publisher:
    """Sends both halves of the videos 0, 1, 2 and so on, of its sellers in turn.

    `sent` is the number of those whose halves are both in their queues, `sent_at` when each was
    about to be whole, by the loop's clock.
    """

    account: Pipeline
    sellers: int
    rate: float
    sent: int = 0
    sent_at: list[float] = field(default_factory=list)

    async def publish(self) -> None:
        """Send so many videos a second until cancelled."""
        while True:
            key = ProductKey(seller_of(self.sent, self.sellers), f"{self.sent:06}")
            await self.account.send(HalfKind.CAPTION, event(HalfKind.CAPTION, 1, key=key))
            self.sent_at.append(asyncio.get_running_loop().time())
            await self.account.send(HalfKind.THUMBNAIL, event(HalfKind.THUMBNAIL, 1, key=key))
            self.sent += 1
            await asyncio.sleep(1 / self.rate)


def seller_of(number: int, sellers: int) -> str:
    """The seller of a video, or of a visitor, with this number."""
    return f"seller-{number % sellers}"


def videos_of(number: int, sellers: int, sent: int) -> set[int]:
    """The videos of a seller among those sent so far."""
    return {*range(number % sellers, sent, sellers)}
