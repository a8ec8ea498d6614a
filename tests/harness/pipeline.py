"""A real worker on a real engine: send events, check announcements and tables."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.aws.errors import Failure
from assembly_service.aws.queue_descriptions import describe_queue
from assembly_service.aws.queues import HalfQueue
from assembly_service.domain import exact_json
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Announcement, HalfKind, Product, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.worker import Worker
from assembly_service.runtime.clock import Clock, wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.runtime.tracing import NO_TRACING, Tracing
from assembly_service.settings.service import Settings
from assembly_service.storage.assembly_tables import AssemblyTables
from assembly_service.storage.rows import product_from_item

SAMPLES = Path(__file__).parents[2] / "samples"
PATIENCE_SECONDS = 180


def sample_events(kind: HalfKind, count: int) -> list[dict[str, Value]]:
    """The first sample events of a kind, with exact numbers."""
    lines = (SAMPLES / f"{kind.value}s.jsonl").read_text().splitlines()
    return [exact_json.loads(line) for line in lines[:count]]


def key_of(event: dict[str, Value]) -> ProductKey:
    """The seller and the video of an event."""
    return ProductKey(event["seller_handle"], event["video_id"])


@dataclass
class Announcer:
    """Records announcements; its topic refuses the first `refusals` of them."""

    announced: list[Announcement] = field(default_factory=list)
    refusals: int = 0

    async def __call__(self, announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        if self.refusals:
            self.refusals -= 1
            return {announcement.product.key: Failure.CALL for announcement in announcements}
        self.announced += announcements
        return {}


@dataclass(kw_only=True)
class Pipeline:
    """One account's queues and tables, and workers on demand."""

    settings: Settings
    clients: Clients
    metrics: Metrics
    announcer: Announcer = field(default_factory=Announcer)
    clock: Clock = wall_clock
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    tracing: Tracing = NO_TRACING
    rules: AssemblyRules = field(
        default_factory=lambda: AssemblyRules(staging_ttl=86_400_000, commit_allowance=5_000)
    )

    @property
    def tables(self) -> AssemblyTables:
        return AssemblyTables(
            client=self.clients.dynamodb_writes,
            products_table=self.settings.dynamodb_products_table,
            staging_table=self.settings.dynamodb_staging_table,
        )

    def url(self, kind: HalfKind) -> str:
        if kind is HalfKind.CAPTION:
            return self.settings.sqs_caption_analysis_queue_url
        return self.settings.sqs_thumbnail_generation_queue_url

    async def send(self, kind: HalfKind, body: dict[str, Value] | str, **attributes: str) -> None:
        """Send an event, or a body as it is, to the queue of its kind."""
        await self.clients.sqs.send_message(
            QueueUrl=self.url(kind),
            MessageBody=body if isinstance(body, str) else exact_json.dumps(body).decode(),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )

    async def queue(self, kind: HalfKind) -> HalfQueue:
        described = await describe_queue(self.clients.sqs, self.url(kind))
        return HalfQueue(
            kind=kind,
            url=self.url(kind),
            dead_letter_url=described.dead_letter_url,
            clients=self.clients,
            wait_seconds=self.settings.sqs_wait_seconds,
            visibility_seconds=self.settings.sqs_visibility_timeout,
        )

    async def collaborators(self, stop: asyncio.Event) -> Collaborators:
        return Collaborators(
            queues={kind: await self.queue(kind) for kind in HalfKind},
            tables=self.tables,
            announce=self.announcer,
            rules=self.rules,
            clock=self.clock,
            metrics=self.metrics,
            stop=stop,
            retry_policy=self.retry_policy,
            tracing=self.tracing,
        )

    async def worker(self, stop: asyncio.Event) -> Worker:
        return Worker(
            await self.collaborators(stop),
            concurrency=self.settings.worker_concurrency,
            cleanup_interval_seconds=self.settings.cleanup_interval_seconds,
            drain_seconds=self.settings.drain_deadline_seconds,
        )

    @asynccontextmanager
    async def working(self, instances: int = 1) -> AsyncIterator[Worker]:
        """Run workers, and drain them at the end of the block."""
        stop = asyncio.Event()
        workers = [await self.worker(stop) for _ in range(instances)]
        async with asyncio.TaskGroup() as tasks:
            for worker in workers:
                tasks.create_task(worker.run())
            try:
                yield workers[0]
            finally:
                stop.set()

    async def product(self, key: ProductKey) -> Product | None:
        return (await self.tables.look([key]))[key].product

    async def products(self) -> dict[ProductKey, Product]:
        products: dict[ProductKey, Product] = {}
        start: dict[str, Any] = {}
        while True:
            page = await self.clients.dynamodb.scan(
                TableName=self.settings.dynamodb_products_table, ConsistentRead=True, **start
            )
            products |= {each.key: each for each in map(product_from_item, page["Items"])}
            if "LastEvaluatedKey" not in page:
                return products
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}

    async def staged(self) -> list[StagedHalf]:
        return [half async for page in self.tables.scan_staged() for half in page]

    async def messages_left(self) -> int:
        """Messages in both queues, visible, delayed or in flight."""
        return await self._messages(
            "ApproximateNumberOfMessages",
            "ApproximateNumberOfMessagesNotVisible",
            "ApproximateNumberOfMessagesDelayed",
        )

    async def messages_in_flight(self) -> int:
        """Messages of both queues that were received and are still hidden."""
        return await self._messages("ApproximateNumberOfMessagesNotVisible")

    async def _messages(self, *names: str) -> int:
        total = 0
        for kind in HalfKind:
            answer = await self.clients.sqs.get_queue_attributes(
                QueueUrl=self.url(kind), AttributeNames=names
            )
            total += sum(int(answer["Attributes"][name]) for name in names)
        return total

    async def dead_letters(self, kind: HalfKind) -> list[dict[str, Any]]:
        """Everything in the dead-letter queue of a kind."""
        described = await describe_queue(self.clients.sqs, self.url(kind))
        messages: list[dict[str, Any]] = []
        while True:
            answer = await self.clients.sqs.receive_message(
                QueueUrl=described.dead_letter_url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
            if not answer.get("Messages"):
                return messages
            messages += answer["Messages"]

    async def drained(self) -> None:
        """Wait until both queues are empty."""

        async def empty() -> bool:
            return await self.messages_left() == 0

        await eventually(empty)

    def count(self, kind: HalfKind, outcome: str) -> float:
        """How many messages of a queue had an outcome."""
        labels = {"queue": kind.value, "outcome": outcome}
        return self.metrics.registry.get_sample_value("assembly_events_total", labels) or 0


async def eventually(condition: Callable[[], Awaitable[bool]]) -> None:
    """Poll until a condition holds: the engine does not notify of that."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await condition():  # noqa: ASYNC110 - the engine sends no events
            await asyncio.sleep(0.02)


@asynccontextmanager
async def open_pipeline(settings: Settings) -> AsyncIterator[Pipeline]:
    """A pipeline on the account of the settings."""
    metrics = Metrics()
    async with open_clients(settings, metrics) as clients:
        yield Pipeline(settings=settings, clients=clients, metrics=metrics)


def assert_equal_by_value(product: Product, *events: dict[str, Value]) -> None:
    """Check that every field of the events is in the product, with the same value."""
    shown = product.shown()
    for event in events:
        for name, value in event.items():
            if name != "timestamp":
                assert shown[name] == value, name
    expected = {name for event in events for name in event} - {"timestamp"}
    assert shown.keys() - expected == {"created_at", "updated_at"}
    json.loads(exact_json.dumps(shown))
