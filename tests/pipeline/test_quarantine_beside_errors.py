"""A bug in one message does not disturb the quarantine of another."""

import asyncio

import pytest

from assembly_service.aws.queues import HalfQueue
from assembly_service.storage.assembly_tables import AssemblyTables
from tests.harness.pipeline import Pipeline, eventually
from tests.pipeline.support import A_CAPTION, CAPTION


async def test_a_bug_in_another_message_causes_no_second_dead_letter(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = asyncio.Event()
    send, look = HalfQueue.send_to_dead_letters, AssemblyTables.look

    async def send_and_see_the_error(queue: HalfQueue, **letter: object) -> None:
        await send(queue, **letter)  # type: ignore[arg-type]
        await failed.wait()
        await asyncio.sleep(0)

    async def look_once_wrongly(tables: AssemblyTables, keys: object) -> object:
        if not failed.is_set():
            # The dead letter is sent before the error is raised.
            await eventually(a_letter_lies_there)
            failed.set()
            raise LookupError("a mistake in this program")
        return await look(tables, keys)  # type: ignore[arg-type]

    async def a_letter_lies_there() -> bool:
        return bool(await (await pipeline.queue(CAPTION)).count_dead_letters())

    monkeypatch.setattr(HalfQueue, "send_to_dead_letters", send_and_see_the_error)
    monkeypatch.setattr(AssemblyTables, "look", look_once_wrongly)
    await pipeline.send(CAPTION, "hello")
    await pipeline.send(CAPTION, A_CAPTION)
    async with pipeline.working():
        await pipeline.drained()
    assert len(await pipeline.dead_letters(CAPTION)) == 1
