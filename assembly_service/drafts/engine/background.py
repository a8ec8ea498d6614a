"""Work that runs to its end although the request that began it is gone."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import structlog

Answer = TypeVar("Answer")

log = structlog.get_logger()


class BackgroundTasks:
    """Keeps hold of what was begun, so that a stop can wait for it."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    async def run_to_end(self, work: Coroutine[Any, Any, Answer]) -> Answer:
        """The answer of `work`, which goes on if the caller is cancelled meanwhile."""
        return await asyncio.shield(self._begin(work))

    async def within(self, seconds: float, work: Coroutine[Any, Any, None]) -> None:
        """Wait for `work`, at most so long; then it goes on alone."""
        task = self._begin(work)
        await asyncio.wait([task], timeout=seconds)
        if task.done():
            task.result()

    def _begin(self, work: Coroutine[Any, Any, Answer]) -> asyncio.Task[Answer]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def all_ended(self, seconds: float) -> None:
        """Wait for everything under way, at most so long."""
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks, timeout=seconds)
        if pending:
            log.warning("draft_commits_cut_off", commits=len(pending))
            for task in pending:
                task.cancel()
            await asyncio.wait(pending)
