"""Reads what a subscriber missed: the recent changes of a seller."""

from collections.abc import Iterator, Sequence

from assembly_service.domain.product import Announcement, Product
from assembly_service.notification.rooms import EncodedPush, Push, ResyncReason, encode, resync
from assembly_service.shop.recent_changes import ChangedSince
from assembly_service.shop.shared_reads import SharedReads
from assembly_service.storage.catalogue import Page, start_of_changes

MOST_REPLAYED = 200

Changes = tuple[Product, ...]


class Replay:
    """Reads the changes of sellers. Clients that return to one seller together share a read."""

    def __init__(self, *, changed_since: ChangedSince, allowance_seconds: float) -> None:
        self._changed_since = changed_since
        self._allowance_seconds = allowance_seconds
        self._reads = SharedReads(self._read)

    async def of(self, seller_handle: str, since: str) -> Changes | None:
        """Return all changes after `since` less the allowance; None if there are too many.

        Raises what the read raises.
        """
        start = start_of_changes(since, allowance_seconds=self._allowance_seconds)
        return await self._reads.request(seller_handle, start)

    async def close(self) -> None:
        """Cancel all reads."""
        await self._reads.close()

    async def _read(self, seller_handle: str, starts: Sequence[str]) -> Sequence[Changes | None]:
        found: dict[str, Changes | None] = {}
        left = sorted(set(starts))
        while left:
            page = await self._changed_since(
                seller_handle, since=left[0], limit=MOST_REPLAYED, after=None
            )
            if not page.has_more:
                found |= {start: _later(page, start) for start in left}
                break
            # The page was too small; the changes after a later start may still fit.
            found[left.pop(0)] = None
        return [found[start] for start in starts]


def replayed(seller_handle: str, changes: Changes | None, timestamp: str) -> Iterator[EncodedPush]:
    """Yield the events of a replay: one for each product, or one that asks to reload."""
    if changes is None:
        yield encode(resync(seller_handle, ResyncReason.TOO_MANY_CHANGES, timestamp))
        return
    for product in changes:
        announcement = Announcement(product=product, correlation_id="")
        yield encode(
            Push(
                event=announcement.event_type.value,
                seller_handle=seller_handle,
                payload=announcement.payload(timestamp),
            )
        )


def _later(page: Page, start: str) -> Changes:
    return tuple(product for product in page.products if product.updated_at > start)
