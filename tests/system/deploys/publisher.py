"""Sends videos of many sellers at a steady rate."""

import asyncio
from dataclasses import dataclass, field

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind, ProductKey
from tests.harness.pipeline import Pipeline
from tests.harness.small_events import event
from tests.system.chaos.traffic import Event, SentMessage, Traffic, send


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
        """Send so many videos a second until cancelled; the last one is sent whole."""
        while True:
            sending = asyncio.ensure_future(self._send())
            try:
                await asyncio.shield(sending)
            finally:
                await sending
            await asyncio.sleep(1 / self.rate)

    def traffic(self) -> Traffic:
        """What has to come of all that was sent."""
        keys = map(self._key, range(self.sent))
        return Traffic(bursts=[], expected={key: _halves(key) for key in keys})

    async def fill(self, videos: int) -> None:
        """Send so many videos at once."""
        messages = [
            SentMessage(kind=kind, body=exact_json.dumps(half).decode())
            for number in range(self.sent, self.sent + videos)
            for kind, half in zip(HalfKind, _halves(self._key(number)), strict=True)
        ]
        self.sent_at += [asyncio.get_running_loop().time()] * videos
        await send(self.account, messages)
        self.sent += videos

    async def _send(self) -> None:
        caption, thumbnail = _halves(self._key(self.sent))
        await self.account.send(HalfKind.CAPTION, caption)
        self.sent_at.append(asyncio.get_running_loop().time())
        await self.account.send(HalfKind.THUMBNAIL, thumbnail)
        self.sent += 1

    def _key(self, number: int) -> ProductKey:
        return ProductKey(seller_of(number, self.sellers), f"{number:06}")


def _halves(key: ProductKey) -> tuple[Event, ...]:
    return tuple(event(kind, 1, key=key) for kind in HalfKind)


def seller_of(number: int, sellers: int) -> str:
    """The seller of a video, or of a visitor, with this number."""
    return f"seller-{number % sellers}"


def videos_of(number: int, sellers: int, sent: int) -> set[int]:
    """The videos of a seller among those sent so far."""
    return {*range(number % sellers, sent, sellers)}
