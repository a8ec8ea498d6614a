"""A peer: lists products with plain aioboto3, `TypeDeserializer` and `json`, on aiohttp."""

import asyncio
import json
import os
import sys
from decimal import Decimal
from typing import Any

import aioboto3
import uvloop
from aiohttp import web
from boto3.dynamodb.types import TypeDeserializer

_INTERNAL = {"caption_timestamp", "thumbnail_timestamp"}


class Shop:
    """The one route."""

    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb
        self._deserializer = TypeDeserializer()

    async def products(self, request: web.Request) -> web.Response:
        """The newest products of a seller, 20 by default."""
        seller = request.match_info["handle"]
        answer = await self._dynamodb.query(
            TableName=os.environ["DYNAMODB_PRODUCTS_TABLE"],
            ConsistentRead=True,
            ScanIndexForward=False,
            Limit=int(request.query.get("limit", 20)),
            KeyConditionExpression="seller_handle = :seller",
            ExpressionAttributeValues={":seller": {"S": seller}},
        )
        products = [self._product(item) for item in answer["Items"]]
        body = {"products": products, "pagination": {"count": len(products)}}
        return web.Response(text=json.dumps(body, default=_number), content_type="application/json")

    def _product(self, item: dict[str, Any]) -> dict[str, Any]:
        return {
            name: self._deserializer.deserialize(value)
            for name, value in item.items()
            if name not in _INTERNAL
        }


def _number(value: object) -> float:
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{type(value).__name__} is not a JSON value")


async def main() -> None:
    """Serve until SIGTERM."""
    async with aioboto3.Session().client(
        "dynamodb",
        region_name=os.environ["AWS_REGION"],
        endpoint_url=os.environ["AWS_ENDPOINT_URL"],
    ) as dynamodb:
        application = web.Application()
        application.add_routes([web.get("/api/v1/shop/{handle}/products", Shop(dynamodb).products)])
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        sys.stdout.write(json.dumps({"event": "service_started", "url": url}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
