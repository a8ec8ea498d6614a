"""The doors to a seller, each with what it shows to the sender of a token."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import ClientResponse, ClientSession, ClientTimeout
from socketio.exceptions import ConnectionError as Refused

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.runtime.clock import wall_clock
from tests.access.tokens import bearer
from tests.notification.clients import event_source, python_client, stock_client
from tests.notification.support import video_ids

Outcome = list[str] | int | str
"""The videos that are shown, or the status or the code with which they are refused."""


@dataclass(frozen=True, kw_only=True)
class Visitor:
    """Who stands before the doors of a seller. Without a token none is sent."""

    http: ClientSession
    url: str
    seller: str
    token: str | None

    @property
    def shop(self) -> str:
        return f"/api/v1/shop/{self.seller}"

    @property
    def headers(self) -> dict[str, str]:
        return {} if self.token is None else {"Authorization": bearer(self.token)}


Door = Callable[[Visitor], Awaitable[Outcome]]


def _shown(body: Any) -> list[str]:
    return [each["video_id"] for each in body.get("products", [body])]


async def _rest(visitor: Visitor, path: str, **headers: str) -> Outcome:
    sent = visitor.headers | headers
    async with visitor.http.get(f"{visitor.shop}/{path}", headers=sent) as answer:
        return await _outcome(answer)


async def _outcome(answer: ClientResponse) -> Outcome:
    if answer.status != 200:
        return answer.status
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer.headers["Vary"]
    return _shown(await answer.json())


async def list_(visitor: Visitor) -> Outcome:
    return await _rest(visitor, "products")


async def poll(visitor: Visitor) -> Outcome:
    return await _rest(visitor, f"products?since={_an_hour_ago()}")


async def revalidated(visitor: Visitor) -> Outcome:
    """Everybody's tag is the same, so it must not tell that nothing has changed."""
    found = await _rest(visitor, "products", **{"If-None-Match": "*"})
    return ["v1"] if found == 304 else found


async def _held(visitor: Visitor, path: str) -> Outcome:
    """What somebody sees who has seen it before, and waits in vain for a change."""
    url = f"{visitor.shop}/{path}"
    async with visitor.http.get(url, headers=visitor.headers) as first:
        before = await _outcome(first)
    if first.status != 200:
        return before
    held = {"Prefer": "wait=1", "If-None-Match": first.headers["ETag"]}
    async with visitor.http.get(url, headers=visitor.headers | held) as answer:
        assert answer.headers["Preference-Applied"] == "wait=1"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        return before if answer.status == 304 else answer.status


async def waiting_poll(visitor: Visitor) -> Outcome:
    return await _held(visitor, f"products?since={_an_hour_ago()}")


async def product(visitor: Visitor) -> Outcome:
    return await _rest(visitor, "products/v1")


async def waiting_product(visitor: Visitor) -> Outcome:
    return await _held(visitor, "products/v1")


async def stream(visitor: Visitor) -> Outcome:
    """By a client that sends headers."""
    path, timeout = f"{visitor.shop}/events?snapshot=5", ClientTimeout(total=30)
    async with (
        ClientSession(visitor.url, timeout=timeout) as http,
        http.get(path, headers=visitor.headers) as answer,
    ):
        if answer.status != 200:
            return answer.status
        while not (line := await answer.content.readline()).startswith(b'data: {"seller'):
            assert line
    return _shown(json.loads(line.removeprefix(b"data: "))["snapshot"])


async def stream_by_ticket(visitor: Visitor) -> Outcome:
    """By the EventSource of npm, which sends none."""
    ticket = f"{visitor.shop}/events/ticket"
    async with visitor.http.post(ticket, headers=visitor.headers) as answer:
        if answer.status != 200:
            return answer.status
        given = (await answer.json())["ticket"]
    path = f"{visitor.shop}/events?snapshot=5&ticket={given}"
    async with event_source(visitor, path) as record:
        return _shown((await record.first("subscribed"))["snapshot"])


async def _socket(visitor: Visitor, **more: Any) -> Outcome:
    try:
        async with python_client(visitor, token=visitor.token) as client:
            answer = await client.subscribe(visitor.seller, **more)
            pushed = video_ids(client.record.of("product_updated"))
            if "code" in answer:
                assert pushed == []
                return str(answer["code"])
            return _shown(answer["snapshot"]) if "snapshot" in answer else pushed
    except Refused:
        return "connect_error"


async def snapshot(visitor: Visitor) -> Outcome:
    return await _socket(visitor, snapshot=5)


async def replay(visitor: Visitor) -> Outcome:
    return await _socket(visitor, since=_an_hour_ago())


async def stock_socket(visitor: Visitor) -> Outcome:
    """By socket.io-client, which starts with polling here."""
    auth = {} if visitor.token is None else {"token": visitor.token}
    transports = ("polling", "websocket")
    request = {"seller_handle": visitor.seller, "snapshot": 5}
    async with stock_client(visitor, transports=transports, auth=auth, first=None) as client:
        of = client.record.of
        await client.record.until(lambda: bool(of("connected") or of("connect_error")))
        if refused := of("connect_error"):
            return str(refused[0]["data"]["code"])
        await client.emit("subscribe_to_seller", request, acknowledge=True)
        answer = await client.record.first("acknowledged")
        return _shown(answer["snapshot"]) if "snapshot" in answer else str(answer["code"])


def _an_hour_ago() -> str:
    return format_milliseconds(wall_clock() - 3_600_000)


DOORS: Mapping[str, Door] = {
    each.__name__: each
    for each in (
        list_,
        poll,
        revalidated,
        waiting_poll,
        product,
        waiting_product,
        stream,
        stream_by_ticket,
        snapshot,
        replay,
        stock_socket,
    )
}
SOCKETS = frozenset({"snapshot", "replay", "stock_socket"})


async def outcomes(visitor: Visitor) -> dict[str, Outcome]:
    """What each door shows."""
    found = await asyncio.gather(*(door(visitor) for door in DOORS.values()))
    return dict(zip(DOORS, found, strict=True))
