"""A peer: product drafts as a careful programmer writes them on plain aiohttp and aioboto3.

A draft is a row; a step is one UpdateItem on the conditions that the draft is the caller's, open
and alive; the commit is one TransactWriteItems of guard, product, target and draft. It promises
less than the service: no events and so no outbox, no audit, no lease (a step that comes while a
commit is under way is lost, and whose answer is lost gets no other), no way back to a target by
its id, one refusal for all reasons.
"""

import asyncio
import os
import time
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import aioboto3
import jwt
import orjson
import uvloop
from aiohttp import web
from aiohttp.typedefs import Handler
from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from botocore.exceptions import ClientError
from pydantic import BaseModel, ValidationError

from bench.peers.calls import Calls
from bench.peers.draft_models import Product, Target

_DRAFTS = os.environ["DYNAMODB_DRAFTS_TABLE"]
_RECORDS = os.environ["DYNAMODB_RECORDS_TABLE"]
_SESSIONS = "/private/products/orchestrate/session"
_LIFETIME_SECONDS = 7_200
_OPEN = "user_id = :user AND organization = :org AND expires_at > :now AND #state <> :committed"
_PRIVILEGES = {2, 3}
_NEW = "attribute_not_exists(pk)"
_LOST = {"ConditionalCheckFailedException", "TransactionCanceledException"}
_serialize = TypeSerializer().serialize
_deserialize = TypeDeserializer().deserialize
Row = dict[str, Any]


class _Drafts:
    def __init__(self, dynamodb: Any) -> None:
        self._dynamodb = dynamodb

    async def create(self, request: web.Request) -> web.Response:
        now, draft_id = int(time.time()), str(uuid4())
        draft = {
            **_key(f"DRAFT#{draft_id}", "META"),
            **request["owner"],
            "sessionId": draft_id,
            "state": "initiated",
            "created_at": now,
            "expires_at": now + _LIFETIME_SECONDS,
            "ttl": now + _LIFETIME_SECONDS,
        }
        await self._dynamodb.put_item(
            TableName=_DRAFTS, Item=_item(draft), ConditionExpression=_NEW
        )
        return _answer(draft, HTTPStatus.CREATED)

    async def add_product(self, request: web.Request) -> web.Response:
        product = await _read(request, Product)
        guard = _guard(request["owner"]["organization"], product)
        answer = await self._dynamodb.get_item(
            TableName=_RECORDS, Key=_item(guard), ConsistentRead=True
        )
        if "Item" in answer:
            raise web.HTTPConflict(text="The product code is taken.")
        return await self._store(request, "product", product, "product-added", _OPEN)

    async def configure_target(self, request: web.Request) -> web.Response:
        target = await _read(request, Target)
        condition = f"{_OPEN} AND attribute_exists(product)"
        return await self._store(request, "target", target, "target-configured", condition)

    async def progress(self, request: web.Request) -> web.Response:
        draft = await self._own(request)
        can_commit = draft["state"] != "committed" and "product" in draft
        return _answer({"state": draft["state"], "canCommit": can_commit})

    async def commit(self, request: web.Request) -> web.Response:
        draft = await self._own(request)
        if "product" not in draft:
            raise web.HTTPBadRequest(text="Product data must be added before commit")
        guard, product, target = _records(draft, await self._number())
        update = {
            **_change(request, _OPEN, {}),
            "UpdateExpression": "SET #state = :committed REMOVE product, target",
        }
        puts = [
            {"Put": {"TableName": _RECORDS, "Item": _item(each), "ConditionExpression": _NEW}}
            for each in (guard, product, target)
        ]
        await self._dynamodb.transact_write_items(TransactItems=[*puts, {"Update": update}])
        made = {**product, **target}
        named = ("productCode", "productGuid", "targetGuid")
        return _answer({"success": True, **{name: made[name] for name in named}})

    async def _store(
        self, request: web.Request, name: str, part: Row, state: str, condition: str
    ) -> web.Response:
        change = _change(request, condition, {":part": part, ":state": state})
        answer = await self._dynamodb.update_item(
            **change,
            UpdateExpression=f"SET {name} = :part, #state = :state",
            ReturnValues="ALL_NEW",
        )
        return _answer(_values(answer["Attributes"]))

    async def _own(self, request: web.Request) -> Row:
        key = _key(f"DRAFT#{request.match_info['id']}", "META")
        answer = await self._dynamodb.get_item(
            TableName=_DRAFTS, Key=_item(key), ConsistentRead=True
        )
        draft = _values(answer.get("Item", {}))
        if not request["owner"].items() <= draft.items() or draft["expires_at"] <= time.time():
            raise web.HTTPNotFound
        return draft

    async def _number(self) -> int:
        answer = await self._dynamodb.update_item(
            TableName=_RECORDS,
            Key=_item(_key("COUNTERS", "PRODUCT")),
            UpdateExpression="ADD products :one",
            ExpressionAttributeValues=_item({":one": 1}),
            ReturnValues="UPDATED_NEW",
        )
        return int(answer["Attributes"]["products"]["N"])


