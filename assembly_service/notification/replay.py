"""What a client missed, read from the table: the products of a seller that changed of late."""

import asyncio

from assembly_service.domain.product import Product
from assembly_service.storage.catalogue import start_of_changes
from assembly_service.storage.recent_changes import ChangedSince

MOST_REPLAYED = 200
_READS_AT_ONCE = 8


class Replay:
    """Reads replays, a few at a time: when a server restarts, all its clients ask at once."""

    def __init__(self, *, changed_since: ChangedSince, allowance_seconds: float) -> None:
        self._changed_since = changed_since
        self._allowance_seconds = allowance_seconds
        self._reads = asyncio.Semaphore(_READS_AT_ONCE)

    async def of(self, seller_handle: str, since: str) -> tuple[Product, ...] | None:
        """Everything that changed after `since` less the allowance; None if that is too much.

        Raises what the table raises.
        """
        start = start_of_changes(since, allowance_seconds=self._allowance_seconds)
        async with self._reads:
            page = await self._changed_since(
                seller_handle, since=start, limit=MOST_REPLAYED, after=None
            )
        return None if page.has_more else page.products
