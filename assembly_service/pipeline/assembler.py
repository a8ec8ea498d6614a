"""Handles a batch of messages: decode, then look, decide and act until nothing is left to do."""

import asyncio
from collections.abc import Callable, Sequence

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.aws.queues import Message
from assembly_service.clock import Clock
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.intake import Rejected, half_of, read_body, usable_correlation_id
from assembly_service.domain.product import ProductKey
from assembly_service.pipeline.assembly import ArrivedMessage, Assembly, Next, Step, group
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.execution import Execution
from assembly_service.pipeline.outcomes import Identity, OutcomeLog
from assembly_service.pipeline.quarantine import Quarantine
from assembly_service.pipeline.trouble import Trouble
from assembly_service.pipeline.waiting import Backoff
from assembly_service.storage.assembly_tables import AssemblyTables, Sighting

log = structlog.get_logger()

_RETRY_SECONDS = 60
_NAMED_IN_LOGS = 10


class Assembler:
    """Turns messages into products. When `handle` returns, every message was settled."""

    def __init__(
        self,
        *,
        tables: AssemblyTables,
        execution: Execution,
        quarantine: Quarantine,
        custody: Custody,
        outcomes: OutcomeLog,
        rules: AssemblyRules,
        trouble: Trouble,
        clock: Clock,
        new_version: Callable[[], str],
        stop: asyncio.Event,
    ) -> None:
        self._tables = tables
        self._execution = execution
        self._quarantine = quarantine
        self._custody = custody
        self._outcomes = outcomes
        self._rules = rules
        self._trouble = trouble
        self._clock = clock
        self._new_version = new_version
        self._stop = stop

    async def handle(self, messages: Sequence[Message]) -> None:
        """Settle every message: acknowledged, set aside, or handed back after a minute of trouble.

        A programming error in one message is not allowed to hold back the others: the batch is
        then handled one message at a time, and the one that fails alone is handed back.
        """
        try:
            await self._handle(messages)
        except Exception:
            if len(messages) == 1:
                identity = self._custody.identity(messages[0])
                log.exception("message_failed", correlation_id=identity.correlation_id)
                await self._custody.hand_back(messages)
                return
            log.exception("batch_failed", messages=len(messages))
            held = {message.receipt_handle for message in self._custody.held}
            for message in messages:
                if message.receipt_handle in held:
                    await self.handle([message])

    async def _handle(self, messages: Sequence[Message]) -> None:
        arrived: list[ArrivedMessage] = []
        async with asyncio.TaskGroup() as tasks:
            for message in messages:
                decoded = _decode(message)
                if isinstance(decoded, ArrivedMessage):
                    arrived.append(decoded)
                    self._custody.identify(message, decoded.identity)
                else:
                    identity, rejected = decoded
                    self._custody.identify(message, identity)
                    tasks.create_task(self._quarantine.set_aside(message, identity, rejected))
            tasks.create_task(self.assemble(group(arrived)))

    async def assemble(self, ready: list[Assembly]) -> None:
        """Rounds of look, decide and act until nothing is left to do for any key.

        Keys in trouble wait together for the next try; after a minute they are given up.
        """
        backoff = Backoff(limit=_RETRY_SECONDS, stop=self._stop)
        waiting: list[Assembly] = []
        with self._trouble.watch() as watch:
            while ready or waiting:
                if not ready:
                    watch.begin()
                    if not await backoff.pause():
                        break
                    ready, waiting = waiting, []
                after = await self._round(ready)
                await self._settle(after[Next.FINISHED])
                ready = after[Next.LOOK_AGAIN]
                waiting += after[Next.RETRY]
                await self._hand_back(after[Next.HAND_BACK])
            await self._hand_back(waiting)

    async def _round(self, assemblies: list[Assembly]) -> dict[Next, list[Assembly]]:
        seen = await self._look(assemblies)
        for assembly in assemblies:
            if assembly.key in seen:
                self._execution.recognise(assembly, seen[assembly.key])
        now = self._clock()
        steps = [
            Step(
                assembly,
                self._rules.decide(
                    assembly.situation(seen[assembly.key]), now=now, version=self._new_version()
                ),
            )
            for assembly in assemblies
            if assembly.key in seen
        ]
        await self._execution.carry_out(steps)
        after: dict[Next, list[Assembly]] = {each: [] for each in Next}
        after[Next.RETRY] += [each for each in assemblies if each.key not in seen]
        for step in steps:
            after[step.next or Next.RETRY].append(step.assembly)
        return after

    async def _look(self, assemblies: list[Assembly]) -> dict[ProductKey, Sighting]:
        try:
            return await self._tables.look([assembly.key for assembly in assemblies])
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning(
                "look_failed",
                keys=len(assemblies),
                code=code_of(error),
                correlation_ids=[each.correlation_id for each in assemblies[:_NAMED_IN_LOGS]],
            )
            return {}

    async def _settle(self, assemblies: list[Assembly]) -> None:
        arrived = [(assembly, each) for assembly in assemblies for each in assembly.arrived]
        if not arrived:
            return
        await self._custody.acknowledge([each.message for _, each in arrived])
        for assembly, each in arrived:
            self._outcomes.handled(each.message, each.identity, assembly.outcome_of(each))

    async def _hand_back(self, assemblies: list[Assembly]) -> None:
        messages = [each.message for assembly in assemblies for each in assembly.arrived]
        if messages:
            await self._custody.hand_back(messages)


def _decode(message: Message) -> ArrivedMessage | tuple[Identity, Rejected]:
    """The half that a message carries, or why it carries none; each with its correlation id."""
    attribute = message.attributes.get("correlationId", {})
    correlation_id = usable_correlation_id(attribute.get("StringValue"))
    try:
        body = read_body(message.body)
        correlation_id = correlation_id or body.correlation_id
        half = half_of(body.event, message.queue)
    except Rejected as rejected:
        return Identity(correlation_id or message.message_id), rejected
    return ArrivedMessage(message, half, correlation_id or message.message_id)
