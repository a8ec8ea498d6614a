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
    is_due: Callable[[Thing], bool],
    give_up: Callable[[Thing], Awaitable[None]],
) -> list[Result]:
    """What the work on all of them comes to.

    Where it raises, each that `is_due` still is worked on alone, and one that fails alone is given
    up: `give_up` is called while its exception is handled.
    """
    try:
        return await work(things)
    except Exception:
        if len(things) == 1:
            await give_up(things[0])
            return []
        log.exception("batch_failed", size=len(things))
    results: list[Result] = []
    for thing in things:
        if is_due(thing):
            results += await together_or_alone([thing], work, is_due=is_due, give_up=give_up)
    return results
