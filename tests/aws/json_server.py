"""A server that gives scripted answers and records its requests."""

import json
import ssl
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

Answer = Callable[[], web.StreamResponse]


class Server:
    """Gives the answers in turn, then repeats the last; records the requests."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[tuple[dict[str, str], Any]] = []

    async def answer(self, request: web.BaseRequest) -> web.StreamResponse:
        headers = {name.lower(): value for name, value in request.headers.items()}
        self.requests.append((headers, json.loads(await request.read())))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return answer()


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[Server, str]]:
    """A server on a free port until the block ends, and its address."""
    server = Server()
    runner = web.ServerRunner(web.Server(server.answer))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        scheme = "http" if tls is None else "https"
        yield server, f"{scheme}://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


def refusal(code: str, status: int = 400) -> Answer:
    return lambda: web.json_response({"__type": code, "message": "because"}, status=status)


def cancelled(*codes: str) -> Answer:
    """A cancelled transaction; "None" is the code of an action that did not fail."""
    said = f"Transaction cancelled, please refer cancellation reasons [{', '.join(codes)}]"
    answer = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": said,
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return lambda: web.json_response(answer, status=400)


def well(**answer: object) -> Answer:
    return lambda: web.json_response(answer)
