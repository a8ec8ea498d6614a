"""Fills the queues and tables of an account, and counts what is left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

import aioboto3

from assembly_service.aws.message_limits import MESSAGES_PER_CALL
from assembly_service.aws.queue_descriptions import describe_queue
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.chunks import chunks
from bench.errors import BenchFailed
from bench.local_aws import Account

_CALLS_AT_ONCE = 8
_LOOK_SECONDS = 0.02
_COUNTS = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
_SETTLE_SECONDS = 30


@dataclass(frozen=True, kw_only=True)
class Resources:
    """The queues and tables of an account."""

    account: Account
    sqs: Any
    dynamodb: Any

    async def fill(self, kind: HalfKind, bodies: Sequence[str]) -> None:
        """Send all messages to a queue as fast as it accepts them."""
        slots = asyncio.Semaphore(_CALLS_AT_ONCE)

        async def send(part: Sequence[str]) -> None:
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(part)]
            async with slots:
                answer = await self.sqs.send_message_batch(
                    QueueUrl=self.account.queues[kind], Entries=entries
                )
            if answer.get("Failed"):
                raise BenchFailed(f"The queue refused messages: {answer['Failed'][0]}.")

        await asyncio.gather(*map(send, chunks(bodies, MESSAGES_PER_CALL)))

    async def send(self, kind: HalfKind, body: str) -> None:
        """Send one message."""
        await self.sqs.send_message(QueueUrl=self.account.queues[kind], MessageBody=body)

    async def waiting(self) -> int:
        """Count the messages in both queues, in-flight ones included."""
        return await self._messages(self.account.queues.values())

    async def dead_letters(self) -> int:
        """Count the messages in both dead-letter queues."""
        described = [await describe_queue(self.sqs, url) for url in self.account.queues.values()]
        return await self._messages([each.dead_letter_url or "" for each in described])

    async def _messages(self, urls: Iterable[str]) -> int:
        answers = await asyncio.gather(
            *(self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=_COUNTS) for url in urls)
        )
        return sum(int(answer["Attributes"][name]) for answer in answers for name in _COUNTS)

    async def until_acknowledged(self) -> None:
        """Wait until the queues are empty. Raises BenchFailed after 30 s."""
        await self._until_none(self.waiting, "messages in the queues")

    async def until_settled(self) -> None:
        """Wait until all is acknowledged and nothing is staged. Raises BenchFailed after 30 s."""
        await self.until_acknowledged()
        await self._until_none(partial(self.rows, "DYNAMODB_STAGING_TABLE"), "halves in staging")

    async def _until_none(self, count: Callable[[], Awaitable[int]], what: str) -> None:
        try:
            async with asyncio.timeout(_SETTLE_SECONDS):
                while await count():
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise BenchFailed(
                f"After {_SETTLE_SECONDS} seconds there were still {what}: the measured program "
                "did not finish its work."
            ) from None

    async def until_published(self) -> None:
        """Wait until no draft event is left in the outbox. Raises BenchFailed after 30 s."""
        outbox = partial(self.rows, "DYNAMODB_DRAFTS_TABLE", key="OUTBOX")
        await self._until_none(outbox, "events in the outbox")

    async def rows(self, table: str, *, key: str | None = None, prefix: str = "") -> int:
        """Count the rows of a table; `table` is the setting that names it.

        With `key`, only rows with that `pk` whose `sk` starts with `prefix`.
        """
        pages = (
            self._pages(self.dynamodb.scan, table, Select="COUNT")
            if key is None
            else self._pages(self.dynamodb.query, table, Select="COUNT", **_within(key, prefix))
        )
        return sum([int(page["Count"]) async for page in pages])

    async def video_ids(self, table: str) -> list[str]:
        """List the videos of all rows of a table; `table` is the setting that names it."""
        only = {"ConsistentRead": True, "ProjectionExpression": "video_id"}
        pages = self._pages(self.dynamodb.scan, table, **only)
        return [item["video_id"]["S"] async for page in pages for item in page["Items"]]

    async def _pages(
        self, call: Callable[..., Awaitable[Any]], table: str, **request: Any
    ) -> AsyncIterator[Any]:
        request |= {"TableName": self.account.environment[table]}
        while True:
            page = await call(**request)
            yield page
            if "LastEvaluatedKey" not in page:
                return
            request["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _within(key: str, prefix: str) -> dict[str, Any]:
    """A query for the rows of a partition whose `sk` starts with the prefix."""
    condition = "pk = :pk"
    values = {":pk": {"S": key}}
    if prefix:
        condition += " AND begins_with(sk, :sk)"
        values[":sk"] = {"S": prefix}
    return {
        "KeyConditionExpression": condition,
        "ExpressionAttributeValues": values,
        "ConsistentRead": True,
    }


@asynccontextmanager
async def resources(account: Account) -> AsyncIterator[Resources]:
    """Open the bench's own clients for an account."""
    session = aioboto3.Session()
    async with (
        session.client("sqs", **account.client_arguments) as sqs,
        session.client("dynamodb", **account.client_arguments) as dynamodb,
    ):
        yield Resources(account=account, sqs=sqs, dynamodb=dynamodb)
