"""Handlers stepped by hand: every AWS call and every announcement waits until it is released.

A released call is carried out at once and alone, so that a test decides the order of all calls of
all handlers. Between two releases every handler runs as far as it comes.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import is_aws_error
from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.domain import exact_json
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.exact_json import Value
from assembly_service.domain.instants import to_milliseconds
from assembly_service.domain.product import Announcement, Half, HalfKind, Product, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.monitoring.metrics import Metrics
from assembly_service.pipeline.assembler import Assembler
from assembly_service.pipeline.cleanup import Cleanup
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.execution import Announce, Execution
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.quarantine import Quarantine
from assembly_service.pipeline.trouble import Trouble
from assembly_service.storage.assembly_tables import AssemblyTables
from tests.support.halves import DAY, KEY, NOW
from tests.support.model_aws import ModelQueues, model_clients
from tests.support.quiet_loop import everyone_waits
from tests.support.stage_calls import Taken
from tests.support.stage_handlers import Call, Handler, Resources, StagedClient, half_in

MOST_STEPS = 500
RULES = AssemblyRules(staging_ttl=DAY, commit_allowance=5_000)


@dataclass(frozen=True, slots=True)
class Shown:
    """An announcement that went out. `current`: the row stood exactly so at that moment."""

    product: Product
    current: bool
    age: int


class Stage:
    """Two tables, two queues, a clock, and handlers that wait for their turn.

    `now` is the stage's clock in milliseconds. `beside` tells the state of whatever a test has
    put beside the tables and queues, where other handlers' calls reach it.
    """

    def __init__(
        self,
        *,
        clients: Clients | None = None,
        resources: Resources | None = None,
        rules: AssemblyRules = RULES,
        metrics: Metrics,
        announce: Announce | None = None,
        now: int = NOW,
    ) -> None:
        self.now = now
        self.rules = rules
        self.clients = clients or model_clients(lambda: self.now)
        self.resources = resources or Resources()
        self.handlers: dict[str, Handler] = {}
        self.shown: list[Shown] = []
        self.acknowledged: list[Half] = []
        self.metrics = metrics
        self._announce = announce
        self.beside: Callable[[], object] = lambda: None
        self.tables = self._tables(self.clients.dynamodb_writes)

    async def send(self, kind: HalfKind, body: dict[str, Value]) -> None:
        """Put an event on the queue of its kind."""
        await self.clients.sqs.send_message(
            QueueUrl=self.resources.url(kind), MessageBody=exact_json.dumps(body).decode()
        )

    async def deliver(
        self, kind: HalfKind, body: dict[str, Value], *, sent_at: int | None = None
    ) -> Message:
        """Send an event and receive it at once."""
        await self.send(kind, body)
        [message] = await self._queue(kind, self.clients).receive()
        return replace(message, sent_at=self.now if sent_at is None else sent_at)

    async def deliver_again(self, message: Message) -> Message:
        """Receive a message once more, as after its visibility has ended."""
        queue = self._queue(message.queue, self.clients)
        await queue.change_visibility([(message, 0)])
        [again] = await queue.receive()
        return replace(again, sent_at=message.sent_at)

    async def handling(self, name: str, messages: Sequence[Message], *, skew: int = 0) -> Handler:
        """Start to handle messages; the first call waits now."""
        handler = Handler(name, skew, messages)
        return await self._start(handler, self._assembler(handler).handle(messages))

    async def sweeping(self, name: str, *, skew: int = 0) -> Handler:
        """Start a clean-up."""
        handler = Handler(name, skew)
        return await self._start(handler, self._cleanup(handler).sweep())

    async def acting(self, name: str, act: Callable[[Handler], Coroutine[Any, Any, None]]) -> None:
        """Start something else that makes its steps by the handler's `call`."""
        handler = Handler(name)
        await self._start(handler, act(handler))

    def choices(self) -> list[tuple[Handler, Call]]:
        """Every call that could be released next."""
        return [(each, call) for each in self.handlers.values() for call in each.waiting]

    async def release(
        self, handler: Handler, call: Call, *, error: Exception | None = None
    ) -> None:
        """Carry a call out and let everyone run on. With `error`, its answer is lost."""
        handler.waiting.remove(call)
        handler.check_before(call.name)
        try:
            answer = await call.carry_out()
        except Exception as raised:
            if not is_aws_error(raised):
                raise
            handler.taken.append(Taken.of(call.name, raised))
            call.answer.set_exception(raised)
        else:
            handler.taken.append(Taken.of(call.name, answer))
            if call.name == "acknowledge":
                self._acknowledged(handler, call)
            if error is None:
                call.answer.set_result(answer)
            else:
                call.answer.set_exception(error)
        await everyone_waits()

    async def answer(self, handler: Handler, call: Call, answer: object) -> None:
        """Answer a call that is never carried out; an exception is raised where it waits."""
        handler.waiting.remove(call)
        if isinstance(answer, Exception):
            call.answer.set_exception(answer)
        else:
            call.answer.set_result(answer)
        await everyone_waits()

    async def carry_out_unheard(self, handler: Handler, call: Call) -> None:
        """Carry a call out; its handler does not live to see the answer."""
        handler.waiting.remove(call)
        handler.check_before(call.name)
        try:
            await call.carry_out()
        except Exception as error:
            if not is_aws_error(error):
                raise
        if call.name == "acknowledge":
            self._acknowledged(handler, call)

    def is_left(self, message: Message) -> bool:
        """Whether a message is still in a queue in memory."""
        queues = self.clients.sqs
        assert isinstance(queues, ModelQueues)
        return message.message_id in queues.letters

    async def finish(self, *handlers: Handler) -> None:
        """Release the calls of handlers until they are done, one handler after the other."""
        for handler in handlers:
            steps = 0
            while not handler.done:
                steps += 1
                assert steps < MOST_STEPS, f"{handler.name} does not end: {handler.recent()}"
                if handler.waiting:
                    await self.release(handler, handler.waiting[0])
                else:
                    await asyncio.sleep(1)
                    await everyone_waits()
            assert handler.task is not None
            handler.task.result()

    async def handled(self, *messages: Message) -> None:
        """Handle messages from the beginning to the end, with nothing in between."""
        handler = await self.handling(f"alone {len(self.handlers)}", messages)
        await self.finish(handler)
        del self.handlers[handler.name]

    async def crash(self, handler: Handler) -> None:
        """End a handler where it stands; nothing of it reaches the outside any more."""
        assert handler.task is not None
        del self.handlers[handler.name]
        handler.waiting.clear()
        handler.task.cancel()
        await asyncio.wait({handler.task})

    async def product(self, key: ProductKey = KEY) -> Product | None:
        """The row as it stands."""
        return (await self.tables.look([key]))[key].product

    async def staged(self) -> list[StagedHalf]:
        """Every staging record."""
        return [each async for page in self.tables.scan_staged() for each in page]

    def queue(self, kind: HalfKind) -> HalfQueue:
        """A queue as seen from outside."""
        return self._queue(kind, self.clients)

    async def _start(self, handler: Handler, work: Coroutine[Any, Any, None]) -> Handler:
        self.handlers[handler.name] = handler
        handler.task = asyncio.create_task(work, name=handler.name)
        await everyone_waits()
        return handler

    def _acknowledged(self, handler: Handler, call: Call) -> None:
        self.acknowledged += [
            half_in(message)
            for message in handler.messages
            if message.receipt_handle in call.receipts
        ]

    async def _show(self, handler: Handler, each: Announcement) -> None:
        """Announcements are compared with the row at the moment when they go out."""
        current = await self.product(each.product.key) == each.product
        age = self.now + handler.skew - to_milliseconds(each.product.updated_at)
        self.shown.append(Shown(each.product, current, age))

    def _announcing(self, handler: Handler) -> Announce:
        async def show(announcements: Sequence[Announcement]) -> Any:
            for each in announcements:
                await self._show(handler, each)
            if self._announce is not None:
                return await self._announce(announcements)
            return frozenset()

        async def announce(announcements: Sequence[Announcement]) -> frozenset[ProductKey]:
            failed: frozenset[ProductKey] = await handler.call(
                "announce", partial(show, announcements)
            )
            return failed

        return announce

    def _tables(self, client: Any) -> AssemblyTables:
        return AssemblyTables(
            client=client,
            products_table=self.resources.products_table,
            staging_table=self.resources.staging_table,
        )

    def _queue(self, kind: HalfKind, clients: Clients) -> HalfQueue:
        url = self.resources.url(kind)
        return HalfQueue(
            kind=kind,
            url=url,
            dead_letter_url=f"{url}-dead",
            clients=clients,
            wait_seconds=1,
            visibility_seconds=3_600,
        )

    def _staged_client(self, client: Any, handler: Handler) -> StagedClient:
        return StagedClient(client, handler, self.resources)

    def _assembler(self, handler: Handler) -> Assembler:
        clients = replace(self.clients, sqs=self._staged_client(self.clients.sqs, handler))
        queues = {kind: self._queue(kind, clients) for kind in HalfKind}
        tables = self._tables(self._staged_client(self.clients.dynamodb_writes, handler))
        outcomes, stop = OutcomeLog(self.metrics), asyncio.Event()
        custody = Custody(
            queues=queues, most_messages=100, outcomes=outcomes, metrics=self.metrics, stop=stop
        )
        custody.hold(handler.messages)
        quarantine = Quarantine(queues=queues, custody=custody, outcomes=outcomes, stop=stop)
        execution = Execution(
            tables=tables,
            announce=self._announcing(handler),
            quarantine=quarantine,
            commit_allowance=self.rules.commit_allowance,
            clock=self._clock(handler),
            metrics=self.metrics,
        )
        return Assembler(
            tables=tables,
            execution=execution,
            quarantine=quarantine,
            custody=custody,
            outcomes=outcomes,
            rules=self.rules,
            trouble=Trouble(),
            clock=self._clock(handler),
            new_version=self._new_version(handler),
            stop=stop,
        )

    def _cleanup(self, handler: Handler) -> Cleanup:
        return Cleanup(
            tables=self._tables(self._staged_client(self.clients.dynamodb_writes, handler)),
            assembler=self._assembler(handler),
            caught_up=lambda: True,
            interval_seconds=3_600,
            clock=self._clock(handler),
            metrics=self.metrics,
            stop=asyncio.Event(),
        )

    def _clock(self, handler: Handler) -> Callable[[], int]:
        return lambda: self.now + handler.skew

    def _new_version(self, handler: Handler) -> Callable[[], str]:
        return lambda: f"{handler.name} {next(handler.versions)}"


def holds(product: Product | None, staged: Iterable[StagedHalf], half: Half) -> bool:
    """Whether a half, or a newer one of its kind, is in the product or staged."""
    there = [each.half for each in staged if each.half.key == half.key]
    if product is not None:
        there += [product.caption, product.thumbnail]
    return any(each.kind is half.kind and not half.newer_than(each) for each in there)
