"""Reads and writes the products table and the staging table together."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of, is_throttled
from assembly_service.aws.paging import pages
from assembly_service.domain.plan import (
    ReplaceStaged,
    StageHalf,
    UpdateProduct,
    Write,
    WriteProduct,
)
from assembly_service.domain.product import Product, ProductKey, positions_by_seller
from assembly_service.domain.staging import StagedHalf
from assembly_service.runtime.chunks import chunks
from assembly_service.runtime.tracing import Step, database_step
from assembly_service.storage.attribute_values import Item
from assembly_service.storage.conditional_writes import (
    ConditionalWrite,
    ConditionalWriter,
    Delete,
    Insert,
    Replace,
    WriteResult,
)
from assembly_service.storage.rows import (
    AGE_FIELDS,
    StagedAge,
    UnreadableRow,
    age_from_item,
    key_item,
    key_of,
    product_from_item,
    product_to_item,
    readable,
    staged_from_item,
    staged_to_item,
)

log = structlog.get_logger()

_KEYS_PER_CALL = 50
"""BatchGetItem takes 100 keys, and each of these is read from two tables."""


@dataclass(frozen=True, slots=True)
class StoredState:
    """What the tables hold for a key, read with strong consistency."""

    product: Product | None = None
    staged: StagedHalf | None = None

    def shows(self, write: Write | None) -> bool:
        """Return whether the rows are as that write would have left them."""
        match write:
            case StageHalf(staged) | ReplaceStaged(staged, _):
                return self.staged is not None and self.staged.version == staged.version
            case WriteProduct(product) | UpdateProduct(product, _):
                return self.product == product
            case None:
                return False


class AssemblyTables:
    """The products table and the staging table. `client` makes one attempt per call."""

    def __init__(self, *, client: Any, products_table: str, staging_table: str) -> None:
        self._client = client
        self._products = products_table
        self._staging = staging_table
        self._writer = ConditionalWriter(client)

    async def look(self, keys: Collection[ProductKey]) -> dict[ProductKey, StoredState]:
        """Read both rows of every key; throttled keys are left out.

        Raises the client's error if a call fails for a reason that names no key.
        """
        return await self._look_each(chunks(list(keys), _KEYS_PER_CALL))

    async def write(self, writes: Sequence[Write]) -> list[WriteResult]:
        """Apply writes, at most one per key of a table."""
        return await self._writer.write([self._conditional(write) for write in writes])

    async def discard(self, staged: Sequence[StagedHalf]) -> list[WriteResult]:
        """Delete staging records that still have their version."""
        return await self._writer.write(
            [
                Delete(self._staging, key_item(each.half.key), "version", {"S": each.version})
                for each in staged
            ]
        )

    async def scan_staged(self) -> AsyncIterator[list[StagedHalf]]:
        """Yield the staging records page by page; unreadable ones are logged and left out."""
        scan = pages(self._client.scan, TableName=self._staging, ConsistentRead=True)
        async for page in scan:
            yield [staged for staged in map(_readable, page["Items"]) if staged is not None]

    async def staged_ages(self, *, most_pages: int) -> tuple[list[StagedAge], bool]:
        """Return the ages of the staging records in so many pages, and whether these are all.

        It costs half of what `scan_staged` does, and need not see the latest writes.
        """
        fields = ", ".join(AGE_FIELDS)
        ages: list[StagedAge] = []
        pages_left = most_pages
        async for page in pages(
            self._client.scan, TableName=self._staging, ProjectionExpression=fields
        ):
            ages += [age for age in map(_readable_age, page["Items"]) if age is not None]
            pages_left -= 1
            if not pages_left:
                return ages, "LastEvaluatedKey" not in page
        return ages, True

    async def _look_each(
        self, parts: Iterable[Sequence[ProductKey]]
    ) -> dict[ProductKey, StoredState]:
        found = await asyncio.gather(*map(self._look, parts))
        return {key: stored for part in found for key, stored in part.items()}

    async def _look(self, keys: Sequence[ProductKey]) -> dict[ProductKey, StoredState]:
        """Split a call that is throttled as a whole by seller: one alone may be the cause."""
        try:
            return await self._look_together(keys)
        except AWS_ERRORS as error:
            if not is_throttled(code_of(error)):
                raise
            log.warning("look_throttled", keys=len(keys), code=code_of(error))
        parts = positions_by_seller([key.seller_handle for key in keys])
        if len(parts) == 1:
            return {}
        return await self._look_each([keys[number] for number in part] for part in parts)

    async def _look_together(self, keys: Sequence[ProductKey]) -> dict[ProductKey, StoredState]:
        wanted = {"Keys": [key_item(key) for key in keys], "ConsistentRead": True}
        answer = await self._client.batch_get_item(
            RequestItems={self._products: wanted, self._staging: wanted}
        )
        unprocessed = {
            key_of(item)
            for left in answer.get("UnprocessedKeys", {}).values()
            for item in left["Keys"]
        }
        rows = answer["Responses"]
        products = {key_of(item): item for item in rows.get(self._products, [])}
        staged = {key_of(item): item for item in rows.get(self._staging, [])}
        return {
            key: StoredState(
                product=product_from_item(products[key]) if key in products else None,
                staged=staged_from_item(staged[key]) if key in staged else None,
            )
            for key in keys
            if key not in unprocessed
        }

    def look_step(self, _: object) -> Step:
        """Describe `look` for traces."""
        return database_step("BatchGetItem", self._products, self._staging)

    def write_step(self, write: Write) -> Step:
        """Describe `write` of one for traces."""
        match write:
            case StageHalf():
                return database_step("BatchExecuteStatement", self._staging)
            case ReplaceStaged():
                return database_step("PutItem", self._staging)
            case WriteProduct():
                return database_step("BatchExecuteStatement", self._products)
            case UpdateProduct():
                return database_step("PutItem", self._products)

    def discard_step(self, _: object) -> Step:
        """Describe `discard` for traces."""
        return database_step("BatchExecuteStatement", self._staging)

    def _conditional(self, write: Write) -> ConditionalWrite:
        match write:
            case StageHalf(staged):
                return Insert(self._staging, staged_to_item(staged))
            case ReplaceStaged(staged, version):
                return Replace(self._staging, staged_to_item(staged), "version", {"S": version})
            case WriteProduct(product):
                return Insert(self._products, product_to_item(product))
            case UpdateProduct(product, stamp):
                return Replace(self._products, product_to_item(product), "updated_at", {"S": stamp})


def _readable(item: Item) -> StagedHalf | None:
    try:
        return readable(staged_from_item(item))
    except UnreadableRow:
        log.warning("staging_record_unreadable", attributes=sorted(item))
        return None


def _readable_age(item: Item) -> StagedAge | None:
    try:
        return age_from_item(item)
    except UnreadableRow:
        # Clean-up logs it.
        return None
