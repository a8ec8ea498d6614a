"""An SQS that can move whole queues, in front of a local engine that cannot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientSession, web

from tests.harness.served import in_place_of_aws, passed_on, served

_TARGET = "X-Amz-Target"


@dataclass(kw_only=True)
class MovingSqs:
    """Answers the actions of move tasks and forwards all others.

    Each time it is asked about the task it moves a message; with `endless` the task never ends.
    """

    engine_url: str
    session: ClientSession
    sqs: Any
    endless: bool = False
    url: str = ""
    requests: list[dict[str, str]] = field(default_factory=list)
    cancelled: list[str] = field(default_factory=list)
    moved: int = 0

    async def answer(self, request: web.Request) -> web.Response:
        """One request to SQS."""
        match request.headers.get(_TARGET, "").rpartition(".")[2]:
            case "StartMessageMoveTask":
                self.requests.append(await request.json())
                return web.json_response({"TaskHandle": "the task"})
            case "ListMessageMoveTasks":
                return web.json_response({"Results": [self._step()]})
            case "CancelMessageMoveTask":
                self.cancelled.append((await request.json())["TaskHandle"])
                return web.json_response({"ApproximateNumberOfMessagesMoved": self.moved})
        return await passed_on(request, self.session, self.engine_url)

    def _step(self) -> dict[str, object]:
        [task] = self.requests
        source, destination = (
            self.sqs.get_queue_url(QueueName=task[end].rpartition(":")[2])["QueueUrl"]
            for end in ("SourceArn", "DestinationArn")
        )
        messages = self.sqs.receive_message(QueueUrl=source).get("Messages", [])
        for message in messages:
            self.sqs.send_message(QueueUrl=destination, MessageBody=message["Body"])
            self.sqs.delete_message(QueueUrl=source, ReceiptHandle=message["ReceiptHandle"])
        self.moved += 100_000 if self.endless else len(messages)
        running = bool(messages) or self.endless
        return {
            "Status": "RUNNING" if running else "COMPLETED",
            "ApproximateNumberOfMessagesMoved": self.moved,
        }


@asynccontextmanager
async def moving_sqs(engine_url: str, client: Any, *, endless: bool) -> AsyncIterator[MovingSqs]:
    """Run the stand-in on a free port; `client` is one of the account at the engine."""
    async with ClientSession() as session:
        sqs = MovingSqs(engine_url=engine_url, session=session, sqs=client, endless=endless)
        async with served(in_place_of_aws(sqs.answer)) as sqs.url:
            yield sqs
