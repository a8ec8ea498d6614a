"""Announces a seller's products again for a call, or says what would be announced."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assembly_service.domain.exact_json import Value
from assembly_service.operations.announcing import Reannounced, Reannouncer, keys_of
from assembly_service.storage.catalogue import Catalogue

_MOST_PRODUCTS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcing:
    """What announcing needs: where the products are, and a new announcer for each call."""

    catalogue: Catalogue
    new_reannouncer: Callable[[], Reannouncer]

    async def announce(
        self, seller_handle: str, video_ids: Sequence[str], *, preview: bool
    ) -> tuple[Reannounced, bool]:
        """Announce these products or, without ids, about the seller's thousand newest.

        Returns the outcome, and whether these were all. Raises the client's errors.
        """
        reannouncer = self.new_reannouncer()
        handled = 0
        async for keys in keys_of(self.catalogue, seller_handle, video_ids):
            if handled >= _MOST_PRODUCTS:
                return reannouncer.result, False
            await (reannouncer.preview(keys) if preview else reannouncer.announce(keys))
            handled += len(keys)
        return reannouncer.result, True


def as_json(result: Reannounced, *, complete: bool) -> dict[str, Value]:
    """Return the outcome as data."""
    return {
        "announced": len(result.announced),
        "stamped": result.stamped,
        "failed": len(result.failed),
        "absent": [
            {"videoId": key.video_id, "missing": None if missing is None else missing.value}
            for key, missing in result.without_product.items()
        ],
        "complete": complete,
    }
