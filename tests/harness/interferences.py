"""What delays the calls of a life, or asks it to stop between them.

A life makes the same calls every time: what has to happen together waits for each other.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from botocore.exceptions import ClientError

from assembly_service.domain.product import HalfKind
from assembly_service.runtime.tasks import wait_for_event
from tests.harness.lives import Interference, Life

_POLL_AGAIN_SECONDS = 0.05
_POLLERS = 2

CarryOut = Callable[[], Awaitable[Any]]


def together(_: Life) -> Interference:
    """The first messages of both queues arrive at the same time."""
    meeting = asyncio.Barrier(len(HalfKind))
    met: set[str] = set()

    async def interfere(name: str, carry_out: CarryOut) -> Any:
        answer = await carry_out()
        if name.startswith("receive_message") and answer.get("Messages") and name not in met:
            met.add(name)
            await meeting.wait()
        return answer

    return interfere


def held_long(_: Life) -> Interference:
    """The first look takes until the visibility of its messages has to be extended."""
    extended = asyncio.Event()

    async def interfere(name: str, carry_out: CarryOut) -> Any:
        if name.startswith("batch_get_item"):
            await extended.wait()
        answer = await carry_out()
        if name.startswith("change_message_visibility"):
            extended.set()
        return answer

    return interfere


def throttled_at_first(*operations: str) -> Callable[[Life], Interference]:
    """The first call of each operation is throttled as a whole."""

    def interference(_: Life) -> Interference:
        left = set(operations)

        async def interfere(name: str, carry_out: CarryOut) -> Any:
            operation = name.partition(" ")[0]
            if operation not in left:
                return await carry_out()
            left.remove(operation)
            code = {"Code": "ProvisionedThroughputExceededException", "Message": "Slow down."}
            raise ClientError({"Error": code}, operation)

        return interfere

    return interference


def refused_at_first(_: Life) -> Interference:
    """The topic refuses the first announcement."""
    refused = False

    async def interfere(name: str, carry_out: CarryOut) -> Any:
        nonlocal refused
        if name != "announce" or refused:
            return await carry_out()
        refused = True
        return False

    return interfere


def stopped_at_a_look(life: Life) -> Interference:
    """Asked to stop at its first look, at captions, while a poll is about to return thumbnails."""
    polls, brought = Polls(life), asyncio.Event()

    async def interfere(name: str, carry_out: CarryOut) -> Any:
        if name.startswith("batch_get_item"):
            await polls.begun("caption", _POLLERS + 1)
            await brought.wait()
            life.stop.set()
        if not name.startswith("receive_message"):
            return await carry_out()
        answer = await polls.poll(name, carry_out)
        if "thumbnail" in name and answer.get("Messages"):
            brought.set()
            await life.stop.wait()
        return answer

    return interfere


def stopped_in_trouble(life: Life) -> Interference:
    """Asked to stop when the announcement of a new product fails."""
    polls, meet = Polls(life), together(life)

    async def interfere(name: str, carry_out: CarryOut) -> Any:
        if name.startswith("batch_get_item"):
            # Early, because no poll begins while a handler is in trouble.
            for queue in ("caption", "thumbnail"):
                await polls.begun(queue, _POLLERS + 1)
        if name == "announce":
            life.stop.set()
            return False
        if not name.startswith("receive_message"):
            return await carry_out()

        async def poll() -> Any:
            return await polls.poll(name, carry_out)

        return await meet(name, poll)

    return interfere


class Polls:
    """Polls that last until they return something or the life is asked to stop.

    So their number does not depend on timing: every poller makes one, and one more after each that
    returned something.
    """

    def __init__(self, life: Life) -> None:
        self._life = life
        self._begun: Counter[str] = Counter()
        self._news = asyncio.Condition()

    async def poll(self, name: str, carry_out: CarryOut) -> Any:
        """Poll once; `carry_out` may receive several times."""
        async with self._news:
            self._begun[name] += 1
            self._news.notify_all()
        while not (answer := await carry_out()).get("Messages"):
            if await wait_for_event(self._life.stop, _POLL_AGAIN_SECONDS):
                break
        return answer

    async def begun(self, queue: str, count: int) -> None:
        """Wait until enough polls of a queue have begun."""

        def so_many() -> bool:
            return sum(n for name, n in self._begun.items() if queue in name) >= count

        async with self._news:
            await self._news.wait_for(so_many)
