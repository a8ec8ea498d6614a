"""Puts many rows into the products table, faster than any client library."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from itertools import islice

import aiohttp
import orjson

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.storage.rows import product_to_item
from bench.errors import BenchFailed
from bench.loads.products import make_product
from bench.local_aws import Account

_ROWS_PER_CALL = 25
_CALLS_AT_ONCE = 8
_SELLER, _VIDEO, _INSTANT = "the-seller", "the-video", 0


@dataclass(frozen=True, slots=True)
class Row:
    """A product that was last written at `updated_at`, in milliseconds.

    It has 2.6 KB, or if `bare` only what table and index need, for rows that are never read. Its
    content is that of a sample: rows of one sample compress better than those of a shop.
    """

    seller_handle: str
    video_id: str
    updated_at: int
    bare: bool = False
    sample: int = 0

    def text(self) -> str:
        """The request to put the row, in DynamoDB's JSON."""
        return (
            _template(self.bare, self.sample)
            .replace(_SELLER, self.seller_handle)
            .replace(_VIDEO, self.video_id)
            .replace(format_milliseconds(_INSTANT), format_milliseconds(self.updated_at))
        )


async def put(account: Account, rows: Iterable[Row]) -> None:
    """Write all rows. Raises BenchFailed if the local AWS refuses one."""
    waiting = iter(rows)
    async with aiohttp.ClientSession() as session:
        while parts := [part for _ in range(_CALLS_AT_ONCE) if (part := _part(waiting))]:
            await asyncio.gather(*(_write(session, account, part) for part in parts))


@cache
def _template(bare: bool, sample: int) -> str:
    product = make_product(_SELLER, _VIDEO, updated_at=_INSTANT, sample=sample)
    item = product_to_item(product)
    if bare:
        item = {name: item[name] for name in ("seller_handle", "video_id", "updated_at")}
    return orjson.dumps({"PutRequest": {"Item": item}}).decode()


def _part(rows: Iterable[Row]) -> list[str]:
    return [row.text() for row in islice(rows, _ROWS_PER_CALL)]


async def _write(session: aiohttp.ClientSession, account: Account, rows: list[str]) -> None:
    table = account.environment["DYNAMODB_PRODUCTS_TABLE"]
    user = account.environment["AWS_ACCESS_KEY_ID"]
    headers = {
        "X-Amz-Target": "DynamoDB_20120810.BatchWriteItem",
        "Content-Type": "application/x-amz-json-1.0",
        # The local AWS takes the account from it and ignores the signature.
        "Authorization": f"AWS4-HMAC-SHA256 Credential={user}/20260101/us-east-1/dynamodb/"
        "aws4_request, SignedHeaders=host, Signature=0",
    }
    body = f'{{"RequestItems":{{"{table}":[{",".join(rows)}]}}}}'
    url = account.environment["AWS_ENDPOINT_URL"]
    async with session.post(url, headers=headers, data=body.encode()) as answer:
        said = orjson.loads(await answer.read())
        if answer.status != 200 or said.get("UnprocessedItems"):
            raise BenchFailed(f"The local AWS refused rows of products: {said}.")
