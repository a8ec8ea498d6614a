"""Runs clients that return to one seller together as a process: connected, then they subscribe."""

import asyncio
from typing import Any

import uvloop

from bench.loads.lines import requests, say
from bench.loads.processes import raise_file_limit
from bench.loads.subscriber import Subscriber, Tally

_CONNECTING_AT_ONCE = 50


class _Returner(Subscriber):
    """Connects, and subscribes only when it is told to."""

    def __init__(self, tally: Tally, seller_handle: str) -> None:
        super().__init__(tally, seller_handle)
        self.connected: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def subscribe(self, since: str) -> None:
        """Subscribe to what changed since then."""
        wanted = f'{{"seller_handle":"{self._seller_handle}","since":"{since}"}}'
        self._send(f'42/products,["subscribe_to_seller",{wanted}]'.encode())

    def _take_packet(self, packet: bytes, size: int) -> None:
        if packet.startswith(b"40/products,"):
            self.connected.set_result(True)
        else:
            super()._take_packet(packet, size)


class _Crowd:
    """All clients of this process and what they received."""

    def __init__(self) -> None:
        self._clients: list[_Returner] = []
        self._tally = Tally()

    async def connect(self, request: dict[str, Any]) -> dict[str, object]:
        """Connect so many clients. Raises ConnectionError."""
        turns = asyncio.Semaphore(_CONNECTING_AT_ONCE)
        loop = asyncio.get_running_loop()

        async def one() -> None:
            async with turns:
                client = _Returner(self._tally, request["seller"])
                self._clients.append(client)
                await loop.create_connection(lambda: client, "127.0.0.1", request["port"])
                await client.connected

        await asyncio.gather(*(one() for _ in range(request["count"])))
        return {"connected": len(self._clients)}

    async def subscribe(self, request: dict[str, Any]) -> dict[str, object]:
        """Have all subscribe at once, and wait until each is answered."""
        for client in self._clients:
            client.subscribe(request["since"])
        await asyncio.gather(*(client.subscribed for client in self._clients))
        return {
            "events": len(self._tally.arrivals),
            "bytes": self._tally.event_bytes,
            "lost": self._tally.lost,
        }


async def main() -> None:
    """Obey until the parent ends the input."""
    raise_file_limit()
    crowd = _Crowd()
    acts = {"connect": crowd.connect, "subscribe": crowd.subscribe}
    say(ready=True)
    async for request in requests():
        say(**await acts[request["act"]](request))


if __name__ == "__main__":
    uvloop.run(main())
