"""The worker: everything between the queues and the tables, started and drained as one."""

import asyncio

import structlog

from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.cleanup import Cleanup
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.dispatcher import Dispatcher
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.loop import AssemblyLoop
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.pollers import Pollers
from assembly_service.pipeline.queue_watch import QueueWatch
from assembly_service.pipeline.waiting_keys import ReceiveGate, WaitingKeys

log = structlog.get_logger()

_SHARE_FOR_FINISHING = 0.6
_SHARE_FOR_HANDING_BACK = 0.2
"""Shares of the drain deadline; the rest is for closing sockets and connections."""


class Worker:
    """The queue side of one instance."""

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        concurrency: int,
        cleanup_interval_seconds: float,
        drain_seconds: float,
    ) -> None:
        """`concurrency` limits the messages in flight."""
        self._stop = collaborators.stop
        self._drain_seconds = drain_seconds
        outcomes = OutcomeLog(collaborators.metrics.outcomes)
        gate = ReceiveGate(collaborators.metrics.queues)
        self._in_flight = InFlightMessages(
            collaborators, outcomes=outcomes, most_messages=concurrency
        )
        waiting = WaitingKeys(
            policy=collaborators.retry_policy,
            gate=gate,
            most_messages=concurrency,
            sellers_in_flight=self._in_flight.sellers,
            metrics=collaborators.metrics.queues,
        )
        loop = AssemblyLoop(
            collaborators, in_flight=self._in_flight, waiting=waiting, outcomes=outcomes
        )
        self._swapped_queues = loop.swapped_queues
        self._dispatcher = Dispatcher(loop, waiting=waiting, most_messages=concurrency)
        self._pollers = Pollers(
            collaborators,
            in_flight=self._in_flight,
            gate=gate,
            in_trouble=waiting.in_trouble,
            deliver=self._dispatcher.arrivals.put,
        )
        self._queue_watch = QueueWatch(collaborators)
        self.cleanup = Cleanup(
            collaborators,
            loop=loop,
            caught_up=lambda: self._pollers.caught_up,
            in_trouble=waiting.in_trouble,
            interval_seconds=cleanup_interval_seconds,
        )

    def seconds_since_last_receive(self) -> dict[HalfKind, float]:
        """Return for every queue how long SQS has not answered one of its pollers."""
        return self._pollers.seconds_since_last_receive()

    @property
    def queues_seem_swapped(self) -> bool:
        """Whether all events since the start, at least ten, arrived on the wrong queue."""
        return self._swapped_queues.suspected

    async def run(self) -> None:
        """Work until stopped, then drain: finish or hand back everything in flight.

        A task that dies ends the worker with its exception.
        """
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(self._in_flight.keep_invisible(), name="keep-invisible")
            until_stopped = [
                *self._dispatcher.start(tasks),
                tasks.create_task(self._queue_watch.run(), name="watch-queues"),
                tasks.create_task(self._pollers.stalls.run(), name="watch-stalls"),
            ]
            cleanup = tasks.create_task(self.cleanup.run(), name="cleanup")
            polls = self._pollers.start(tasks)
            await self._stop.wait()
            for task in until_stopped:
                task.cancel()
            drain = tasks.create_task(self._dispatcher.drain(), name="drain")
            await self._finish({*polls, cleanup, drain})
            keeper.cancel()
            await self._hand_back_the_rest()

    async def _finish(self, tasks: set[asyncio.Task[None]]) -> None:
        """Wait for polls and work in progress, within their share of the deadline."""
        log.info("draining", messages_in_flight=len(self._in_flight.held))
        seconds = self._drain_seconds * _SHARE_FOR_FINISHING
        _, late = await asyncio.wait(tasks, timeout=seconds)
        for task in {*late, *(self._dispatcher.under_way if late else ())}:
            log.warning("drain_cut_short", task=task.get_name())
            task.cancel()

    async def _hand_back_the_rest(self) -> None:
        messages = len(self._in_flight.held)
        try:
            async with asyncio.timeout(self._drain_seconds * _SHARE_FOR_HANDING_BACK):
                await self._in_flight.hand_back_all()
        except TimeoutError:
            # They are visible again when their visibility timeout ends.
            log.warning("hand_back_cut_short", messages=messages)
        log.info("drained")
