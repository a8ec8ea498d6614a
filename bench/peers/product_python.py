"""A peer: the pipeline as a careful programmer writes it on plain aioboto3 and python-socketio.

Each half is one UpdateItem in the staging table, whose answer shows whether the other half is
there; the product is put only if absent, shown, and then the staging record is deleted.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import aioboto3
import orjson
import socketio
import uvloop
from aiohttp import web
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError

from bench.peers.calls import Calls
from bench.peers.product_events import CaptionParsed, ThumbnailGenerated

_NAMESPACE = "/products"
_PRODUCTS = os.environ["DYNAMODB_PRODUCTS_TABLE"]
_STAGING = os.environ["DYNAMODB_STAGING_TABLE"]
_STAGED_SECONDS = 8 * 86_400
_POLLERS_PER_QUEUE = 2
_QUEUES: tuple[tuple[str, type[CaptionParsed | ThumbnailGenerated], str], ...] = (
    (os.environ["SQS_CAPTION_ANALYSIS_QUEUE_URL"], CaptionParsed, "caption_data"),
    (os.environ["SQS_THUMBNAIL_GENERATION_QUEUE_URL"], ThumbnailGenerated, "thumbnail_data"),
)
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize


class _Json:
    """The JSON encoder for python-socketio: DynamoDB's numbers are Decimals."""

    @staticmethod
    def dumps(value: Any, **_: object) -> str:
        return orjson.dumps(value, default=float).decode()

    loads = staticmethod(orjson.loads)


class _Pipeline:
    def __init__(self, *, sqs: Any, dynamodb: Any, server: socketio.AsyncServer) -> None:
        self._sqs = sqs
        self._dynamodb = dynamodb
        self._server = server

    async def consume(
        self, url: str, model: type[CaptionParsed | ThumbnailGenerated], attribute: str
    ) -> None:
        """Receive and acknowledge forever."""
        while True:
            answer = await self._sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=5,
                VisibilityTimeout=60,
                MessageSystemAttributeNames=["ApproximateReceiveCount", "SentTimestamp"],
                MessageAttributeNames=["All"],
            )
            messages = answer.get("Messages", [])
            handled = await asyncio.gather(
                *(self._handle(message, model, attribute) for message in messages),
                return_exceptions=True,
            )
            for failure in filter(None, handled):
                _log("message_failed", level="error", reason=repr(failure))
            done = [m for m, failure in zip(messages, handled, strict=True) if failure is None]
            if done:
                await self._sqs.delete_message_batch(
                    QueueUrl=url,
                    Entries=[
                        {"Id": str(number), "ReceiptHandle": message["ReceiptHandle"]}
                        for number, message in enumerate(done)
                    ],
                )

    async def _handle(
        self,
        message: Mapping[str, Any],
        model: type[CaptionParsed | ThumbnailGenerated],
        attribute: str,
    ) -> None:
        event = json.loads(message["Body"], parse_float=Decimal, parse_int=Decimal)
        half = model.model_validate(event).model_dump(exclude_unset=True)
        key = {name: half[name] for name in ("video_id", "seller_handle")}
        staged = await self._stage(key, half, attribute)
        complete = "caption_data" in staged and "thumbnail_data" in staged
        if complete:
            await self._assemble(key, staged)
        outcome = "assembled" if complete else "staged"
        _log("message_handled", outcome=outcome, message_id=message["MessageId"], **key)

    async def _stage(
        self, key: dict[str, str], half: dict[str, Any], attribute: str
    ) -> dict[str, Any]:
        """Write one half. Returns the record afterwards."""
        now = datetime.now(UTC)
        answer = await self._dynamodb.update_item(
            TableName=_STAGING,
            Key=_item(key),
            UpdateExpression=f"SET {attribute} = :half, updated_at = :now, #ttl = :ttl, "
            "created_at = if_not_exists(created_at, :now)",
            ExpressionAttributeNames={"#ttl": "ttl"},
            ExpressionAttributeValues=_item(
                {
                    ":half": half,
                    ":now": now.isoformat(),
                    ":ttl": int(now.timestamp()) + _STAGED_SECONDS,
                }
            ),
            ReturnValues="ALL_NEW",
        )
        return {name: _deserialize(value) for name, value in answer["Attributes"].items()}

    async def _assemble(self, key: dict[str, str], staged: dict[str, Any]) -> None:
        caption, thumbnails = staged["caption_data"], staged["thumbnail_data"]
        stamps = {
            "caption_timestamp": caption.pop("timestamp"),
            "thumbnail_timestamp": thumbnails.pop("timestamp"),
        }
        now = datetime.now(UTC).isoformat()
        product = {**caption, **thumbnails, "created_at": now, "updated_at": now}
        try:
            await self._dynamodb.put_item(
                TableName=_PRODUCTS,
                Item=_item(product | stamps),
                ConditionExpression="attribute_not_exists(video_id)",
            )
        except ClientError as error:
            # It exists already, but may not have been shown.
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
        event = {"event_type": "new_product", "product": product, "timestamp": now}
        room = key["seller_handle"]
        await self._server.emit("new_product", event, room=room, namespace=_NAMESPACE)
        await self._dynamodb.delete_item(TableName=_STAGING, Key=_item(key))


def _item(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _serialize(value) for name, value in values.items()}


def _log(event: str, *, level: str = "info", **values: object) -> None:
    stamp = datetime.now(UTC).isoformat()
    line = {"event": event, "level": level, "timestamp": stamp, **values}
    print(orjson.dumps(line).decode(), flush=True)  # noqa: T201 - its log


def _socketio_server() -> socketio.AsyncServer:
    server = socketio.AsyncServer(async_mode="aiohttp", json=_Json)

    async def connect(_sid: str, _environ: Mapping[str, Any]) -> None:
        """Accept every connection."""

    async def subscribe(sid: str, wanted: Mapping[str, str]) -> None:
        await server.enter_room(sid, wanted["seller_handle"], namespace=_NAMESPACE)
        await server.emit("subscribed", dict(wanted), to=sid, namespace=_NAMESPACE)

    server.on("connect", connect, namespace=_NAMESPACE)
    server.on("subscribe_to_seller", subscribe, namespace=_NAMESPACE)
    return server


async def main() -> None:
    """Work until ended."""
    server, application, calls = _socketio_server(), web.Application(), Calls()
    server.attach(application)
    application.router.add_get("/metrics", calls.show)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
    session = aioboto3.Session(region_name=os.environ["AWS_REGION"])
    async with (
        session.client("sqs") as sqs,
        session.client("dynamodb") as dynamodb,
        asyncio.TaskGroup() as tasks,
    ):
        for client in (sqs, dynamodb):
            calls.count(client)
        pipeline = _Pipeline(sqs=sqs, dynamodb=dynamodb, server=server)
        for queue in _QUEUES * _POLLERS_PER_QUEUE:
            tasks.create_task(pipeline.consume(*queue))
        _log("service_started", url=f"http://127.0.0.1:{runner.addresses[0][1]}")


if __name__ == "__main__":
    uvloop.run(main())
