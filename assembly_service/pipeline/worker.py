"""The worker: pollers, batches and clean-up, started together and drained together."""

import asyncio
import secrets
from collections.abc import Mapping
from functools import partial

import structlog

from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.clock import Clock
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import HalfKind
from assembly_service.monitoring.metrics import Metrics
from assembly_service.pipeline.assembler import Assembler
from assembly_service.pipeline.cleanup import Cleanup
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.dead_letters import DeadLetterWatch
from assembly_service.pipeline.execution import Announce, Execution
from assembly_service.pipeline.gathering import Gathering
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.poller import Poller
from assembly_service.pipeline.quarantine import Quarantine
from assembly_service.pipeline.stalls import StallWatch
from assembly_service.pipeline.trouble import Trouble
from assembly_service.storage.assembly_tables import AssemblyTables

log = structlog.get_logger()

_POLLERS_PER_QUEUE = 2
_BATCHES_AT_ONCE = 4
_MESSAGES_PER_BATCH = 100
_SHARE_FOR_FINISHING = 0.6
_SHARE_FOR_HANDING_BACK = 0.2
"""Of the drain deadline; the rest is for closing sockets and connections."""
_GATHER_SECONDS = 0.005
"""While one batch is in the works the next one gathers: the busier, the larger, the cheaper."""
_TIDY_UP_SECONDS = 0.2
"""How long a message may wait to be acknowledged with others. Nobody sees it."""


class Worker:
    """Everything between the queues and the tables of one instance."""

    def __init__(
        self,
        *,
        queues: Mapping[HalfKind, HalfQueue],
        tables: AssemblyTables,
        announce: Announce,
        rules: AssemblyRules,
        concurrency: int,
        cleanup_interval_seconds: float,
        drain_seconds: float,
        clock: Clock,
        metrics: Metrics,
        stop: asyncio.Event,
    ) -> None:
        self._stop = stop
        self._drain_seconds = drain_seconds
        self._arrived: asyncio.Queue[Message] = asyncio.Queue()
        self._batch_slots = asyncio.Semaphore(_BATCHES_AT_ONCE)
        self._handlers: set[asyncio.Task[None]] = set()
        outcomes = OutcomeLog(metrics.outcomes)
        trouble = Trouble()
        self._custody = Custody(
            queues=queues,
            most_messages=concurrency,
            outcomes=outcomes,
            metrics=metrics.queues,
            stop=stop,
        )
        quarantine = Quarantine(queues=queues, custody=self._custody, outcomes=outcomes, stop=stop)
        execution = Execution(
            tables=tables,
            announce=announce,
            quarantine=quarantine,
            commit_allowance=rules.commit_allowance,
            clock=clock,
            metrics=metrics.assembly,
        )
        self._assembler = Assembler(
            tables=tables,
            execution=execution,
            quarantine=quarantine,
            custody=self._custody,
            outcomes=outcomes,
            rules=rules,
            trouble=trouble,
            clock=clock,
            new_version=_new_version,
            stop=stop,
        )
        self._finishing = Gathering(
            self._assembler.finish,
            enough=min(_MESSAGES_PER_BATCH, concurrency // 2),
            seconds=_TIDY_UP_SECONDS,
        )
        self._pollers = [
            Poller(
                queue=queue,
                custody=self._custody,
                trouble=trouble,
                deliver=self._arrived.put_nowait,
                clock=clock,
                metrics=metrics.queues,
                stop=stop,
            )
            for queue in queues.values()
            for _ in range(_POLLERS_PER_QUEUE)
        ]
        for kind in queues:
            metrics.queues.since_last_receive.labels(kind.value).set_function(
                partial(self._seconds_since_last_receive, kind)
            )
        self._dead_letters = DeadLetterWatch(queues=queues.values(), metrics=metrics.queues)
        self._stalls = StallWatch(pollers=self._pollers)
        self.cleanup = Cleanup(
            tables=tables,
            assembler=self._assembler,
            caught_up=lambda: all(poller.caught_up for poller in self._pollers),
            interval_seconds=cleanup_interval_seconds,
            clock=clock,
            metrics=metrics.assembly,
            stop=stop,
        )

    def seconds_since_last_receive(self) -> dict[HalfKind, float]:
        """For every queue, how long ago SQS last answered the poller that waits longest.

        Infinite until it has answered each of them once.
        """
        kinds = {poller.queue.kind for poller in self._pollers}
        return {kind: self._seconds_since_last_receive(kind) for kind in sorted(kinds)}

    async def run(self) -> None:
        """Work until stopped, then drain: finish or hand back everything in hand.

        A task that dies ends the worker with its exception: never silently missing.
        """
        async with asyncio.TaskGroup() as tasks:
            keeper = tasks.create_task(self._custody.keep_invisible(), name="keep-invisible")
            gatherer = tasks.create_task(self._gather_batches(tasks), name="gather-batches")
            watches = [
                tasks.create_task(self._dead_letters.run(), name="watch-dead-letters"),
                tasks.create_task(self._stalls.run(), name="watch-stalls"),
            ]
            cleanup = tasks.create_task(self.cleanup.run(), name="cleanup")
            polls = [
                tasks.create_task(poller.run(), name=f"poll-{poller.queue.name}-{number}")
                for number, poller in enumerate(self._pollers)
            ]
            await self._stop.wait()
            gatherer.cancel()
            for watch in watches:
                watch.cancel()
            await self._finish({*polls, cleanup, *self._handlers})
            keeper.cancel()
            await self._hand_back_the_rest()

    def _seconds_since_last_receive(self, kind: HalfKind) -> float:
        # The longest, so that one stalled poller does not hide behind the others.
        return max(
            poller.seconds_since_last_receive
            for poller in self._pollers
            if poller.queue.kind is kind
        )

    async def _gather_batches(self, tasks: asyncio.TaskGroup) -> None:
        """Gather messages into batches; a batch waits for its slot first, so that it can grow."""
        while True:
            await self._batch_slots.acquire()
            batch = await self._next_batch()
            handler = tasks.create_task(self._handle(batch), name="handle-batch")
            self._handlers.add(handler)
            handler.add_done_callback(self._handlers.discard)

    async def _next_batch(self) -> list[Message]:
        batch = [await self._arrived.get()]
        await asyncio.sleep(_GATHER_SECONDS)
        while len(batch) < _MESSAGES_PER_BATCH and not self._arrived.empty():
            batch.append(self._arrived.get_nowait())
        return batch

    async def _handle(self, batch: list[Message]) -> None:
        try:
            steps = await self._assembler.show(batch)
        finally:
            self._batch_slots.release()
        await self._finishing.add(steps)

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


def _new_version() -> str:
    return secrets.token_hex(16)
