"""Keeps a programming error in one of many things from holding back the others."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

log = structlog.get_logger()

Thing = TypeVar("Thing")
Result = TypeVar("Result")


async def together_or_alone(
    things: Sequence[Thing],
    work: Callable[[Sequence[Thing]], Awaitable[list[Result]]],
    *,
    alone: Callable[[Thing], Awaitable[list[Result]]],
    is_due: Callable[[Thing], bool],
    give_up: Callable[[Thing], Awaitable[None]],
) -> list[Result]:
    """What the work on all of them comes to.

    Where it raises, each that `is_due` still is worked on `alone`: some of the work on it may have
    been done. One that fails alone too is given up: `give_up` is called while its exception is
    handled.
    """
    try:
        return await work(things)
    except Exception:
        log.exception("batch_failed", size=len(things))
    results: list[Result] = []
    for thing in things:
        if is_due(thing):
            try:
                results += await alone(thing)
            except Exception:
                await give_up(thing)
    return results
