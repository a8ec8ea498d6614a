"""Requests about one seller share reads, which end with the service."""

import asyncio
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any

import pytest
from aiohttp import ClientConnectionError, ClientSession, web

from assembly_service.runtime import token_bucket
from assembly_service.shop import shared_reads
from assembly_service.shop.shared_reads import SharedReads
from tests.harness.hooks import before_call
from tests.harness.quiet_loop import play
from tests.harness.served import served
from tests.harness.web import products_path

PATIENCE = 20


class Reads:
    """Reads that wait for the test, and what each was to answer."""

    def __init__(self) -> None:
        self.asked: list[Sequence[str]] = []
        self.begun = asyncio.Semaphore(0)
        self.go_on = asyncio.Event()

    async def __call__(self, _seller_handle: str, questions: Sequence[str]) -> Sequence[str]:
        self.asked.append(questions)
        self.begun.release()
        await self.go_on.wait()
        return [f"answer to {question}" for question in questions]


def asking(shared: SharedReads[str, str], seller: str, question: str) -> "asyncio.Task[str]":
    return asyncio.create_task(shared.request(seller, question))


async def test_closing_ends_reads_and_all_who_wait_for_them() -> None:
    reads = Reads()
    shared = SharedReads(reads)
    first = asking(shared, "amani", "first")
    await reads.begun.acquire()
    waiting = [first, asking(shared, "amani", "next"), asking(shared, "baraka", "other")]
    await asyncio.sleep(0)
    async with asyncio.timeout(PATIENCE):
        await shared.close()
        ended = await asyncio.gather(*waiting, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended)


async def test_nobody_reads_for_those_who_have_left() -> None:
    reads = Reads()
    shared = SharedReads(reads)
    occupying = [asking(shared, f"seller{number}", "some") for number in range(8)]
    for _ in occupying:
        await reads.begun.acquire()
    leaving, staying = (asking(shared, "amani", name) for name in ("leaving", "staying"))
    gone = asking(shared, "baraka", "gone")
    # Until they wait for one of the reads to end.
    await asyncio.sleep(0.01)
    leaving.cancel()
    gone.cancel()
    reads.go_on.set()
    async with asyncio.timeout(PATIENCE):
        assert await staying == "answer to staying"
        await asyncio.gather(*occupying)
    assert reads.asked[8:] == [["staying"]]


def test_requests_made_again_and_again_share_reads_and_are_all_answered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(shared_reads, "_READS_IN_A_ROW", 2)
    loop_time = SimpleNamespace(monotonic=lambda: asyncio.get_running_loop().time())
    monkeypatch.setattr(token_bucket, "time", loop_time)
    reads = Reads()

    async def ask() -> None:
        reads.go_on.set()
        shared = SharedReads(reads)
        for name in ("a", "b"):
            await shared.request("amani", name)
        slowed = []
        for name in ("c", "d", "e"):
            slowed.append(asking(shared, "amani", name))
            for _ in range(5):
                await asyncio.sleep(0)
        # Who asks about another seller is not slowed.
        assert await shared.request("baraka", "f") == "answer to f"
        assert await asyncio.gather(*slowed) == ["answer to c", "answer to d", "answer to e"]

    play(ask())
    assert reads.asked == [["a"], ["b"], ["f"], ["c", "d", "e"]]


async def test_no_read_outlives_the_service(application: web.Application, dynamodb: Any) -> None:
    begun, forever = asyncio.Event(), asyncio.Event()

    async def never() -> None:
        begun.set()
        await forever.wait()

    before_call(dynamodb, "query", never)
    held = {"Prefer": "wait=30", "If-None-Match": "*"}
    async with asyncio.timeout(PATIENCE), ClientSession(headers=held) as session:
        async with served(application, shutdown_timeout=0.1) as url:
            answer = asyncio.ensure_future(session.get(url + products_path()))
            await begun.wait()
        with pytest.raises(ClientConnectionError):
            await answer
    assert "shared-reads" not in {task.get_name() for task in asyncio.all_tasks()}
