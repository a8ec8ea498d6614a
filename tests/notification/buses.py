"""Instances on a bus, and what others publish there."""

import json
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

import redis.asyncio

from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Announcement
from tests.notification.support import (
    PRODUCTS_TABLE_ARN,
    Instance,
    plain_settings,
    product,
    running_instance,
)

CHANNEL = f"assembly-service:{PRODUCTS_TABLE_ARN}"
OTHER_ARN = PRODUCTS_TABLE_ARN.replace("products", "staging-products")


def on_the_bus(
    url: str, *, products_table_arn: str = PRODUCTS_TABLE_ARN, **settings: Any
) -> AbstractAsyncContextManager[Instance]:
    """A running instance of the deployment of that table."""
    return running_instance(
        settings=plain_settings(socketio_redis_url=url, **settings),
        products_table_arn=products_table_arn,
    )


def payload_of(video_id: str, /, **changes: Value) -> dict[str, Value]:
    """Return the event of a new product as clients receive it, with changes."""
    announcement = Announcement(product=product(video_id), correlation_id="")
    payload = announcement.payload("2026-11-18T06:00:00.000Z")
    return {**payload, "product": {**payload["product"], **changes}}


def old_message(payload: Value, **changes: Value) -> dict[str, Value]:
    """Return what the previous release publishes, with some of it changed."""
    return {
        "method": "emit",
        "event": "new_product",
        "data": [payload],
        "binary": False,
        "namespace": "/products",
        "room": "amani",
        "skip_sid": None,
        "callback": None,
        "host_id": "another",
        **changes,
    }


async def publish(url: str, channel: str, message: Mapping[str, Value]) -> None:
    """Publish a message as anyone who reaches the server can."""
    async with redis.asyncio.Redis.from_url(url) as anyone:
        await anyone.publish(channel, json.dumps(message))
