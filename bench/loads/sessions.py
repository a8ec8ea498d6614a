"""People who fill in the form of a project: each saves a field a second, in their own session."""

import asyncio
import json
import random
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import aiohttp

from bench.errors import BenchFailed

SETTINGS: Mapping[str, str] = {
    "SERVICE_ROLE": "web",
    "PROJECT_SESSIONS": "true",
    "SESSION_CREATES_PER_MINUTE": "1000000",
    "SESSION_UPDATES_PER_MINUTE": "1000000",
}
"""The settings of a program for these people, besides its account."""
_SESSIONS = "/api/project-session"
_BYTES = 20_000
"""The size of a session: a filled form and an analysis."""


@dataclass(frozen=True, kw_only=True)
class People:
    """Callers with sessions of 20 KB each."""

    session: aiohttp.ClientSession
    ids: list[str] = field(default_factory=list)

    async def begin(self, count: int) -> None:
        """Create sessions until there are so many."""
        while len(self.ids) < count:
            at_once = min(16, count - len(self.ids))
            made = await asyncio.gather(*(self._create() for _ in range(at_once)))
            self.ids.extend(made)

    async def save_each(self, rounds: int) -> None:
        """Have everyone save so many fields, eight people at once, without a pause."""
        left = iter([(each, number) for number in range(rounds) for each in self.ids])

        async def save_all() -> None:
            for session_id, number in left:
                await self._save(session_id, number)

        async with asyncio.TaskGroup() as tasks:
            for _ in range(8):
                tasks.create_task(save_all())

    async def type(self, people: int, seconds: float) -> list[float]:
        """Have so many people save once a second. Returns the sorted milliseconds of each save.

        They start at different moments. Nobody saves again before the last answer.
        """
        delays: list[float] = []
        end = time.perf_counter() + seconds

        async def type_on(session_id: str) -> None:
            due = time.perf_counter() + random.random()
            while due < end:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                began = time.perf_counter()
                await self._save(session_id, len(delays))
                delays.append((time.perf_counter() - began) * 1000)
                due = max(due + 1, time.perf_counter())

        async with asyncio.TaskGroup() as tasks:
            for session_id in self.ids[:people]:
                tasks.create_task(type_on(session_id))
        return sorted(delays)

    async def _create(self) -> str:
        notes = "Two floors below the quay, dry in all tests. " * (_BYTES // 45)
        data = {
            "projectName": "Harbour Tower",
            "buildingType": "office",
            "squareFootage": 12500,
            "aiAnalysis": {"notes": notes},
        }
        made = await self._call("POST", _SESSIONS, {"projectData": data, "currentStep": 1})
        return str(made["sessionId"])

    async def _save(self, session_id: str, number: int) -> None:
        sent = {"projectData": {"projectDescription": f"Offices above, shops below. {number}"}}
        await self._call("PUT", f"{_SESSIONS}/{session_id}", sent)

    async def _call(self, method: str, path: str, body: object) -> dict[str, Any]:
        async with self.session.request(method, path, data=json.dumps(body)) as answer:
            text = await answer.text()
        if answer.status not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            raise BenchFailed(f"{method} {path} was answered with {answer.status}: {text[:200]}")
        said: dict[str, Any] = json.loads(text)
        return said


@asynccontextmanager
async def people(url: str) -> AsyncIterator[People]:
    """Open the callers of the program at `url`."""
    connector = aiohttp.TCPConnector(limit=0)
    headers = {"Content-Type": "application/json"}
    async with aiohttp.ClientSession(url, headers=headers, connector=connector) as session:
        yield People(session=session)
