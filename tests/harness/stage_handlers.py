"""Handlers whose calls wait to be released, and what they have seen so far."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import count
from typing import Any

from assembly_service.aws.queues import Message
from assembly_service.domain.intake import half_of, read_body
from assembly_service.domain.product import Half, HalfKind
from tests.harness.handling import Handling
from tests.harness.stage_calls import LOOKS, PRODUCT_WRITES, TABLE_WRITES, Taken, name_of


@dataclass(frozen=True, slots=True)
class Resources:
    """The names of the stage's tables and queues."""

    products_table: str = "products"
    staging_table: str = "staging"
    urls: tuple[str, str] = ("model/captions", "model/thumbnails")

    def url(self, kind: HalfKind) -> str:
        return self.urls[kind is HalfKind.THUMBNAIL]


@dataclass(eq=False)
class Call:
    """A call that waits to be released. `receipts` are those of its messages."""

    name: str
    carry_out: Callable[[], Awaitable[Any]]
    answer: asyncio.Future[Any]
    receipts: frozenset[str]


@dataclass(eq=False)
class Handler:
    """One piece of work on some instance, `skew` milliseconds off the stage's clock.

    More messages may be added: `handling` handles them beside the first.
    """

    name: str
    skew: int = 0
    messages: Sequence[Message] = ()
    waiting: list[Call] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    acknowledged: set[str] = field(default_factory=set)
    versions: "count[int]" = field(default_factory=count)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    handling: Handling | None = None

    @property
    def done(self) -> bool:
        return all(task.done() for task in self.tasks)

    @property
    def history(self) -> tuple[int, ...]:
        """What the handler has seen so far; equal histories make equal handlers."""
        return tuple(step.seen for step in self.taken)

    def recent(self) -> list[str]:
        """The latest calls, with whether they succeeded."""
        return [f"{each.name}: {each.applied}" for each in self.taken[-12:]]

    async def call(
        self,
        name: str,
        carry_out: Callable[[], Awaitable[Any]],
        receipts: frozenset[str] = frozenset(),
    ) -> Any:
        """Wait to be released; return the answer or raise the error of the call."""
        call = Call(name, carry_out, asyncio.get_running_loop().create_future(), receipts)
        self.waiting.append(call)
        return await call.answer

    def check_before(self, call: Call) -> None:
        """No message is acknowledged before the final look, the last one not before announcing.

        A record deleted after the announcement counts as looked at. Calls for several videos, or of
        consecutive batches, cannot be told apart here.
        """
        if len(self.tasks) > 1:
            return
        if call.name != "acknowledge" or len({half_in(each).key for each in self.messages}) > 1:
            return
        names = [step.name for step in self.taken if step.counts]
        looks = [at for at, each in enumerate(names) if each in LOOKS or each == "discard"]
        writes = [at for at, each in enumerate(names) if each in TABLE_WRITES]
        assert not writes or max(looks) > max(writes), f"{self.name} acknowledged after {names}"
        self.acknowledged |= call.receipts
        if {each.receipt_handle for each in self.messages} - self.acknowledged:
            return
        product_writes = [step for step in self.taken if step.name in PRODUCT_WRITES]
        if product_writes and not product_writes[-1].counts:
            # There is no product: earlier attempts have not made one.
            return
        owing = [at for at, each in enumerate(names) if each in PRODUCT_WRITES]
        shown = [at for at, each in enumerate(names) if each == "announce"]
        assert not owing or max(shown, default=-1) > max(owing), f"{self.name}: {names}"


class StagedClient:
    """An AWS client whose calls wait to be released."""

    def __init__(self, client: Any, handler: Handler, resources: Resources) -> None:
        self._client = client
        self._handler = handler
        self._resources = resources

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._client, operation)

        async def call(**arguments: Any) -> Any:
            name = name_of(operation, arguments, self._resources.products_table)
            receipts = frozenset(
                entry["ReceiptHandle"]
                for entry in arguments.get("Entries", [])
                if "ReceiptHandle" in entry
            )
            return await self._handler.call(name, partial(method, **arguments), receipts)

        return call


def half_in(message: Message) -> Half:
    """The half of a message."""
    return half_of(read_body(message.body).event, message.queue)
