"""The hourly look for halves whose other half never came."""

import math
import random
from collections.abc import Callable

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.domain.staging import StagedHalf
from assembly_service.pipeline.assembler import Assembler
from assembly_service.pipeline.assembly import Assembly
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.waiting import wait_for_event

log = structlog.get_logger()

_SOON_SECONDS = 60


class Cleanup:
    """Marks and names orphans, and removes what is left over beside a finished product.

    It runs only while the pollers have caught up: a half that looks orphaned may have its other
    half waiting in the queue.
    """

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        assembler: Assembler,
        caught_up: Callable[[], bool],
        interval_seconds: float,
    ) -> None:
        self._tables = collaborators.tables
        self._clock = collaborators.clock
        self._stop = collaborators.stop
        self._assembler = assembler
        self._caught_up = caught_up
        self._interval_seconds = interval_seconds
        self._oldest_staged_at = math.nan
        collaborators.metrics.assembly.oldest_staged.set_function(self._age_of_oldest)

    async def run(self) -> None:
        """Sweep soon after the start and after a failure, else once an interval, until stopped.

        The times are jittered, so that instances do not sweep together.
        """
        swept = False
        while True:
            pause = self._interval_seconds
            if not swept:
                pause = min(pause, _SOON_SECONDS) * 2 / 3
            pause *= random.uniform(0.5, 1.5)  # noqa: S311 - spread only
            if await wait_for_event(self._stop, pause):
                return
            swept = await self._try_to_sweep()

    async def _try_to_sweep(self) -> bool:
        if not self._caught_up():
            log.info("cleanup_put_off", reason="the queues may have messages waiting")
            return False
        try:
            await self.sweep()
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning("cleanup_failed", code=code_of(error))
            return False
        return True

    async def sweep(self) -> None:
        """Look once at every staged half. Raises the client's error if the table cannot be read."""
        now = self._clock()
        oldest = math.inf
        async for page in self._tables.scan_staged():
            expired = [staged for staged in page if staged.expires_at < now]
            waiting = [staged.created_at for staged in page if staged.expires_at >= now]
            oldest = min([oldest, *waiting])
            await self._tidy(expired)
            if self._stop.is_set():
                return
        self._oldest_staged_at = oldest

    def _age_of_oldest(self) -> float:
        """Seconds; not a number before the first sweep, 0 if nothing waited at the last one."""
        age = (self._clock() - self._oldest_staged_at) / 1000
        return 0.0 if age < 0 else age

    async def _tidy(self, expired: list[StagedHalf]) -> None:
        """What clean-up cannot finish is left to the next sweep."""
        await self._assembler.tidy([Assembly(staged.half.key, []) for staged in expired])
