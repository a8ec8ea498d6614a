"""The worker: pollers, batches and clean-up, started together and drained together."""

import asyncio

import structlog

from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.assembler import Assembler
from assembly_service.pipeline.batches import Batches
from assembly_service.pipeline.cleanup import Cleanup
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.dead_letters import DeadLetterWatch
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.pollers import Pollers
from assembly_service.pipeline.trouble import Trouble

log = structlog.get_logger()

_SHARE_FOR_FINISHING = 0.6
_SHARE_FOR_HANDING_BACK = 0.2
"""Of the drain deadline; the rest is for closing sockets and connections."""


class Worker:
    """Everything between the queues and the tables of one instance."""

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        concurrency: int,
        cleanup_interval_seconds: float,
        drain_seconds: float,
    ) -> None:
        """`concurrency` is how many messages may be in hand at once."""
        queues, metrics = collaborators.queues, collaborators.metrics
        self._stop = collaborators.stop
        self._drain_seconds = drain_seconds
        outcomes = OutcomeLog(metrics.outcomes)
        trouble = Trouble()
        self._custody = Custody(
            queues=queues,
            most_messages=concurrency,
            outcomes=outcomes,
            metrics=metrics.queues,
            stop=self._stop,
        )
        assembler = Assembler(
            collaborators, custody=self._custody, outcomes=outcomes, trouble=trouble
        )
        self._batches = Batches(assembler, most_messages=concurrency)
        self._pollers = Pollers(
            collaborators,
            custody=self._custody,
            trouble=trouble,
            deliver=self._batches.arrived.put_nowait,
        )
        self._dead_letters = DeadLetterWatch(queues=queues.values(), metrics=metrics.queues)
        self.cleanup = Cleanup(
            collaborators,
            assembler=assembler,
            caught_up=lambda: self._pollers.caught_up,
            interval_seconds=cleanup_interval_seconds,
        )

    def seconds_since_last_receive(self) -> dict[HalfKind, float]:
        """For every queue, how long its pollers have been waiting for SQS at most."""
        return self._pollers.seconds_since_last_receive()

    async def run(self) -> None:
        """Work until stopped, then drain: finish or hand back everything in hand.

        A task that dies ends the worker with its exception: never silently missing.
        """
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(self._custody.keep_invisible(), name="keep-invisible")
            gatherer = tasks.create_task(self._batches.gather(tasks), name="gather-batches")
            watches = [
                tasks.create_task(self._dead_letters.run(), name="watch-dead-letters"),
                tasks.create_task(self._pollers.stalls.run(), name="watch-stalls"),
            ]
            cleanup = tasks.create_task(self.cleanup.run(), name="cleanup")
            polls = self._pollers.start(tasks)
            await self._stop.wait()
            gatherer.cancel()
            for watch in watches:
                watch.cancel()
            await self._finish({*polls, cleanup, *self._batches.under_way})
            keeper.cancel()
            await self._hand_back_the_rest()

    async def _finish(self, tasks: set[asyncio.Task[None]]) -> None:
        """Wait for polls and batches under way, but not beyond their share of the deadline."""
        log.info("draining", messages_in_hand=len(self._custody.held))
        seconds = self._drain_seconds * _SHARE_FOR_FINISHING
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in late:
            log.warning("drain_cut_short", task=task.get_name())
            task.cancel()

    async def _hand_back_the_rest(self) -> None:
        messages = len(self._custody.held)
        try:
            async with asyncio.timeout(self._drain_seconds * _SHARE_FOR_HANDING_BACK):
                await self._custody.hand_back_all()
        except TimeoutError:
            # They come back by themselves when their visibility timeout is over.
            log.warning("hand_back_cut_short", messages=messages)
        log.info("drained")
