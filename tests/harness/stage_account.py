"""The account of handlers: two tables, two queues and a clock, seen from outside."""

from dataclasses import replace

from assembly_service.aws.clients import Clients
from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind, Product, ProductKey
from assembly_service.domain.staging import StagedHalf
from tests.harness.halves import KEY
from tests.harness.model_aws import ModelQueues, model_clients
from tests.harness.stage_handlers import Resources
from tests.harness.stage_instances import queue_on, tables_on


class StageAccount:
    """In memory, unless clients are given. `now` is its clock in milliseconds."""

    def __init__(self, *, clients: Clients | None, resources: Resources | None, now: int) -> None:
        self.now = now
        self.clients = clients or model_clients(lambda: self.now)
        self.resources = resources or Resources()
        self.tables = tables_on(self.clients.dynamodb_writes, self.resources)

    async def send(self, kind: HalfKind, body: dict[str, Value]) -> None:
        """Send an event to the queue of its kind."""
        await self.clients.sqs.send_message(
            QueueUrl=self.resources.url(kind), MessageBody=exact_json.dumps(body).decode()
        )

    async def deliver(
        self, kind: HalfKind, body: dict[str, Value], *, sent_at: int | None = None
    ) -> Message:
        """Send an event and receive it at once."""
        await self.send(kind, body)
        [message] = await self.queue(kind).receive()
        return replace(message, sent_at=self.now if sent_at is None else sent_at)

    async def deliver_again(self, message: Message) -> Message:
        """Receive a message again, as after its visibility timeout."""
        queue = self.queue(message.queue)
        await queue.change_visibility([(message, 0)])
        [again] = await queue.receive()
        return replace(again, sent_at=message.sent_at)

    def is_left(self, message: Message) -> bool:
        """Whether a message is still in a queue in memory."""
        queues = self.clients.sqs
        assert isinstance(queues, ModelQueues)
        return message.message_id in queues.letters

    async def product(self, key: ProductKey = KEY) -> Product | None:
        """The current row."""
        return (await self.tables.look([key]))[key].product

    async def staged(self) -> list[StagedHalf]:
        """Every staging record."""
        return [each async for page in self.tables.scan_staged() for each in page]

    def queue(self, kind: HalfKind) -> HalfQueue:
        """A queue seen from outside."""
        return queue_on(self.clients, kind, self.resources)
