"""The attempts of a commit: three at most, a second apart, five seconds each."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from assembly_service.drafts.engine.transactions import Cause

Pause = Callable[[float], Awaitable[None]]
"""Waits for a number of seconds."""

MOST_ATTEMPTS = 3
PAUSE_SECONDS = 1.0
ATTEMPT_SECONDS = 5.0
LEASE_SECONDS = 30
"""Longer than a commit with all its attempts takes, unless every call uses up its timeout. If it
runs out, whoever takes over writes the same under the same token."""


@dataclass(frozen=True, slots=True)
class GaveUp:
    """How many attempts were made, and why the last one failed.

    The write may have been applied all the same, if its answer was lost.
    """

    attempts: int
    cause: Cause


async def attempt(
    write: Callable[[], Awaitable[None]],
    *,
    explain: Callable[[Exception], Cause],
    pause: Pause = asyncio.sleep,
) -> GaveUp | None:
    """Try the same write until it is applied, fails permanently, or was tried often enough.

    None if it was applied. `explain` raises errors that are bugs.
    """
    for number in range(1, MOST_ATTEMPTS + 1):
        try:
            async with asyncio.timeout(ATTEMPT_SECONDS):
                await write()
        except Exception as error:
            gave_up = GaveUp(number, explain(error))
        else:
            return None
        if gave_up.cause.is_permanent or number == MOST_ATTEMPTS:
            break
        await pause(PAUSE_SECONDS)
    return gave_up
