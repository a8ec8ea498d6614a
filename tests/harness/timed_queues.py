"""Queues in memory that hide messages as long as SQS would.

Time is that of the event loop: in a QuietLoop hours pass at once and exactly.
"""

# ruff: noqa: N803, ARG002 - the arguments have the names of the AWS API.

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from typing import Any

from assembly_service.aws.clients import Clients
from assembly_service.aws.queues import HalfQueue
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.collaborators import Announce, Collaborators
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.retry import RetryPolicy
from tests.harness.halves import NOW
from tests.harness.model_aws import ModelQueues, ModelTables
from tests.harness.stage import RULES
from tests.harness.stage_handlers import Resources
from tests.harness.stage_instances import tables_on

WAIT_SECONDS = 20
RESOURCES = Resources()


def loop_clock() -> int:
    """Milliseconds since 1970 in the event loop's time."""
    return NOW + round(asyncio.get_running_loop().time() * 1000)


class TimedQueues(ModelQueues):
    """`received` counts how often each message was given out; `hidden` are the requests to hide
    messages: for how many seconds, by message id.

    The next deletions and requests to hide meet the `troubles` in their turn; None is no trouble.
    Messages in `resisting` cannot be deleted, the receipts of those in `stale` are refused.
    """

    def __init__(self) -> None:
        super().__init__(loop_clock)
        self.received: Counter[str] = Counter()
        self.hidden: list[dict[str, int]] = []
        self.troubles: defaultdict[str, deque[Exception | None]] = defaultdict(deque)
        self.resisting: set[str] = set()
        self.stale: set[str] = set()
        self._hidden_until: dict[str, float] = {}

    async def receive_message(
        self,
        *,
        QueueUrl: str,
        MaxNumberOfMessages: int,
        WaitTimeSeconds: int = 0,
        VisibilityTimeout: int = 30,
        **_: Any,
    ) -> Any:
        for left in reversed(range(WaitTimeSeconds + 1)):
            now = asyncio.get_running_loop().time()
            for letter in self.letters.values():
                letter.visible = self._hidden_until.get(letter.message_id, now) <= now
            answer = await super().receive_message(
                QueueUrl=QueueUrl, MaxNumberOfMessages=MaxNumberOfMessages
            )
            if answer["Messages"]:
                break
            await asyncio.sleep(min(left, 1))
        ids = [each["MessageId"] for each in answer["Messages"]]
        self.received.update(ids)
        self._hide(dict.fromkeys(ids, VisibilityTimeout))
        return answer

    async def delete_message_batch(self, *, QueueUrl: str, Entries: Any) -> Any:
        self._meet_trouble("delete")
        going = [each for each in Entries if _message_id(each) not in self.resisting]
        await super().delete_message_batch(QueueUrl=QueueUrl, Entries=going)
        return {"Failed": [_failed(each, False) for each in Entries if each not in going]}

    async def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Any) -> Any:
        hiding = {_message_id(each): each["VisibilityTimeout"] for each in Entries}
        self.hidden.append(hiding)
        self._meet_trouble("hide")
        stale = [each for each in Entries if _message_id(each) in self.stale]
        self._hide({each: hiding[each] for each in hiding.keys() - self.stale})
        return {"Failed": [_failed(each, True) for each in stale]}

    def _hide(self, seconds: Mapping[str, int]) -> None:
        now = asyncio.get_running_loop().time()
        self._hidden_until |= {each: now + value for each, value in seconds.items()}

    def _meet_trouble(self, call: str) -> None:
        troubles = self.troubles[call]
        if troubles and (trouble := troubles.popleft()) is not None:
            raise trouble


def _message_id(entry: Mapping[str, Any]) -> str:
    receipt: str = entry["ReceiptHandle"]
    return receipt.partition("/")[0]


def _failed(entry: Mapping[str, Any], sender_fault: bool) -> dict[str, object]:
    return {"Id": entry["Id"], "Code": "-", "SenderFault": sender_fault}


def half_queue(queues: TimedQueues, kind: HalfKind, *, visibility_seconds: int) -> HalfQueue:
    """A queue of halves, without a dead-letter queue."""
    tables = ModelTables()
    return HalfQueue(
        kind=kind,
        url=RESOURCES.url(kind),
        dead_letter_url=None,
        clients=Clients(
            dynamodb=tables, dynamodb_writes=tables, sqs=queues, sqs_receive=queues, sns=None
        ),
        wait_seconds=WAIT_SECONDS,
        visibility_seconds=visibility_seconds,
    )


def timed_collaborators(
    queues: Mapping[HalfKind, HalfQueue],
    *,
    announce: Announce,
    stop: asyncio.Event,
    retry_policy: RetryPolicy = RetryPolicy(),  # noqa: B008 - it is frozen
) -> Collaborators:
    """The collaborators of a worker: these queues, and tables in memory."""
    return Collaborators(
        queues=queues,
        tables=tables_on(ModelTables(), RESOURCES),
        announce=announce,
        rules=RULES,
        clock=loop_clock,
        metrics=Metrics(),
        stop=stop,
        retry_policy=retry_policy,
    )
