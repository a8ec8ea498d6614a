"""Handles batches of messages: look, decide and act until nothing is left to do for any of them."""

import asyncio
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.aws.queues import Message
from assembly_service.domain.intake import Rejected
from assembly_service.domain.product import ProductKey
from assembly_service.pipeline.assembly import ArrivedMessage, Assembly, Next, Step, group
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.decoding import decode
from assembly_service.pipeline.execution import Execution
from assembly_service.pipeline.isolation import together_or_alone
from assembly_service.pipeline.outcomes import Identity, OutcomeLog
from assembly_service.pipeline.quarantine import Quarantine
from assembly_service.pipeline.trouble import Patience, Trouble
from assembly_service.pipeline.waiting import Backoff, all_ended
from assembly_service.storage.assembly_tables import Sighting

log = structlog.get_logger()

_RETRY_SECONDS = 60
_NAMED_IN_LOGS = 10


class Assembler:
    """Turns messages into products, in two parts, so that nobody waits for the second.

    `show` stages halves, writes products and announces them. `finish` deletes the staging records
    that were merged, looks once more and settles the messages.
    """

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        custody: Custody,
        outcomes: OutcomeLog,
        trouble: Trouble,
    ) -> None:
        self._tables = collaborators.tables
        self._rules = collaborators.rules
        self._clock = collaborators.clock
        self._new_version = collaborators.new_version
        self._stop = collaborators.stop
        self._custody = custody
        self._outcomes = outcomes
        self._trouble = trouble
        self._quarantine = Quarantine(
            queues=collaborators.queues, custody=custody, outcomes=outcomes, stop=self._stop
        )
        self._execution = Execution(
            tables=self._tables,
            announce=collaborators.announce,
            quarantine=self._quarantine,
            commit_allowance=self._rules.commit_allowance,
            clock=self._clock,
            metrics=collaborators.metrics.assembly,
        )

    async def show(self, messages: Sequence[Message]) -> list[Step]:
        """Do all that somebody waits for; returns what is left to be finished.

        A message of which nothing is left was settled: acknowledged, set aside, or handed back
        after a minute of trouble.
        """
        return await together_or_alone(
            messages,
            self._show,
            alone=lambda message: self._show([message], attempted=True),
            is_due=self._custody.holds,
            give_up=lambda message: self._give_up([message]),
        )

    async def finish(self, steps: Sequence[Step]) -> None:
        """Settle all messages of steps that `show` returned, whether of one call or of several."""
        for wave in _waves(steps):
            await together_or_alone(
                wave,
                self._finish,
                alone=lambda step: self._finish([step]),
                is_due=lambda step: any(map(self._custody.holds, step.messages)),
                give_up=lambda step: self._give_up(step.messages),
            )

    async def handle(self, messages: Sequence[Message]) -> None:
        """Show and finish."""
        await self.finish(await self.show(messages))

    async def tidy(self, assemblies: Sequence[Assembly]) -> None:
        """Look, decide and act on keys of which nothing is in hand, until nothing is left to do."""
        await together_or_alone(
            assemblies,
            self._tidy,
            alone=lambda assembly: self._tidy([assembly]),
            is_due=lambda _: True,
            give_up=_leave,
        )

    async def _give_up(self, messages: Sequence[Message]) -> None:
        """Called while the exception is handled."""
        correlation_ids = [self._custody.identity(each).correlation_id for each in messages]
        log.exception("message_failed", correlation_ids=correlation_ids)
        await self._custody.hand_back(messages)

    async def _show(self, messages: Sequence[Message], *, attempted: bool = False) -> list[Step]:
        arrived: list[ArrivedMessage] = []
        unfit: list[tuple[Message, Identity, Rejected]] = []
        for message in messages:
            decoded = decode(message)
            if isinstance(decoded, ArrivedMessage):
                arrived.append(decoded)
                self._custody.identify(message, decoded.identity)
            else:
                unfit.append((message, *decoded))
                self._custody.identify(message, decoded[0])
        with self._patience() as patience:
            ready = group(arrived, attempted=attempted)
            advancing = asyncio.ensure_future(self._advance(ready, [], patience))
            # A quarantine that an error beside it cut off between sending and deleting would send
            # a second dead letter.
            await all_ended(advancing, *(self._quarantine.set_aside(*each) for each in unfit))
        return advancing.result()

    async def _finish(self, steps: Sequence[Step]) -> list[Step]:
        with self._patience() as patience:
            await self._settle_all(steps, patience)
        return []

    async def _tidy(self, assemblies: Sequence[Assembly]) -> list[Step]:
        with self._patience() as patience:
            await self._settle_all(await self._advance(assemblies, [], patience), patience)
        return []

    async def _settle_all(self, steps: Sequence[Step], patience: Patience) -> None:
        while steps:
            await self._execution.tidy_up(steps)
            after = await self._settle(steps)
            steps = await self._advance(after[Next.LOOK_AGAIN], after[Next.RETRY], patience)

    async def _advance(
        self, ready: Sequence[Assembly], waiting: Sequence[Assembly], patience: Patience
    ) -> list[Step]:
        """Rounds of look, decide and act until what is left can wait: those steps.

        Keys in trouble wait together for the next try, and are given up with the patience; what
        is left of the others is not kept waiting for them.
        """
        ready, waiting = list(ready), list(waiting)
        left: list[Step] = []
        while ready or waiting:
            if not ready:
                await self._settle_all(left, patience)
                left = []
                if not await patience.pause():
                    break
                ready, waiting = waiting, []
            steps, unseen = await self._round(ready)
            left += [step for step in steps if step.next is Next.TIDY_UP]
            after = await self._settle(steps)
            ready = after[Next.LOOK_AGAIN]
            waiting += after[Next.RETRY] + unseen
        await self._hand_back(waiting)
        return left

    def _patience(self) -> AbstractContextManager[Patience]:
        return self._trouble.patience(Backoff(limit=_RETRY_SECONDS, stop=self._stop))

    async def _round(self, assemblies: list[Assembly]) -> tuple[list[Step], list[Assembly]]:
        """The steps that were taken, and the assemblies that could not be looked at."""
        seen = await self._look(assemblies)
        now = self._clock()
        steps = []
        for assembly in assemblies:
            if sighting := seen.get(assembly.key):
                self._execution.recognise(assembly, sighting)
                situation = assembly.situation(sighting)
                plan = self._rules.decide(situation, now=now, version=self._new_version())
                steps.append(Step(assembly, plan))
        await self._execution.carry_out(steps)
        return steps, [each for each in assemblies if each.key not in seen]

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

    async def _settle(self, steps: Sequence[Step]) -> dict[Next, list[Assembly]]:
        """Settle what is finished or refused; returns the assemblies by what is next for them."""
        after: dict[Next, list[Assembly]] = {each: [] for each in Next}
        for step in steps:
            after[step.next or Next.RETRY].append(step.assembly)
        await self._acknowledge(after[Next.FINISHED])
        await self._hand_back(after[Next.HAND_BACK])
        return after

    async def _acknowledge(self, assemblies: list[Assembly]) -> None:
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


async def _leave(assembly: Assembly) -> None:
    """Called while the exception is handled: the next sweep comes by again."""
    log.exception("cleanup_of_key_failed", **assembly.key._asdict())


def _waves(steps: Iterable[Step]) -> list[list[Step]]:
    """A key stands only once in a batch call: its further steps come in later waves.

    What was merged is deleted first: a half that is still staged looks as if its product had not
    been announced.
    """
    waves: list[dict[ProductKey, Step]] = []
    for step in sorted(steps, key=lambda step: step.plan.discard is None):
        wave = next((each for each in waves if step.assembly.key not in each), None)
        if wave is None:
            waves.append(wave := {})
        wave[step.assembly.key] = step
    return [list(wave.values()) for wave in waves]
