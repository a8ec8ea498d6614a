"""Reads what a subscriber missed: the recent changes of a seller."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from assembly_service.domain.product import Product
from assembly_service.shop.recent_changes import ChangedSince
from assembly_service.storage.catalogue import Page, start_of_changes

MOST_REPLAYED = 200
_READS_AT_ONCE = 8
_CROWD = 8
_CROWD_PAUSE_SECONDS = 0.5

Changes = tuple[Product, ...]


@dataclass(frozen=True, slots=True)
class _Request:
    """Asks for the changes later than `start`."""

    start: str
    answer: asyncio.Future[Changes | None]


class Replay:
    """Limits concurrent reads: when a server restarts, all its clients ask at once.

    Requests about one seller share a read if it began after they were made. So there is one read a
    seller at a time, and requests that arrive meanwhile share the next one.
    """

    def __init__(self, *, changed_since: ChangedSince, allowance_seconds: float) -> None:
        self._changed_since = changed_since
        self._allowance_seconds = allowance_seconds
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)
        self._requests: dict[str, list[_Request]] = {}
        self._reading: set[asyncio.Task[None]] = set()

    async def of(self, seller_handle: str, since: str) -> Changes | None:
        """Return all changes after `since` less the allowance; None if there are too many.

        Raises what the read raises.
        """
        start = start_of_changes(since, allowance_seconds=self._allowance_seconds)
        request = _Request(start, asyncio.get_running_loop().create_future())
        if seller_handle in self._requests:
            self._requests[seller_handle].append(request)
        else:
            self._requests[seller_handle] = [request]
            task = asyncio.create_task(self._read_all(seller_handle), name="read-replays")
            self._reading.add(task)
            task.add_done_callback(self._reading.discard)
        return await request.answer

    async def close(self) -> None:
        """Cancel all reads."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _read_all(self, seller_handle: str) -> None:
        """Read until no request about the seller is left."""
        try:
            while requests := self._requests[seller_handle]:
                self._requests[seller_handle] = []
                await self._answer(seller_handle, requests)
                if len(requests) >= _CROWD:
                    # More will follow, and a read for every few of them would take longer.
                    await asyncio.sleep(_CROWD_PAUSE_SECONDS)
        finally:
            del self._requests[seller_handle]

    async def _answer(self, seller_handle: str, requests: Sequence[_Request]) -> None:
        while requests := [each for each in requests if not each.answer.done()]:
            start = min(request.start for request in requests)
            try:
                async with self._reads:
                    page = await self._changed_since(
                        seller_handle, since=start, limit=MOST_REPLAYED, after=None
                    )
            except Exception as error:
                for request in requests:
                    if not request.answer.done():
                        request.answer.set_exception(error)
                return
            # If the page was too small, requests with a later start may still fit: read again.
            for request in requests:
                if not request.answer.done() and (not page.has_more or request.start == start):
                    request.answer.set_result(
                        None if page.has_more else _later(page, request.start)
                    )


def _later(page: Page, start: str) -> Changes:
    return tuple(product for product in page.products if product.updated_at > start)
