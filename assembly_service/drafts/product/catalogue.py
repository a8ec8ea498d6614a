"""Reads the records table: products with their targets, and which codes are taken."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, get_args

from assembly_service.drafts.engine.numbers import Numbers
from assembly_service.drafts.engine.transactions import retry_conflicts
from assembly_service.drafts.product.records import (
    COUNTERS,
    CodeScope,
    ProductWithTarget,
    guard_key,
    guid_in,
    is_target,
    pairs,
    pointer_key,
    product_key,
    target_key,
)
from assembly_service.storage.attribute_values import Item

_READS = 6
_ROWS_A_PAGE = 100
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which page of products: at most `limit`, older than the one with the guid `after`.

    They have every value in `fits`, and the `code`, if there is one.
    """

    limit: int
    after: str | None
    fits: Mapping[str, int]
    code: str | None


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of products, newest first; the next one starts after the guid `last`, if any."""

    products: list[ProductWithTarget]
    last: str | None


class ProductCatalogue:
    """Reads products. `client` may retry calls."""

    def __init__(self, *, client: Any, table: str, code_scope: CodeScope) -> None:
        self._client = client
        self._table = table
        self._code_scope: CodeScope = code_scope
        self._numbers = Numbers(
            client=client, table=table, key=COUNTERS, counters=("products", "targets")
        )

    async def has_code(self, organization: str, code: str) -> bool:
        """Whether a product of any status has the code now. Does not reserve it."""
        return "Item" in await self._get(guard_key(organization, self._code_scope, code))

    async def with_code(self, organization: str, code: str, wanted: Wanted) -> Listing:
        """Return an organisation's products with the code, whatever scope it was taken in."""
        found: dict[str, ProductWithTarget] = {}
        for scope in get_args(CodeScope):
            answer = await self._get(guard_key(organization, scope, code))
            if "Item" not in answer:
                continue
            pair = await self.product(organization, answer["Item"]["product_guid"]["S"])
            # The code may have been released since, or belong to another organisation.
            if pair is not None and pair.code == code and pair.fits(wanted.fits):
                found[pair.guid] = pair
        newest = [
            found[guid]
            for guid in sorted(found, reverse=True)
            if wanted.after is None or guid < wanted.after
        ]
        page = newest[: wanted.limit]
        return Listing(page, page[-1].guid if len(newest) > len(page) else None)

    async def draw_numbers(self) -> tuple[int, int]:
        """Return unused numbers of a product and a target. Those not used leave gaps."""
        product_number, target_number = await self._numbers.draw()
        return product_number, target_number

    async def product(self, organization: str, guid: str) -> ProductWithTarget | None:
        """Return a product and its target, read in one transaction."""
        keys = [product_key(organization, guid), target_key(organization, guid)]
        gets = [{"Get": {"TableName": self._table, "Key": key}} for key in keys]
        read = partial(self._client.transact_get_items, TransactItems=gets)
        answer = await retry_conflicts(read, attempts=_READS)
        found = [each["Item"] for each in answer["Responses"] if each.get("Item")]
        return next(iter(pairs(found)), None)

    async def product_of_target(self, organization: str, target_guid: str) -> str | None:
        """Return the guid of the product that a target belongs to."""
        answer = await self._get(pointer_key(organization, target_guid))
        guid: str | None = answer["Item"]["productGuid"]["S"] if "Item" in answer else None
        return guid

    async def newest(
        self, organization: str, *, limit: int, after: str | None, fits: Mapping[str, int]
    ) -> Listing:
        """Return at most `limit` products of an organisation that have every value in `fits`.

        Where few fit, a page may be short although there are more.
        """
        found: list[ProductWithTarget] = []
        rows: list[Item] = []
        start = product_key(organization, after) if after else None
        pages_left = _MOST_PAGES
        while True:
            # Where only some fit, read more at a time.
            rows_wanted = _ROWS_A_PAGE if fits else 2 * limit + 2
            answer = await self._page(organization, start, rows_wanted)
            # A page may separate a product from its target.
            rows = [*rows[-1:], *answer["Items"]]
            found += [pair for pair in pairs(rows) if pair.fits(fits)]
            if len(found) > limit:
                return Listing(found[:limit], found[limit - 1].guid)
            start = answer.get("LastEvaluatedKey")
            if start is None:
                return Listing(found, None)
            # A target comes before its product: continuing after it would skip the product.
            pages_left -= 1
            products = [row for row in rows if not is_target(row)]
            if pages_left <= 0 and products:
                return Listing(found, guid_in(products[-1]))

    async def _get(self, key: Item) -> dict[str, Any]:
        answer: dict[str, Any] = await self._client.get_item(
            TableName=self._table, Key=key, ConsistentRead=True
        )
        return answer

    async def _page(self, organization: str, start: Item | None, limit: int) -> dict[str, Any]:
        request: dict[str, Any] = {
            "TableName": self._table,
            "KeyConditionExpression": "pk = :organization AND begins_with(sk, :product)",
            "ExpressionAttributeValues": {
                ":organization": {"S": f"ORG#{organization}"},
                ":product": {"S": "PRODUCT#"},
            },
            "ScanIndexForward": False,
            "ConsistentRead": True,
            "Limit": limit,
        }
        if start is not None:
            request["ExclusiveStartKey"] = start
        answer: dict[str, Any] = await self._client.query(**request)
        return answer
