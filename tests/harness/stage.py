"""Handlers stepped by hand: every AWS call and every announcement waits until it is released.

A released call is carried out at once and alone, so that a test decides the order of all calls of
all handlers. Between two releases every handler runs as far as it can.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import AWS_ERRORS, Failure
from assembly_service.aws.queues import Message
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import Announcement, Half, HalfKind, Product, ProductKey
from assembly_service.domain.timestamps import to_milliseconds
from assembly_service.pipeline.collaborators import Announce
from assembly_service.runtime.metrics import Metrics
from tests.harness.halves import DAY, NOW
from tests.harness.quiet_loop import everyone_waits
from tests.harness.stage_account import StageAccount
from tests.harness.stage_calls import Taken
from tests.harness.stage_handlers import Call, Handler, Resources, half_in
from tests.harness.stage_instances import Instance

MOST_STEPS = 500
THROTTLED = ClientError({"Error": {"Code": "ProvisionedThroughputExceededException"}}, "Any")
UNREAD_METRICS = Metrics()
"""Shared by stages whose metrics nobody reads: making them takes longer than a step."""
RULES = AssemblyRules(staging_ttl=DAY, commit_allowance=5_000)


@dataclass(frozen=True, slots=True)
class Shown:
    """An announcement. `current`: the row was exactly the same at that moment."""

    product: Product
    current: bool
    age: int


class Stage(StageAccount):
    """An account, and handlers that wait for their turn.

    `misfortunes` are calls, by handler and name, that are throttled once; the topic refuses an
    announcement. `beside` returns the state of whatever a test has added to the tables and queues
    that calls of other handlers can reach.
    """

    def __init__(
        self,
        *,
        clients: Clients | None = None,
        resources: Resources | None = None,
        rules: AssemblyRules = RULES,
        metrics: Metrics = UNREAD_METRICS,
        announce: Announce | None = None,
        now: int = NOW,
    ) -> None:
        super().__init__(clients=clients, resources=resources, now=now)
        self.rules = rules
        self.handlers: dict[str, Handler] = {}
        self.shown: list[Shown] = []
        self.published: list[Product] = []
        self.topic_refuses = False
        self.misfortunes: set[tuple[str, str]] = set()
        self.acknowledged: list[Half] = []
        self.metrics = metrics
        self._orphans_before = _orphans(metrics)
        self._announce = announce
        self.beside: Callable[[], object] = lambda: None

    @property
    def orphans(self) -> int:
        """How many orphans were reported on this stage, whose metrics may be others' too."""
        return _orphans(self.metrics) - self._orphans_before

    async def handling(self, name: str, messages: Sequence[Message], *, skew: int = 0) -> Handler:
        """Start to handle messages, up to the first call."""
        handler = Handler(name, skew, messages)
        handler.handling = self.instance(handler).handling()
        return await self._start(handler, handler.handling.handle(messages))

    async def bring(self, handler: Handler, messages: Sequence[Message]) -> None:
        """Give more messages to the instance of a handler at work."""
        assert handler.handling is not None
        handler.messages = [*handler.messages, *messages]
        handler.handling.in_flight.hold(messages)
        await self._start(handler, handler.handling.handle(messages))

    async def sweeping(self, name: str, *, skew: int = 0) -> Handler:
        """Start a clean-up."""
        handler = Handler(name, skew)
        return await self._start(handler, self.instance(handler).sweep())

    async def acting(self, name: str, act: Callable[[Handler], Coroutine[Any, Any, None]]) -> None:
        """Start something else that takes its steps with the handler's `call`."""
        handler = Handler(name)
        await self._start(handler, act(handler))

    def choices(self) -> list[tuple[Handler, Call]]:
        """Every call that could be released next."""
        return [(each, call) for each in self.handlers.values() for call in each.waiting]

    async def release(
        self, handler: Handler, call: Call, *, error: Exception | None = None
    ) -> None:
        """Carry out a call and let everyone continue. With `error` its answer is lost."""
        if (handler.name, call.name) in self.misfortunes and error is None:
            await self._meet_misfortune(handler, call)
            return
        handler.waiting.remove(call)
        handler.check_before(call)
        try:
            answer = await call.carry_out()
        except AWS_ERRORS as raised:
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
        """Answer a call without carrying it out; an exception is raised in the handler."""
        handler.waiting.remove(call)
        if isinstance(answer, Exception):
            call.answer.set_exception(answer)
        else:
            call.answer.set_result(answer)
        await everyone_waits()

    async def refuse(self, handler: Handler, call: Call) -> None:
        """Carry out an announcement: sockets get it, the topic refuses it."""
        self.topic_refuses = True
        try:
            await self.release(handler, call)
        finally:
            self.topic_refuses = False

    async def throttle(self, handler: Handler, call: Call) -> None:
        """Throttle a call to a table as a whole."""
        handler.taken.append(Taken.of(call.name, THROTTLED))
        await self.answer(handler, call, THROTTLED)

    async def _meet_misfortune(self, handler: Handler, call: Call) -> None:
        """Once; then time passes until the key in trouble is retried."""
        self.misfortunes.remove((handler.name, call.name))
        if call.name == "announce":
            await self.refuse(handler, call)
        else:
            await self.throttle(handler, call)
        await asyncio.sleep(1)
        await everyone_waits()

    async def carry_out_unheard(self, handler: Handler, call: Call) -> None:
        """Carry out a call whose handler does not live to see the answer."""
        handler.waiting.remove(call)
        handler.check_before(call)
        with suppress(*AWS_ERRORS):
            await call.carry_out()
        if call.name == "acknowledge":
            self._acknowledged(handler, call)

    async def finish(self, *handlers: Handler) -> None:
        """Release the calls of handlers until they are done, handler by handler."""
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
            for task in handler.tasks:
                task.result()

    async def handled(self, *messages: Message) -> None:
        """Handle messages from start to end without interruption."""
        handler = await self.handling(f"alone {len(self.handlers)}", messages)
        await self.finish(handler)
        del self.handlers[handler.name]

    async def crash(self, handler: Handler) -> None:
        """Kill a handler where it is; nothing of it reaches the outside any more."""
        del self.handlers[handler.name]
        handler.waiting.clear()
        for task in handler.tasks:
            task.cancel()
        await asyncio.wait(handler.tasks)

    async def _start(self, handler: Handler, work: Coroutine[Any, Any, None]) -> Handler:
        self.handlers[handler.name] = handler
        handler.tasks.append(asyncio.create_task(work, name=handler.name))
        await everyone_waits()
        return handler

    def _acknowledged(self, handler: Handler, call: Call) -> None:
        self.acknowledged += [
            half_in(message)
            for message in handler.messages
            if message.receipt_handle in call.receipts
        ]

    async def _show(self, handler: Handler, each: Announcement) -> None:
        """Compare announcements with the row at the time of announcing."""
        current = await self.product(each.product.key) == each.product
        age = self.now + handler.skew - to_milliseconds(each.product.updated_at)
        self.shown.append(Shown(each.product, current, age))

    def _announcing(self, handler: Handler) -> Announce:
        async def show(announcements: Sequence[Announcement]) -> Any:
            for each in announcements:
                if not each.pushed:
                    await self._show(handler, each)
            if self.topic_refuses:
                return {each.product.key: Failure.CALL for each in announcements}
            unpublished = await self._announce(announcements) if self._announce else {}
            self.published += [
                each.product for each in announcements if each.product.key not in unpublished
            ]
            return unpublished

        async def announce(
            announcements: Sequence[Announcement],
        ) -> Mapping[ProductKey, Failure]:
            unpublished: Mapping[ProductKey, Failure] = await handler.call(
                "announce", partial(show, announcements)
            )
            return unpublished

        return announce

    def instance(self, handler: Handler) -> Instance:
        """The parts of the instance that does the handler's work."""
        return Instance(
            handler=handler,
            clients=self.clients,
            resources=self.resources,
            rules=self.rules,
            announce=self._announcing(handler),
            clock=lambda: self.now + handler.skew,
            metrics=self.metrics,
        )


def _orphans(metrics: Metrics) -> int:
    counters = [metrics.assembly.orphans.labels(kind.value) for kind in HalfKind]
    return sum(int(counter._value.get()) for counter in counters)
