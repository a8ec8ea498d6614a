"""The service as deployed: processes that differ only in their settings."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from tests.cli.runs import COMMAND
from tests.harness.warm_processes import Process, start_warm
from tests.notification.support import CLIENTS, NODE

_PATIENCE_SECONDS = 120


@dataclass(kw_only=True)
class ServeProcess:
    """A running `assembly-service serve` and its log lines."""

    process: Process
    url: str
    lines: list[dict[str, object]] = field(default_factory=list)


@asynccontextmanager
async def serving(environment: Mapping[str, str], *, port: int = 0) -> AsyncIterator[ServeProcess]:
    """Run the service (port 0: on a free one) and stop it at the end; it has to exit with 0."""
    process = await start_warm(
        *COMMAND,
        "serve",
        env={**environment, "PORT": str(port), "LOG_FORMAT": "json"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    serve = ServeProcess(process=process, url="")
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            while not serve.url:
                line = await process.stdout.readline()
                assert line, f"the service did not start: {serve.lines}"
                serve.lines.append(json.loads(line))
                if serve.lines[-1]["event"] == "service_started":
                    serve.url = str(serve.lines[-1]["url"])
        reading = asyncio.create_task(_read_on(process.stdout, serve.lines))
        yield serve
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        code = await _ended(process)
    await reading
    assert code == 0, serve.lines[-5:]


async def _ended(process: Process) -> int:
    """Return the exit code of a process that was asked to stop; kill it if it is too slow."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            return await process.wait()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def _read_on(stream: asyncio.StreamReader, lines: list[dict[str, object]]) -> None:
    while line := await stream.readline():
        lines.append(json.loads(line))


@dataclass(kw_only=True)
class StockClient:
    """The socket.io-client package from npm, and the products that it received."""

    products: dict[str, dict[str, Value]] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    subscribed: int = 0

    async def follow(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            event, *values = exact_json.loads(line.decode())
            async with self._news:
                if event in {"new_product", "product_updated"}:
                    product = values[0]["product"]
                    self.products[product["video_id"]] = product
                self.subscribed += event == "subscribed"
                self._news.notify_all()

    async def until_subscribed(self, sellers: int) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: self.subscribed == sellers)

    async def until_heard_of(self, videos: int) -> None:
        async with asyncio.timeout(_PATIENCE_SECONDS), self._news:
            await self._news.wait_for(lambda: len(self.products) == videos)


@asynccontextmanager
async def stock_client(url: str, sellers: Sequence[str]) -> AsyncIterator[StockClient]:
    """A stock client that is subscribed to sellers, over its preferred transport."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        CLIENTS / "stock_client.mjs",
        f"{url}/products",
        "polling,websocket",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    client = StockClient()
    following = asyncio.create_task(client.follow(process.stdout))
    for seller in sellers:
        command = {"emit": "subscribe_to_seller", "arguments": [{"seller_handle": seller}]}
        process.stdin.write(json.dumps(command).encode() + b"\n")
    try:
        await client.until_subscribed(len(sellers))
        yield client
    finally:
        process.stdin.close()
        code = await _ended(process)
        await following
    assert code == 0


async def run_command(environment: Mapping[str, str], *arguments: str) -> str:
    """Run a command of assembly-service; it has to succeed."""
    process = await start_warm(
        *COMMAND,
        *arguments,
        env=dict(environment),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    output = await process.stdout.read()
    assert await process.wait() == 0, output.decode()
    return output.decode()
