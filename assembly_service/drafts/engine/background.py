"""Work that outlives the request that started it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

Answer = TypeVar("Answer")

log = structlog.get_logger()


class BackgroundTasks:
    """Keeps references to running work, so that a shutdown can wait for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run_to_end(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """Return the result of `work`, which continues if the caller is cancelled."""
        return await asyncio.shield(self._start(work))

    async def within(self, seconds: float, work: Coroutine[Any, Any, None]) -> None:
        """Wait for `work`, at most `seconds`; then it continues alone."""
        task = self._start(work)
        await asyncio.wait([task], timeout=seconds)
        if task.done():
            task.result()

    def _start(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def all_ended(self, seconds: float) -> None:
        """Wait for everything that runs, at most `seconds`; then cancel it."""
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks, timeout=seconds)
        if pending:
            log.warning("draft_commits_cut_off", commits=len(pending))
            for task in pending:
                task.cancel()
            await asyncio.wait(pending)
