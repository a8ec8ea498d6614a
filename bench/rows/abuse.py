"""What a client costs that repeats its requests, and a thousand that come at once."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import NamedTuple

import aiohttp
import orjson

from bench.errors import BenchFailed
from bench.figure import Figure
from bench.instances import SERVICE, Instance, running
from bench.loads.processes import cpu_seconds, raise_file_limit
from bench.loads.shelf import Row, put
from bench.loads.work import calls
from bench.local_aws import Account, local_aws

_SELLER = "the-seller"
_PRODUCTS = 150
_EQUAL = 100
_HERD = 1_000
_SINCE = "2020-01-01T00:00:00Z"
_JOIN = "40/products,"
_PATIENCE_SECONDS = 120


class _Cost(NamedTuple):
    """The service's cost; `megabytes` is what its clients received."""

    cpu_ms: float
    aws_calls: int
    megabytes: float


async def measure(quick: bool) -> list[Figure]:
    """100 equal subscribes with `since` on one socket; 1,000 clients that join one seller."""
    products, herd = (5, 20) if quick else (_PRODUCTS, _HERD)
    raise_file_limit()
    with local_aws() as aws:
        account = aws.fresh_account()
        updated_at = time.time_ns() // 1_000_000 - 3_600_000
        await put(account, [Row(_SELLER, f"video-{n}", updated_at + n) for n in range(products)])
        again = await _subscribed_again(account)
        reads, seconds = await _joined_at_once(account, herd)
    name = f"{_EQUAL} equal subscribes of one client, {products} products"
    return [
        Figure(row=name, measured=round(again.cpu_ms, 1), unit="ms CPU", target=120),
        Figure(row=f"{name}: AWS calls", measured=again.aws_calls, unit="calls", target=8),
        Figure(row=f"{name}: received", measured=round(again.megabytes, 2), unit="MB", target=1),
        Figure(
            row=f"{herd:,} clients join one seller at once: reads",
            measured=reads,
            unit="reads",
            target=4,
            details={"seconds_until_all_are_subscribed": round(seconds, 2)},
        ),
    ]


async def _subscribed_again(account: Account) -> _Cost:
    async with (
        running(SERVICE, account, SERVICE_ROLE="web") as instance,
        _client(instance) as websocket,
    ):
        cpu, queries = await _consumed(instance)
        for _ in range(_EQUAL):
            await websocket.send_str(_subscribe())
        received = await _answered(websocket, _EQUAL)
        cpu_then, queries_then = await _consumed(instance)
    return _Cost((cpu_then - cpu) * 1000, queries_then - queries, received / 1e6)


async def _joined_at_once(account: Account, herd: int) -> tuple[int, float]:
    async with (
        running(SERVICE, account, SERVICE_ROLE="web") as instance,
        AsyncExitStack() as opened,
    ):
        clients = [await opened.enter_async_context(_client(instance)) for _ in range(herd)]
        before, began = calls(await instance.metrics(), "Query"), time.monotonic()
        since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
        await asyncio.gather(*(client.send_str(_subscribe(since)) for client in clients))
        await asyncio.gather(*(_answered(client, 1) for client in clients))
        seconds = time.monotonic() - began
        return round(calls(await instance.metrics(), "Query") - before), seconds


@asynccontextmanager
async def _client(instance: Instance) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """Connect a client to the namespace."""
    url = f"{instance.url}/socket.io/?EIO=4&transport=websocket"
    async with aiohttp.ClientSession() as session, session.ws_connect(url) as websocket:
        await websocket.receive_str()
        await websocket.send_str(_JOIN)
        while '["connected"' not in await websocket.receive_str():
            pass
        yield websocket


def _subscribe(since: str = _SINCE) -> str:
    request = ["subscribe_to_seller", {"seller_handle": _SELLER, "since": since}]
    return "42/products," + orjson.dumps(request).decode()


async def _answered(websocket: aiohttp.ClientWebSocketResponse, count: int) -> int:
    """Count the bytes until so many subscriptions are answered. Raises BenchFailed."""
    received = 0
    async with asyncio.timeout(_PATIENCE_SECONDS):
        while count:
            packet = await websocket.receive_str()
            received += len(packet)
            if packet == "2":
                await websocket.send_str("3")
            elif '["error"' in packet:
                raise BenchFailed(f"A subscription was refused: {packet}.")
            count -= '["subscribed"' in packet
    return received


async def _consumed(instance: Instance) -> tuple[float, int]:
    queries = await instance.aws_calls()
    return cpu_seconds(instance.process.pid), queries
