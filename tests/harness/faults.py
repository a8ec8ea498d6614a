"""A front before the local AWS that injects faults.

A seeded generator chooses the faults. Which call meets which one still depends on their order.
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum

import aiohttp
from aiohttp import web

from tests.harness.partial_failures import Body, PartialFailure, partial_failure
from tests.harness.served import in_place_of_aws, served


class Fault(StrEnum):
    """What may happen to a call. With the first three it is not carried out."""

    SERVER_ERROR = "server error"
    THROTTLED = "throttled"
    RESET = "connection reset"
    PARTIAL = "partial failure"
    ANSWER_LOST = "answer lost after the call was carried out"
    NO_ANSWER = "no answer until the caller gives up"
    SLOW = "slow answer"


_TIMES = {fault: 1 if fault is Fault.NO_ANSWER else 4 for fault in Fault}
"""How often each occurs in one deal. Time-outs are rare, because callers wait for seconds."""
_SLOW_SECONDS = (0.1, 1.0)


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the front received, at a monotonic time in seconds."""

    at: float
    service: str
    operation: str


@dataclass(kw_only=True)
class Front:
    """Passes calls to the engine at `target`, except for a share of `rate` that meets a fault.

    The seed alone decides whether the nth call meets one; all faults take their turn. Every call to
    a service in `down` gets an error. The next call of an operation meets the fault `planned` for
    it. `limit` may fail a call or a part of it, by operation and body. `calls` and `injected` are
    what happened so far.
    """

    target: str
    rate: float = 0.0
    seed: int = 0
    down: frozenset[str] = frozenset()
    planned: dict[str, Fault] = field(default_factory=dict)
    limit: Callable[[str, bytes], PartialFailure | None] | None = None
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    injected: Counter[Fault] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._share = random.Random(self.seed)
        self._deck: list[Fault] = []

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Front"]:
        """Listen on a free loopback port; `url` is the endpoint to give to clients."""
        front = in_place_of_aws(self._answer, most_bytes=2**22)
        unlimited = aiohttp.TCPConnector(limit=0)
        async with (
            # A call is abandoned when its caller gives up.
            served(front, handler_cancellation=True, shutdown_timeout=0.1) as self.url,
            aiohttp.ClientSession(self.target, connector=unlimited) as self._engine,
        ):
            yield self

    def calls_between(self, start: float, end: float, *services: str) -> int:
        """How many calls to these services arrived between two monotonic times."""
        return sum(start <= call.at < end and call.service in services for call in self.calls)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        prefix, _, operation = request.headers["X-Amz-Target"].partition(".")
        service = "sqs" if prefix == "AmazonSQS" else "dynamodb"
        self.calls.append(Call(time.monotonic(), service, operation))
        body = await request.read()
        if service in self.down:
            return _error(service, 500)
        if self.limit is not None and (limited := self.limit(operation, body)):
            return await self._fail_partly(request, limited)
        fault = self._choose(operation)
        if fault is None:
            return await self._pass_on(request, body)
        failure = None
        if fault is Fault.PARTIAL:
            failure = partial_failure(operation, json.loads(body), self._random)
            fault = fault if failure else Fault.SERVER_ERROR
        self.injected[fault] += 1
        if failure:
            return await self._fail_partly(request, failure)
        return await self._inject(fault, service, request, body)

    def _choose(self, operation: str) -> Fault | None:
        if operation in self.planned:
            return self.planned.pop(operation)
        if self._share.random() >= self.rate:
            return None
        if not self._deck:
            self._deck = [fault for fault, times in _TIMES.items() for _ in range(times)]
            self._random.shuffle(self._deck)
        return self._deck.pop()

    async def _inject(
        self, fault: Fault, service: str, request: web.Request, body: bytes
    ) -> web.StreamResponse:
        match fault:
            case Fault.SERVER_ERROR:
                return _error(service, self._random.choice([500, 503]))
            case Fault.THROTTLED:
                return _throttled(service)
            case Fault.RESET:
                return _reset(request)
            case Fault.ANSWER_LOST:
                await self._pass_on(request, body)
                return _reset(request)
            case Fault.NO_ANSWER:
                await self._pass_on(request, body)
                await asyncio.Event().wait()
            case Fault.SLOW:
                await asyncio.sleep(self._random.uniform(*_SLOW_SECONDS))
        return await self._pass_on(request, body)

    async def _fail_partly(
        self, request: web.Request, failure: PartialFailure
    ) -> web.StreamResponse:
        answer: Body = {}
        if failure.passed_on is not None:
            passed = await self._pass_on(request, json.dumps(failure.passed_on).encode())
            if passed.status != 200:
                return passed
            answer = json.loads(passed.text or "")
        return _json(failure.status, failure.complete(answer))

    async def _pass_on(self, request: web.Request, body: bytes) -> web.Response:
        kept = ("Authorization", "Content-Type", "X-Amz-Date", "X-Amz-Target")
        headers = {name: request.headers[name] for name in kept if name in request.headers}
        async with self._engine.post(request.path_qs, data=body, headers=headers) as answer:
            return web.Response(
                status=answer.status,
                body=await answer.read(),
                headers={"Content-Type": answer.headers.get("Content-Type", "")},
            )


def _throttled(service: str) -> web.Response:
    code = "RequestThrottled" if service == "sqs" else "ProvisionedThroughputExceededException"
    return _json(400, {"__type": f"com.amazonaws.{service}#{code}", "message": "Slow down."})


def _error(service: str, status: int) -> web.Response:
    code = "InternalError" if service == "sqs" else "InternalServerError"
    return _json(status, {"__type": f"com.amazonaws.{service}#{code}", "message": "A bad day."})


def _json(status: int, body: Body) -> web.Response:
    return web.Response(
        status=status, body=json.dumps(body).encode(), content_type="application/x-amz-json-1.0"
    )


def _reset(request: web.Request) -> web.Response:
    if request.transport is not None:
        request.transport.abort()
    return web.Response()
