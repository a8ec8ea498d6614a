"""Measures how late the event loop is: how long what is ready waits for its turn."""

import asyncio

from prometheus_client import Histogram

_STEP_SECONDS = 0.02
"""Fifty samples a second cost a thousandth of a core."""


async def watch_loop_lag(lag: Histogram, stop: asyncio.Event) -> None:
    """Observe how late each of many short sleeps ends, in seconds, until stopped.

    A stall counts once for every sleep that it swallowed, since as many others waited for it.
    """
    loop = asyncio.get_running_loop()
    while not stop.is_set():
        due = loop.time() + _STEP_SECONDS
        await asyncio.sleep(_STEP_SECONDS)
        late = max(0.0, loop.time() - due)
        lag.observe(late)
        while (late := late - _STEP_SECONDS) > 0:
            lag.observe(late)
