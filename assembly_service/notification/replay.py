"""Reads what a subscriber missed: the recent changes of a seller."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from assembly_service.domain.product import Announcement, Product
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.notification.rooms import EncodedPush, Push, ResyncReason, encode, resync
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import ClientMetrics
from assembly_service.shop.recent_changes import ChangedSince
from assembly_service.shop.shared_reads import SharedReads
from assembly_service.storage.catalogue import start_of_changes

MOST_REPLAYED = 200
_THE_BEGINNING = "1970-01-01T00:00:00.000Z"


class ReplayResult(StrEnum):
    """What a client that comes back is sent first."""

    NOTHING = "nothing"
    REPLAYED = "replayed"
    RESYNC = "resync"


@dataclass(frozen=True, slots=True)
class Replayed:
    """The events of a replay: one for each product, or, if it is not whole, one to reload."""

    pushes: Sequence[EncodedPush]
    is_whole: bool

    @property
    def result(self) -> ReplayResult:
        """What kind of replay this is."""
        if not self.is_whole:
            return ReplayResult.RESYNC
        return ReplayResult.REPLAYED if self.pushes else ReplayResult.NOTHING


class Replay:
    """Reads the changes of sellers.

    Clients that return to one seller together share a read, and its events, encoded once: their
    `timestamp` is the time just before the read.
    """

    def __init__(
        self,
        *,
        changed_since: ChangedSince,
        allowance_seconds: float,
        clock: Clock,
        metrics: ClientMetrics,
    ) -> None:
        self._changed_since = changed_since
        self._allowance_seconds = allowance_seconds
        self._clock = clock
        self._reads = SharedReads(self._read)
        self._results = {result: metrics.replays.labels(result.value) for result in ReplayResult}

    async def of(self, seller_handle: str, since: str) -> Replayed:
        """Return all changes after `since` less the allowance, unless there are too many.

        A `since` that is ahead of the clock by more than the allowance says nothing of what its
        client has seen: an instance whose clock was wrong gave it. Then all changes count.

        Raises what the read raises.
        """
        if to_milliseconds(since) > self._clock() + self._allowance_seconds * 1000:
            since = _THE_BEGINNING
        start = start_of_changes(since, allowance_seconds=self._allowance_seconds)
        replayed = await self._reads.request(seller_handle, start)
        self._results[replayed.result].inc()
        return replayed

    async def close(self) -> None:
        """Cancel all reads."""
        await self._reads.close()

    async def _read(self, seller_handle: str, starts: Sequence[str]) -> Sequence[Replayed]:
        found: dict[str, Replayed] = {}
        left = sorted(set(starts))
        while left:
            timestamp = format_milliseconds(self._clock())
            page = await self._changed_since(
                seller_handle, since=left[0], limit=MOST_REPLAYED, after=None
            )
            if page.has_more:
                # The page was too small; the changes after a later start may still fit.
                reload = encode(resync(seller_handle, ResyncReason.TOO_MANY_CHANGES, timestamp))
                found[left.pop(0)] = Replayed([reload], is_whole=False)
                continue
            pushes = [(each.updated_at, _push(each, timestamp)) for each in page.products]
            for start in left:
                later = [push for updated_at, push in pushes if updated_at > start]
                found[start] = Replayed(later, is_whole=True)
            break
        return [found[start] for start in starts]


def _push(product: Product, timestamp: str) -> EncodedPush:
    announcement = Announcement(product=product, correlation_id="")
    return encode(
        Push(
            event=announcement.event_type.value,
            seller_handle=product.key.seller_handle,
            payload=announcement.payload(timestamp),
        )
    )
