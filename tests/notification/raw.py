"""Connections below Socket.IO, for what no well-behaved client does."""

import asyncio
import base64
import json
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Protocol

import aiohttp

from tests.notification.support import PATIENCE_SECONDS, Instance

SOCKET_PATH = "/socket.io/?EIO=4&transport="
CONNECT = "40/products,"


def subscribe(seller_handle: str, **more: str) -> str:
    """The packet of a request to subscribe."""
    request = ["subscribe_to_seller", {"seller_handle": seller_handle, **more}]
    return "42/products," + json.dumps(request)


@asynccontextmanager
async def raw_websocket(
    instance: Instance, *, headers: dict[str, str] | None = None, inflates: int = 0
) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    """A WebSocket after the engine's greeting; `inflates` with a window of so many bits, or not."""
    url = f"{instance.url}{SOCKET_PATH}websocket"
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(url, headers=headers, compress=inflates) as ws,
    ):
        assert (await ws.receive_str()).startswith("0{")
        yield ws


async def ended(websocket: aiohttp.ClientWebSocketResponse) -> None:
    """Wait until the server has ended the connection."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while (await websocket.receive()).type is aiohttp.WSMsgType.TEXT:
            pass


class PollingSession:
    """An Engine.IO session whose polls are made by hand."""

    def __init__(self, session: aiohttp.ClientSession, url: str, sid: str) -> None:
        self.sid = sid
        self._session = session
        self._url = f"{url}&sid={sid}"

    async def send(self, packet: str | bytes) -> None:
        async with self._session.post(self._url, data=packet, raise_for_status=True):
            pass

    async def sent_and_ended(self, packet: str) -> bool:
        """Whether the packet was refused, or the session ended by it."""
        try:
            await self.send(packet)
            return await self.receive() == [""]
        except aiohttp.ClientResponseError as refusal:
            return refusal.status in {400, 413}

    async def receive(self) -> list[str]:
        async with self._session.get(self._url, raise_for_status=True) as answer:
            return (await answer.text()).split("\x1e")


@asynccontextmanager
async def polling_session(instance: Instance) -> AsyncIterator[PollingSession]:
    """A session after the engine's greeting."""
    url = f"{instance.url}{SOCKET_PATH}polling"
    async with aiohttp.ClientSession() as session:
        async with session.get(url) as opened:
            sid = json.loads((await opened.text())[1:])["sid"]
        yield PollingSession(session, url, sid)


class Listening(Protocol):
    """Anything that listens on a loopback port."""

    @property
    def port(self) -> int: ...


class SilentReader:
    """A WebSocket client that writes and never reads, with as small a buffer as there can be."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection

    async def send(self, text: str) -> None:
        await self._send(0x81, text.encode())

    async def ping(self, payload: bytes) -> None:
        """Send many pings at once, whose answers nobody reads."""
        await self._send(0x89, payload, count=1_000)

    async def _send(self, first: int, payload: bytes, *, count: int = 1) -> None:
        mask = os.urandom(4)
        masked = bytes(byte ^ mask[position % 4] for position, byte in enumerate(payload))
        size = len(payload)
        head = (
            struct.pack("!BB", first, 0x80 | size)
            if size < 126
            else struct.pack("!BBH", first, 0x80 | 126, size)
        )
        frames = (head + mask + masked) * count
        await asyncio.get_running_loop().sock_sendall(self._connection, frames)

    async def cut(self) -> None:
        """Wait until the server has cut the connection."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(PATIENCE_SECONDS):
            try:
                while await loop.sock_recv(self._connection, 65_536):
                    pass
            except ConnectionError:
                pass


@asynccontextmanager
async def silent_reader(instance: Listening, *sellers: str) -> AsyncIterator[SilentReader]:
    """One that has subscribed to the sellers."""
    key = base64.b64encode(os.urandom(16)).decode()
    request = (
        f"GET {SOCKET_PATH}websocket HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\n"
        f"Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    loop = asyncio.get_running_loop()
    with socket.socket() as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        connection.setblocking(False)
        await loop.sock_connect(connection, ("127.0.0.1", instance.port))
        await loop.sock_sendall(connection, request.encode())
        reader = SilentReader(connection)
        await reader.send(CONNECT)
        for seller in sellers:
            await reader.send(subscribe(seller))
        yield reader
