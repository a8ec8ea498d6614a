"""Announces products again, by the same rules as the pipeline."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.decision_input import DecisionInput
from assembly_service.domain.plan import Plan
from assembly_service.domain.product import Announcement, HalfKind, Product, ProductKey
from assembly_service.domain.timestamps import to_milliseconds
from assembly_service.pipeline.collaborators import Announce
from assembly_service.runtime.chunks import chunks
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.retry import Backoff
from assembly_service.storage.assembly_tables import AssemblyTables, StoredState
from assembly_service.storage.catalogue import Catalogue
from assembly_service.storage.conditional_writes import WriteResult

_KEYS_AT_ONCE = 50
_RETRY_SECONDS = 20


@dataclass(kw_only=True)
class Reannounced:
    """The outcome. `without_product` has the half that is missing, or None if both are.

    `stamped` counts the rows that were given a new `updated_at` first.
    """

    announced: set[ProductKey] = field(default_factory=set)
    without_product: dict[ProductKey, HalfKind | None] = field(default_factory=dict)
    failed: set[ProductKey] = field(default_factory=set)
    stamped: int = 0


class Reannouncer:
    """Announces products as they are stored; one too old for polling clients is restamped first."""

    def __init__(
        self,
        *,
        tables: AssemblyTables,
        announce: Announce,
        rules: AssemblyRules,
        clock: Clock,
        correlation_id: str,
    ) -> None:
        self.result = Reannounced()
        self._tables = tables
        self._announce = announce
        self._rules = rules
        self._clock = clock
        self._correlation_id = correlation_id

    async def announce(self, keys: Collection[ProductKey]) -> None:
        """Announce the products of these keys and add them to `result`; retries for 20 s.

        Raises the client's error if the tables cannot be read.
        """
        backoff = Backoff(window=_RETRY_SECONDS)
        waiting = set(keys)
        while waiting:
            waiting -= await self._round(waiting)
            if waiting and not await backoff.pause(asyncio.Event()):
                break
        self.result.failed |= waiting

    async def preview(self, keys: Collection[ProductKey]) -> None:
        """Add to `result` what announcing them would do; nothing is written or announced.

        Raises the client's error if the tables cannot be read.
        """
        plans, without_product = await self._plan(keys)
        self.result.announced |= plans.keys()
        self.result.stamped += sum(plan.write is not None for plan in plans.values())
        self.result.failed |= set(keys) - plans.keys() - without_product

    async def _round(self, keys: Iterable[ProductKey]) -> set[ProductKey]:
        """Look, decide, write, announce. Returns the keys that are finished."""
        plans, without_product = await self._plan(keys)
        products = [product for product in await self._write(plans.values()) if product]
        announced = await self._announce_fresh(products)
        self.result.announced |= announced
        return without_product | announced

    async def _plan(
        self, keys: Iterable[ProductKey]
    ) -> tuple[dict[ProductKey, Plan], set[ProductKey]]:
        """Look and decide. Returns the plans, and the keys without a product."""
        stored_states = await self._tables.look(list(keys))
        without_product = {
            key: _missing(stored) for key, stored in stored_states.items() if stored.product is None
        }
        self.result.without_product |= without_product
        now = self._clock()
        plans = {
            key: self._rules.decide(_owed(stored.product), now=now, version="")
            for key, stored in stored_states.items()
            if stored.product is not None
        }
        return plans, set(without_product)

    async def _write(self, plans: Iterable[Plan]) -> list[Product | None]:
        """Return the products to announce. Those whose write failed wait for the next round."""
        stamping = [(plan, plan.write) for plan in plans if plan.write is not None]
        verdicts = await self._tables.write([write for _, write in stamping])
        self.result.stamped += verdicts.count(WriteResult.APPLIED)
        return [plan.announce for plan in plans if plan.write is None] + [
            plan.announce
            for (plan, _), verdict in zip(stamping, verdicts, strict=True)
            if verdict is WriteResult.APPLIED
        ]

    async def _announce_fresh(self, products: Iterable[Product]) -> set[ProductKey]:
        now, allowance = self._clock(), self._rules.commit_allowance
        announcing = [
            Announcement(product, self._correlation_id)
            for product in products
            # A write may take so long that polling clients are already past its timestamp.
            if now - to_milliseconds(product.updated_at) < allowance
        ]
        if not announcing:
            return set()
        failed = await self._announce(announcing)
        return {announcement.product.key for announcement in announcing} - failed.keys()


async def keys_of(
    catalogue: Catalogue, seller_handle: str, video_ids: Sequence[str]
) -> AsyncIterator[Sequence[ProductKey]]:
    """Yield the keys of these videos, or of all the seller's products, newest video first."""
    if not video_ids:
        async for page in _keys_of_all(catalogue, seller_handle):
            yield page
        return
    named = dict.fromkeys(ProductKey(seller_handle, video_id) for video_id in video_ids)
    for part in chunks(list(named), _KEYS_AT_ONCE):
        yield part


async def _keys_of_all(catalogue: Catalogue, seller_handle: str) -> AsyncIterator[list[ProductKey]]:
    after: str | None = None
    while True:
        page = await catalogue.newest(seller_handle, limit=_KEYS_AT_ONCE, after=after)
        yield [product.key for product in page.products]
        if not page.has_more or page.last is None:
            return
        after = page.last.video_id


def _owed(product: Product) -> DecisionInput:
    """Return the decision input for which the rules announce the product again."""
    return DecisionInput(arrivals={}, product=product, redelivered=True)


def _missing(stored: StoredState) -> HalfKind | None:
    return stored.staged.half.kind.other if stored.staged is not None else None
