"""Stands before a local AWS and records what each role asks it for."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from tests.infra.roles.permissions import Permission, asked_for

_REFUSAL = {"__type": "com.amazonaws.sqs#QueueDoesNotExist", "message": "There is no such queue."}


@dataclass(kw_only=True)
class Recorder:
    """Forwards every request, and adds what it asks for to `asked` under the current `role`.

    Answers move tasks itself, since local engines do not know them. To what is in `missing`, names
    of queues, it answers that there is no such queue; what is in `unanswered`, names of
    operations, is carried out, but the answer gets lost.
    """

    engine_url: str
    names: Mapping[str, str]
    session: ClientSession
    role: str = "none"
    url: str = ""
    missing: set[str] = field(default_factory=set)
    unanswered: set[str] = field(default_factory=set)
    asked: defaultdict[str, set[Permission]] = field(default_factory=lambda: defaultdict(set))

    async def answer(self, request: web.Request) -> web.Response:
        """One request to AWS."""
        target, body = request.headers.get("X-Amz-Target", ""), await request.read()
        self.asked[self.role].update(asked_for(target, body, self.names))
        operation = target.rpartition(".")[2]
        match operation:
            case "StartMessageMoveTask":
                # The handle names the queue, so that a cancellation can be told from another's.
                source = (await request.json())["SourceArn"].rpartition(":")[2]
                return web.json_response({"TaskHandle": source})
            case "ListMessageMoveTasks":
                return web.json_response({"Results": [{"Status": "COMPLETED"}]})
            case "CancelMessageMoveTask":
                return web.json_response({"ApproximateNumberOfMessagesMoved": 0})
            case "SendMessage" if (await _queue(request)) in self.missing:
                return web.json_response(_REFUSAL, status=400)
        answer = await self._forward(request, body)
        return web.Response(status=500) if operation in self.unanswered else answer

    async def _forward(self, request: web.Request, body: bytes) -> web.Response:
        kept = {name: value for name, value in request.headers.items() if name != "Host"}
        async with self.session.post(
            self.engine_url + request.path, data=body, headers=kept
        ) as there:
            headers = {"Content-Type": there.headers["Content-Type"]}
            return web.Response(status=there.status, body=await there.read(), headers=headers)


async def _queue(request: web.Request) -> str:
    url: str = (await request.json())["QueueUrl"]
    return url.rpartition("/")[2]


@asynccontextmanager
async def recording(engine_url: str, cloudformation: Any, stack: str) -> AsyncIterator[Recorder]:
    """Run a recorder on a free port, before the engine that has the stack."""
    resources = cloudformation.describe_stack_resources(StackName=stack)["StackResources"]
    names = {
        each["PhysicalResourceId"].rpartition("/")[2].rpartition(":")[2]: each["LogicalResourceId"]
        for each in resources
    }
    async with ClientSession() as session:
        recorder = Recorder(engine_url=engine_url, names=names, session=session)
        application = web.Application()
        application.router.add_post("/{path:.*}", recorder.answer)
        runner = web.AppRunner(application)
        await runner.setup()
        try:
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            recorder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield recorder
        finally:
            await runner.cleanup()
