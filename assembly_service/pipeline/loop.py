"""The message loop: look, decide, execute, settle, until nothing is left to do."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.queues import Message
from assembly_service.domain.product import ProductKey
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.plan_executor import PlanExecutor
from assembly_service.pipeline.quarantine import Quarantine
from assembly_service.pipeline.steps import QueueSteps
from assembly_service.pipeline.swapped_queues import SwappedQueues
from assembly_service.pipeline.waiting_keys import WaitingKeys
from assembly_service.pipeline.work_item import (
    ArrivedMessage,
    Next,
    UnfitMessage,
    WorkItem,
    decode,
    group,
)
from assembly_service.storage.assembly_tables import StoredState

log = structlog.get_logger()

Thing = TypeVar("Thing")
Result = TypeVar("Result")

_NAMED_IN_LOGS = 10


class Accepted(NamedTuple):
    """Arrivals by what to do. `over_limit`: too many messages of their sellers are waiting."""

    work: list[WorkItem]
    over_limit: list[WorkItem]
    unfit: list[UnfitMessage]


class AssemblyLoop:
    """Turns messages into products, in two phases; only the first is on the critical path.

    `assemble` stages halves, writes products and announces them. `clean_up` deletes the staging
    records that were merged, looks once more and settles the messages. Both go on until each item
    is acknowledged, handed back, or waits for a retry among the `waiting` keys.
    """

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        in_flight: InFlightMessages,
        waiting: WaitingKeys,
        outcomes: OutcomeLog,
    ) -> None:
        self._tables = collaborators.tables
        self._rules = collaborators.rules
        self._clock = collaborators.clock
        self._new_version = collaborators.new_version
        self._tracing = collaborators.tracing
        self._steps = QueueSteps(collaborators.queues)
        self._in_flight = in_flight
        self._waiting = waiting
        self._outcomes = outcomes
        self.swapped_queues = SwappedQueues(collaborators.metrics.queues)
        self._quarantine = Quarantine(
            collaborators,
            in_flight=in_flight,
            swapped_queues=self.swapped_queues,
            outcomes=outcomes,
        )
        self._executor = PlanExecutor(collaborators, quarantine=self._quarantine)

    async def accept(self, messages: Sequence[Message]) -> Accepted:
        """Decode messages and sort them by what to do.

        Messages of a waiting key join its work item instead.
        """
        decoded = await together_or_alone(messages, self._decode, give_up=self._give_up_message)
        items = group(each for each in decoded if isinstance(each, ArrivedMessage))
        accepted = Accepted([], [], [each for each in decoded if isinstance(each, UnfitMessage)])
        for item in items:
            if not self._waiting.has_room_for(item):
                accepted.over_limit.append(item)
            elif not self._waiting.join(item):
                accepted.work.append(item)
        return accepted

    async def quarantine(self, unfit: Sequence[UnfitMessage]) -> None:
        """Quarantine messages that can never be processed."""
        await together_or_alone(
            unfit, self._quarantine.settle, is_due=self._is_due, give_up=self._give_up_message
        )

    async def assemble(self, work: Sequence[WorkItem]) -> list[WorkItem]:
        """Do what is on the critical path; return the items to clean up."""
        return await together_or_alone(
            work, self._assemble, is_due=self._is_due, give_up=self._give_up
        )

    async def clean_up(self, work: Sequence[WorkItem]) -> None:
        """Finish items that `assemble` returned, from one call or several."""
        for batch in _batches_of_distinct_keys(work):
            await together_or_alone(
                batch, self._clean_up, is_due=self._is_due, give_up=self._give_up
            )

    async def _assemble(self, work: Sequence[WorkItem]) -> list[WorkItem]:
        left: list[WorkItem] = []
        while work:
            stored = await self._look(work)
            decided = self._decide(work, stored)
            await self._executor.execute(decided)
            left += [item for item in decided if item.next is Next.CLEAN_UP]
            work = await self._settle(work)
        return left

    async def _clean_up(self, work: Sequence[WorkItem]) -> list[WorkItem]:
        while work:
            await self._executor.discard(work)
            work = await self._assemble(await self._settle(work))
        return []

    async def _decode(self, messages: Sequence[Message]) -> list[ArrivedMessage | UnfitMessage]:
        decoded = [decode(message) for message in messages]
        for each in decoded:
            message = each.message
            self._in_flight.identify(message, each.identity)
            self._tracing.begin(
                message.trace,
                self._steps.process,
                each,
                each.sender,
                message.received_at,
            )
        self.swapped_queues.see(decoded)
        return decoded

    async def _look(self, work: Sequence[WorkItem]) -> dict[ProductKey, StoredState]:
        """Read the tables; keys that cannot be read now are left out."""
        for item in work:
            item.next = Next.WAIT
        with self._tracing.spans(self._tables.look_step, work) as spans:
            try:
                stored = await self._tables.look([item.key for item in work])
            except AWS_ERRORS as error:
                spans.fail([code_of(error)] * len(work))
                for item in work:
                    item.next = Next.WAIT_OUT
                log.warning(
                    "look_failed",
                    keys=len(work),
                    code=code_of(error),
                    correlation_ids=[item.correlation_id for item in work[:_NAMED_IN_LOGS]],
                )
                return {}
            spans.fail(None if item.key in stored else "not_read" for item in work)
            return stored

    def _decide(
        self, work: Sequence[WorkItem], stored: dict[ProductKey, StoredState]
    ) -> list[WorkItem]:
        """Plan the next step for every key that was read; the others are retried."""
        now, decided = self._clock(), []
        for item in work:
            state = stored.get(item.key)
            if state is None:
                continue
            self._executor.recognise(item, state)
            item.plan = self._rules.decide(
                item.decision_input(state), now=now, version=self._new_version()
            )
            decided.append(item)
        return decided

    async def _settle(self, work: Sequence[WorkItem]) -> list[WorkItem]:
        """Acknowledge, hand back or park each item; return those to look at again."""
        after: dict[Next, list[WorkItem]] = {each: [] for each in Next}
        for item in work:
            if item.next is None:
                raise RuntimeError("a work item is settled before its plan was executed")
            after[item.next].append(item)
        await self._acknowledge(after[Next.FINISHED])
        given_up = self._waiting.put([*after[Next.WAIT], *after[Next.WAIT_OUT]])
        await self.hand_back([*after[Next.HAND_BACK], *given_up])
        return after[Next.LOOK_AGAIN]

    async def _acknowledge(self, work: Sequence[WorkItem]) -> None:
        arrived = [(item, each) for item in work for each in item.arrived]
        if not arrived:
            return
        for item in work:
            item.link_traces()
        undeleted = await self._in_flight.acknowledge([each.message for _, each in arrived])
        for item, each in arrived:
            if each.message not in undeleted:
                self._outcomes.handled(each.message, each.identity, item.outcome_of(each))

    async def hand_back(self, work: Sequence[WorkItem]) -> None:
        """Hand the messages of these items back to their queues."""
        if messages := [message for item in work for message in item.messages]:
            await self._in_flight.hand_back(messages)

    def _is_due(self, thing: WorkItem | UnfitMessage) -> bool:
        """Return whether work that was interrupted may still have to be done."""
        if isinstance(thing, UnfitMessage):
            return self._in_flight.holds(thing.message)
        if self._waiting.holds(thing):
            return False
        return not thing.arrived or any(map(self._in_flight.holds, thing.messages))

    async def _give_up(self, item: WorkItem) -> None:
        log.exception("key_failed", **item.key._asdict(), correlation_id=item.correlation_id)
        await self.hand_back([item])

    async def _give_up_message(self, thing: Message | UnfitMessage) -> None:
        message = thing.message if isinstance(thing, UnfitMessage) else thing
        log.exception("message_failed", message_id=message.message_id)
        await self._in_flight.hand_back([message])


async def together_or_alone(
    things: Sequence[Thing],
    work: Callable[[Sequence[Thing]], Awaitable[list[Result]]],
    *,
    is_due: Callable[[Thing], bool] = lambda _: True,
    give_up: Callable[[Thing], Awaitable[None]],
) -> list[Result]:
    """Work on a batch, or if that raises, on each item that still `is_due` by itself.

    A bug then affects only the offending item, for which `give_up` is called while the exception
    is handled. Returns all results.
    """
    try:
        return await work(things)
    except Exception:
        log.exception("batch_failed", size=len(things))
    results: list[Result] = []
    for thing in filter(is_due, things):
        try:
            results += await work([thing])
        except Exception:
            await give_up(thing)
    return results


def _batches_of_distinct_keys(work: Iterable[WorkItem]) -> list[list[WorkItem]]:
    """Split work into batches, because a batch call takes a key only once.

    Merged halves are deleted first: while a half is staged, its product looks unannounced.
    """
    batches: list[dict[ProductKey, WorkItem]] = []
    for item in sorted(work, key=lambda item: item.plan.discard is None):
        batch = next((each for each in batches if item.key not in each), None)
        if batch is None:
            batches.append(batch := {})
        batch[item.key] = item
    return [list(batch.values()) for batch in batches]
