"""Announcing products again, by the same rules as the pipeline."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable
from dataclasses import dataclass, field

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.decision_input import DecisionInput
from assembly_service.domain.plan import Plan
from assembly_service.domain.product import Announcement, HalfKind, Product, ProductKey
from assembly_service.domain.timestamps import to_milliseconds
from assembly_service.pipeline.collaborators import Announce
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.retry import Backoff
from assembly_service.storage.assembly_tables import AssemblyTables, StoredState
from assembly_service.storage.catalogue import Catalogue
from assembly_service.storage.conditional_writes import WriteResult

KEYS_AT_ONCE = 50
_RETRY_SECONDS = 20


@dataclass(kw_only=True)
class Announced:
    """What was announced. `absent` have no product; the half that is missing, None without any.

    `failed` could not be announced. `stamped`: so many rows got a new `updated_at` first.
    """

    told: set[ProductKey] = field(default_factory=set)
    absent: dict[ProductKey, HalfKind | None] = field(default_factory=dict)
    failed: set[ProductKey] = field(default_factory=set)
    stamped: int = 0


class Announcing:
    """Announces rows as they stand. One that is too old for pollers is stamped anew first."""

    def __init__(
        self,
        *,
        tables: AssemblyTables,
        announce: Announce,
        rules: AssemblyRules,
        clock: Clock,
        correlation_id: str,
    ) -> None:
        self.result = Announced()
        self._tables = tables
        self._announce = announce
        self._rules = rules
        self._clock = clock
        self._correlation_id = correlation_id

    async def announce(self, keys: Collection[ProductKey]) -> None:
        """Announce the products of these keys, with patience; `result` grows by them.

        Raises the client's error if the tables cannot be read.
        """
        backoff = Backoff(window=_RETRY_SECONDS)
        waiting = set(keys)
        while waiting:
            waiting -= await self._round(waiting)
            if waiting and not await backoff.pause(asyncio.Event()):
                break
        self.result.failed |= waiting

    async def _round(self, keys: Iterable[ProductKey]) -> set[ProductKey]:
        """Look, decide, write, announce; returns the keys that are done with."""
        seen = await self._tables.look(list(keys))
        absent = {key for key, stored in seen.items() if stored.product is None}
        self.result.absent |= {key: _missing(seen[key]) for key in absent}
        now = self._clock()
        plans = [
            self._rules.decide(_owed(stored.product), now=now, version="")
            for stored in seen.values()
            if stored.product is not None
        ]
        told = await self._tell([product for product in await self._written(plans) if product])
        self.result.told |= told
        return absent | told

    async def _written(self, plans: Iterable[Plan]) -> list[Product | None]:
        """The products to announce; a lost write leaves its own to the next look."""
        stamping = [(plan, plan.write) for plan in plans if plan.write is not None]
        verdicts = await self._tables.write([write for _, write in stamping])
        self.result.stamped += verdicts.count(WriteResult.APPLIED)
        return [plan.announce for plan in plans if plan.write is None] + [
            plan.announce
            for (plan, _), verdict in zip(stamping, verdicts, strict=True)
            if verdict is WriteResult.APPLIED
        ]

    async def _tell(self, products: Iterable[Product]) -> set[ProductKey]:
        now, allowance = self._clock(), self._rules.commit_allowance
        announcing = [
            Announcement(product, self._correlation_id)
            for product in products
            # A write may have taken so long that pollers have gone past its stamp.
            if now - to_milliseconds(product.updated_at) < allowance
        ]
        if not announcing:
            return set()
        failed = await self._announce(announcing)
        return {announcement.product.key for announcement in announcing} - failed.keys()


async def keys_of_seller(
    catalogue: Catalogue, seller_handle: str
) -> AsyncIterator[list[ProductKey]]:
    """The keys of all of a seller's products, a page at a time, newest video first."""
    after: str | None = None
    while True:
        page = await catalogue.newest(seller_handle, limit=KEYS_AT_ONCE, after=after)
        yield [product.key for product in page.products]
        if not page.has_more or page.last is None:
            return
        after = page.last.video_id


def _owed(product: Product) -> DecisionInput:
    """The situation in which the rules find that a product's announcement is owed."""
    return DecisionInput(arrivals={}, product=product, redelivered=True)


def _missing(stored: StoredState) -> HalfKind | None:
    return stored.staged.half.kind.other if stored.staged is not None else None
