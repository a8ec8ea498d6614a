"""What a client missed, read from the table: the products of a seller that changed of late."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from assembly_service.domain.product import Product
from assembly_service.shop.recent_changes import ChangedSince
from assembly_service.storage.catalogue import Page, start_of_changes

MOST_REPLAYED = 200
_READS_AT_ONCE = 8
_HERD = 8
_GATHER_SECONDS = 0.5

Changes = tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class _Wish:
    """Somebody wants the changes later than `start`."""

    start: str
    answer: asyncio.Future[Changes | None]


class Replay:
    """Reads replays, a few at a time: when a server restarts, all its clients ask at once.

    Those who ask about one seller share a read if it began after they had asked. So one is under
    way, and what is asked meanwhile waits for the next.
    """

    def __init__(self, *, changed_since: ChangedSince, allowance_seconds: float) -> None:
        self._changed_since = changed_since
        self._allowance_seconds = allowance_seconds
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)
        self._wishes: dict[str, list[_Wish]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def of(self, seller_handle: str, since: str) -> Changes | None:
        """Everything that changed after `since` less the allowance; None if that is too much.

        Raises what the table raises.
        """
        start = start_of_changes(since, allowance_seconds=self._allowance_seconds)
        wish = _Wish(start, asyncio.get_running_loop().create_future())
        if seller_handle in self._wishes:
            self._wishes[seller_handle].append(wish)
        else:
            self._wishes[seller_handle] = [wish]
            task = asyncio.create_task(self._read_all(seller_handle), name="read-replays")
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        return await wish.answer

    async def close(self) -> None:
        """End all reads: nobody waits for them any more."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _read_all(self, seller_handle: str) -> None:
        """Read as long as anybody asks about the seller."""
        try:
            while wishes := self._wishes[seller_handle]:
                self._wishes[seller_handle] = []
                await self._fulfil(seller_handle, wishes)
                if len(wishes) >= _HERD:
                    # More of them come: a read for each few would cost more than the wait does.
                    await asyncio.sleep(_GATHER_SECONDS)
        finally:
            del self._wishes[seller_handle]

    async def _fulfil(self, seller_handle: str, wishes: Sequence[_Wish]) -> None:
        while wishes := [wish for wish in wishes if not wish.answer.done()]:
            start = min(wish.start for wish in wishes)
            try:
                async with self._reads:
                    page = await self._changed_since(
                        seller_handle, since=start, limit=MOST_REPLAYED, after=None
                    )
            except Exception as error:
                for wish in wishes:
                    if not wish.answer.done():
                        wish.answer.set_exception(error)
                return
            # Of those who asked from later on, some may want less than did not fit here.
            for wish in wishes:
                if not wish.answer.done() and (not page.has_more or wish.start == start):
                    wish.answer.set_result(None if page.has_more else _later(page, wish.start))


def _later(page: Page, start: str) -> Changes:
    return tuple(product for product in page.products if product.updated_at > start)
