"""The regular clean-up of halves whose other half never arrived."""

import math
from collections.abc import Callable

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.domain.staging import StagedHalf
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.loop import AssemblyLoop
from assembly_service.pipeline.work_item import WorkItem
from assembly_service.runtime.jitter import spread
from assembly_service.runtime.tasks import wait_for_event

log = structlog.get_logger()

_SOON_SECONDS = 60


class Cleanup:
    """Marks and reports orphans, and removes leftovers of finished products.

    It runs only while the pollers have caught up, and skips sellers in trouble: the other half of
    an apparent orphan may be waiting in its queue.
    """

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        loop: AssemblyLoop,
        caught_up: Callable[[], bool],
        in_trouble: Callable[[str], bool],
        interval_seconds: float,
    ) -> None:
        self._tables = collaborators.tables
        self._clock = collaborators.clock
        self._stop = collaborators.stop
        self._loop = loop
        self._caught_up = caught_up
        self._in_trouble = in_trouble
        self._interval_seconds = interval_seconds
        self._oldest_staged_at = math.nan
        collaborators.metrics.assembly.oldest_staged.set_function(self._age_of_oldest)

    async def run(self) -> None:
        """Sweep soon after the start and after a failure, else once per interval, until stopped.

        Pauses are jittered, so that instances do not sweep together.
        """
        swept = False
        while True:
            pause = self._interval_seconds
            if not swept:
                pause = min(pause, _SOON_SECONDS) * 2 / 3
            pause *= spread(0.5, 1.5)
            if await wait_for_event(self._stop, pause):
                return
            swept = await self._try_to_sweep()

    async def _try_to_sweep(self) -> bool:
        if not self._caught_up():
            log.info("cleanup_postponed", reason="the queues may have messages waiting")
            return False
        try:
            await self.sweep()
        except AWS_ERRORS as error:
            log.warning("cleanup_failed", code=code_of(error))
            return False
        return True

    async def sweep(self) -> None:
        """Check every staged half once. Raises the client's error if the table cannot be read."""
        now = self._clock()
        oldest = math.inf
        async for page in self._tables.scan_staged():
            expired = [
                staged
                for staged in page
                if staged.expires_at < now and not self._in_trouble(staged.half.key.seller_handle)
            ]
            waiting = [staged.created_at for staged in page if staged.expires_at >= now]
            oldest = min([oldest, *waiting])
            await self._clean_up(expired)
            if self._stop.is_set():
                return
        self._oldest_staged_at = oldest

    def _age_of_oldest(self) -> float:
        """Return seconds: NaN before the first sweep, 0 if nothing was staged at the last one."""
        age = (self._clock() - self._oldest_staged_at) / 1000
        return 0.0 if age < 0 else age

    async def _clean_up(self, expired: list[StagedHalf]) -> None:
        """Clean up what can be; the next sweep does the rest."""
        work = [WorkItem(staged.half.key) for staged in expired]
        await self._loop.clean_up(await self._loop.assemble(work))
