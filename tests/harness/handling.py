"""The message loop without a worker: one batch at a time, independent of timing."""

import asyncio
from collections.abc import Sequence

from assembly_service.aws.queues import Message
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.loop import AssemblyLoop
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.waiting_keys import ReceiveGate, WaitingKeys
from assembly_service.pipeline.work_item import WorkItem
from assembly_service.runtime.tasks import all_ended


class Handling:
    """Handles messages that are in flight from the start."""

    def __init__(
        self,
        collaborators: Collaborators,
        messages: Sequence[Message],
        *,
        most_messages: int = 200,
    ) -> None:
        """`most_messages` limits what may wait, not what may be in flight."""
        outcomes = OutcomeLog(collaborators.metrics.outcomes)
        self.in_flight = InFlightMessages(collaborators, outcomes=outcomes, most_messages=0)
        self.in_flight.hold(messages)
        self._trying_again = asyncio.Lock()
        self.gate = ReceiveGate(collaborators.metrics.queues)
        self.waiting = WaitingKeys(
            policy=collaborators.retry_policy,
            gate=self.gate,
            most_messages=most_messages,
            sellers_in_flight=self.in_flight.sellers,
            metrics=collaborators.metrics.queues,
        )
        self.loop = AssemblyLoop(
            collaborators, in_flight=self.in_flight, waiting=self.waiting, outcomes=outcomes
        )

    async def handle(self, messages: Sequence[Message]) -> None:
        """Handle a batch, and retry keys in trouble, until all is settled."""
        accepted = await self.loop.accept(messages)
        await all_ended(
            self.work_on(accepted.work),
            self.loop.quarantine(accepted.unfit),
            self.loop.hand_back(accepted.over_limit),
        )

    async def work_on(self, work: Sequence[WorkItem]) -> None:
        """Assemble and clean up, and retry keys in trouble."""
        await self.loop.clean_up(await self.loop.assemble(work))
        # One due batch at a time, whoever waits for it.
        async with self._trying_again:
            while self.waiting.items:
                due = await self.waiting.due()
                try:
                    await self.loop.clean_up(await self.loop.assemble(due))
                finally:
                    self.waiting.done(due)