def _change(request: web.Request, condition: str, values: Row) -> Row:
    owner = request["owner"]
    conditions = {":user": owner["user_id"], ":org": owner["organization"]}
    conditions |= {":now": int(time.time()), ":committed": "committed"}
    return {
        "TableName": _DRAFTS,
        "Key": _item(_key(f"DRAFT#{request.match_info['id']}", "META")),
        "ConditionExpression": condition,
        "ExpressionAttributeNames": {"#state": "state"},
        "ExpressionAttributeValues": _item({**conditions, **values}),
    }


def _records(draft: Row, number: int) -> list[Row]:
    """The writes of guard, product and target."""
    organization, guid, now = draft["organization"], str(uuid4()), datetime.now(UTC).isoformat()
    made = {"organization": organization, "createdBy": draft["user_id"], "createdAt": now}
    product = {"productGuid": guid, "productNumber": f"osot-prod-{number:07d}", **draft["product"]}
    target = {"targetGuid": str(uuid4()), "targetNumber": f"osot-tgt-{number:07d}"}
    target["productGuid"] = guid
    return [
        {**_guard(organization, product), "productGuid": guid},
        {**_key(f"ORG#{organization}", f"PRODUCT#{guid}"), **product, **made},
        {
            **_key(f"ORG#{organization}", f"PRODUCT#{guid}#TARGET"),
            **target,
            **draft.get("target", {}),
            **made,
        },
    ]


def _guard(organization: str, product: Row) -> Row:
    return _key(f"CODE#ORG:{organization}#{product['productCode']}", "GUARD")


def _key(pk: str, sk: str) -> Row:
    return {"pk": pk, "sk": sk}


def _item(values: Row) -> Row:
    return {name: _serialize(value) for name, value in values.items()}


def _values(item: Row) -> Row:
    return {name: _deserialize(value) for name, value in item.items()}


async def _read(request: web.Request, model: type[BaseModel]) -> Row:
    return model.model_validate_json(await request.read()).model_dump(exclude_none=True)


def _answer(body: Row, status: int = HTTPStatus.OK) -> web.Response:
    return web.Response(
        body=orjson.dumps(body, default=float), status=status, content_type="application/json"
    )


@web.middleware
async def _admit(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Require a token, answer refusals, and log a line for each call."""
    if request.path == "/metrics":
        return await handler(request)
    request["owner"] = _owner(request.headers.get("Authorization", ""))
    try:
        response = await handler(request)
    except ValidationError as error:
        raise web.HTTPBadRequest(text=str(error)) from None
    except ClientError as error:
        if error.response["Error"]["Code"] not in _LOST:
            raise
        raise web.HTTPConflict(text="The session cannot be changed now.") from None
    _log("step", path=request.path, status=response.status)
    return response


def _owner(authorization: str) -> Row:
    try:
        claims = jwt.decode(
            authorization.removeprefix("Bearer "),
            os.environ["JWT_SECRET"],
            algorithms=["HS256"],
            audience="assembly-service",
        )
        owner = {"user_id": claims["sub"], "organization": claims["organizationGuid"]}
    except (jwt.PyJWTError, KeyError):
        raise web.HTTPUnauthorized from None
    if claims.get("privilege") not in _PRIVILEGES:
        raise web.HTTPForbidden
    return owner


def _log(event: str, **values: object) -> None:
    line = {"event": event, "level": "info", "timestamp": datetime.now(UTC).isoformat(), **values}
    print(orjson.dumps(line).decode(), flush=True)  # noqa: T201 - its log


async def main() -> None:
    """Serve until ended."""
    calls = Calls()
    async with aioboto3.Session().client(
        "dynamodb", region_name=os.environ["AWS_REGION"]
    ) as dynamodb:
        calls.count(dynamodb)
        drafts, application = _Drafts(dynamodb), web.Application(middlewares=[_admit])
        application.add_routes(
            [
                web.get("/metrics", calls.show),
                web.post(f"{_SESSIONS}/create", drafts.create),
                web.post(f"{_SESSIONS}/{{id}}/product", drafts.add_product),
                web.post(f"{_SESSIONS}/{{id}}/audience-target", drafts.configure_target),
                web.get(f"{_SESSIONS}/{{id}}/progress", drafts.progress),
                web.post(f"{_SESSIONS}/{{id}}/commit", drafts.commit),
            ]
        )
        runner = web.AppRunner(application, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", int(os.environ["PORT"])).start()
        _log("service_started", url=f"http://127.0.0.1:{runner.addresses[0][1]}")
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
