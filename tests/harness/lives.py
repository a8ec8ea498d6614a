"""Lives of the service that end at a chosen point, as if by `kill -9`.

Every AWS call and every announcement of a life passes a gate before and after it. Where the life
ends the gate closes for all of its tasks at once: no call leaves and no answer arrives any more,
whatever the dying code tries.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, fields
from enum import StrEnum
from functools import partial
from typing import Any, TypeVar

from botocore.exceptions import ReadTimeoutError

from assembly_service.aws.clients import Clients

Answer = TypeVar("Answer")


class Moment(StrEnum):
    """What goes wrong at a call: death before it, death after it, or a lost answer."""

    BEFORE = "before"
    AFTER = "after"
    ANSWER_LOST = "answer lost"


@dataclass(frozen=True, slots=True)
class Point:
    """A moment at the nth call of a name; counted from 1."""

    name: str
    occurrence: int
    moment: Moment

    def __str__(self) -> str:
        return f"{self.moment} {self.name} {self.occurrence}"


class AnswerLost(ReadTimeoutError):  # type: ignore[misc]
    """The call was carried out, but its answer got lost."""

    def __init__(self) -> None:
        super().__init__(endpoint_url="the engine")


@dataclass(eq=False)
class Life:
    """One life of the service. `fate` is where it ends or loses an answer, if anywhere.

    `stop` asks it to stop gracefully. `met`: its fate was met, or it had none and is over.
    """

    fate: Point | None = None
    met: asyncio.Event = field(default_factory=asyncio.Event)
    dead: asyncio.Event = field(default_factory=asyncio.Event)
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    calls: Counter[str] = field(default_factory=Counter)

    async def call(self, name: str, carry_out: Callable[[], Awaitable[Answer]]) -> Answer:
        """Carry out a call, unless the life ends before it; answer, unless it ends meanwhile.

        Raises AnswerLost if the fate is a lost answer.
        """
        self.calls[name] += 1
        occurrence = self.calls[name]
        await self._pass(Point(name, occurrence, Moment.BEFORE))
        try:
            answer = await carry_out()
        except Exception:
            # An error is an answer too.
            await self._answered(name, occurrence)
            raise
        await self._answered(name, occurrence)
        return answer

    async def _answered(self, name: str, occurrence: int) -> None:
        await self._pass(Point(name, occurrence, Moment.AFTER))
        if self.fate == Point(name, occurrence, Moment.ANSWER_LOST):
            self.met.set()
            raise AnswerLost

    async def _pass(self, point: Point) -> None:
        if point == self.fate:
            self.met.set()
            self.dead.set()
        if self.dead.is_set():
            await asyncio.Event().wait()


Interference = Callable[[str, Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Carries out a named call in a special way, for instance only after another one."""


async def straight(name: str, carry_out: Callable[[], Awaitable[Any]]) -> Any:
    """No interference."""
    return await carry_out()


class GatedClient:
    """An AWS client whose calls pass the gate of a life."""

    def __init__(self, client: Any, life: Life, interfere: Interference) -> None:
        self._client = client
        self._life = life
        self._interfere = interfere

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._client, operation)

        async def call(**arguments: Any) -> Any:
            name = " ".join(filter(None, [operation, _resource(arguments)]))
            carry_out = partial(self._interfere, name, partial(method, **arguments))
            return await self._life.call(name, carry_out)

        return call


def gated(clients: Clients, life: Life, interfere: Interference = straight) -> Clients:
    """The clients as a life sees them."""
    return Clients(
        **{
            each.name: GatedClient(getattr(clients, each.name), life, interfere)
            for each in fields(clients)
        }
    )


def _resource(arguments: dict[str, Any]) -> str:
    """The resource of a call, if an operation is used for several of a stack.

    The name of the stack ends at the first hyphen.
    """
    full = str(arguments.get("QueueUrl", arguments.get("TableName", ""))).rsplit("/", 1)[-1]
    return full.partition("-")[2]
