"""How a commit call waits while another one holds the draft."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from assembly_service.drafts.engine.attempts import Pause

MOST_SECONDS = 20.0
_FIRST_SECONDS = 0.1
_LONGEST_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Polls soon, then twice a second, until `seconds` have passed."""

    pause: Pause = asyncio.sleep
    seconds: float = MOST_SECONDS

    async def looks(self) -> AsyncIterator[None]:
        """Yield whenever it is time to look; the time that looks take counts too."""
        loop = asyncio.get_running_loop()
        end = loop.time() + MOST_SECONDS
        left, pause = self.seconds, _FIRST_SECONDS
        while left > 0 and loop.time() < end:
            await self.pause(min(pause, left))
            yield
            left -= pause
            pause = min(pause * 2, _LONGEST_SECONDS)
