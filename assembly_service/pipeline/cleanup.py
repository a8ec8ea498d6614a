"""The hourly look for halves whose other half never came."""

import asyncio
import random
from collections.abc import Callable

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.clock import Clock
from assembly_service.domain.staging import StagedHalf
from assembly_service.monitoring.metrics import Metrics
from assembly_service.pipeline.assembler import Assembler
from assembly_service.pipeline.assembly import Assembly
from assembly_service.pipeline.waiting import wait_for_event
from assembly_service.storage.assembly_tables import AssemblyTables

log = structlog.get_logger()


class Cleanup:
    """Marks and names orphans, and removes what is left over beside a finished product.

    It runs only while the pollers have caught up: a half that looks orphaned may have its other
    half waiting in the queue.
    """

    def __init__(
        self,
        *,
        tables: AssemblyTables,
        assembler: Assembler,
        caught_up: Callable[[], bool],
        interval_seconds: float,
        clock: Clock,
        metrics: Metrics,
        stop: asyncio.Event,
    ) -> None:
        self._tables = tables
        self._assembler = assembler
        self._caught_up = caught_up
        self._interval_seconds = interval_seconds
        self._clock = clock
        self._metrics = metrics
        self._stop = stop

    async def run(self) -> None:
        """Sweep at jittered times until stopped, so that instances do not sweep together."""
        while True:
            pause = self._interval_seconds * random.uniform(0.5, 1.5)  # noqa: S311 - spread only
            if await wait_for_event(self._stop, pause):
                return
            if not self._caught_up():
                log.info("cleanup_put_off", reason="the queues have messages waiting")
                continue
            try:
                await self.sweep()
            except Exception as error:
                if not is_aws_error(error):
                    raise
                log.warning("cleanup_failed", code=code_of(error))

    async def sweep(self) -> None:
        """Look once at every staged half. Raises the client's error if the table cannot be read."""
        now = self._clock()
        oldest = now
        async for page in self._tables.scan_staged():
            oldest = min([oldest, *(staged.created_at for staged in page)])
            await self._tidy([staged for staged in page if staged.expires_at < now])
            if self._stop.is_set():
                return
        self._metrics.oldest_staged.set((now - oldest) / 1000)

    async def _tidy(self, expired: list[StagedHalf]) -> None:
        """What clean-up cannot finish is left to the next sweep."""
        await self._assembler.assemble([Assembly(staged.half.key, []) for staged in expired])
