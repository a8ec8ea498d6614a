"""Stands before a local AWS and records what each role asks it for."""

from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from tests.harness.served import in_place_of_aws, passed_on, served
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
        answer = await passed_on(request, self.session, self.engine_url)
        return web.Response(status=500) if operation in self.unanswered else answer


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
        async with served(in_place_of_aws(recorder.answer)) as recorder.url:
            yield recorder
