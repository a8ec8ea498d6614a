"""Ending tasks whatever they do with a cancellation."""

import asyncio

import pytest

from assembly_service.runtime import tasks


async def test_tasks_are_cancelled_until_they_end_though_one_swallows_it_and_another_has_failed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tasks, "_CANCEL_AGAIN_SECONDS", 0.0)
    waiting = asyncio.Event()
    swallowed = 0

    async def swallow() -> None:
        nonlocal swallowed
        try:
            await waiting.wait()
        except asyncio.CancelledError:
            swallowed += 1
        await waiting.wait()

    async def fail() -> None:
        raise ValueError

    work = [asyncio.create_task(each) for each in (swallow(), fail())]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await tasks.cancelled(work)

    assert swallowed == 1
    assert work[0].cancelled()
    assert all(task.done() for task in work)
