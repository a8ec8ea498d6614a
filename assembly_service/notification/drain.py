"""Spreads the goodbyes of an instance, so that its clients do not all come back at once."""

import asyncio
import math
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

_TICK_SECONDS = 0.05
_FEWEST_PER_SECOND = 100
"""Other instances easily take in this many clients, so a few do not delay a stop."""

Client = TypeVar("Client")


async def goodbyes(clients: Sequence[Client], seconds: float) -> AsyncIterator[Sequence[Client]]:
    """Yield the clients in slices, each when it is time to tell them to leave.

    This takes up to `seconds`, or less if that would be fewer than 100 clients a second. 0: all at
    once.
    """
    loop = asyncio.get_running_loop()
    began, told = loop.time(), 0
    seconds = max(_TICK_SECONDS, min(seconds, len(clients) / _FEWEST_PER_SECOND))
    while told < len(clients):
        share = (loop.time() - began + _TICK_SECONDS) / seconds
        due = math.ceil(len(clients) * share)
        yield clients[told:due]
        told = due
        await asyncio.sleep(_TICK_SECONDS)
