"""Every order in which the calls of several handlers can be carried out.

An order is found by playing the scene from the start with other choices. Two orders that reach the
same state (tables, clock, what every handler has seen) continue alike, so only one is played on;
both are counted.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache

from assembly_service.domain.product import ProductKey
from tests.harness.model_aws import ModelTables
from tests.harness.stage import Stage
from tests.harness.stage_handlers import Call, Handler

State = tuple[object, ...]
Schedule = tuple[int, ...]
"""The index of the choice at every step."""


LONGEST = 80
"""More calls than any order takes that ends."""


@dataclass
class Explored:
    """What was played: `plays` cover all `orders`, through `states`."""

    orders: int
    plays: int
    states: int
    schedules: list[Schedule] = field(repr=False)


async def explore(
    set_up: Callable[[], Awaitable[Stage]],
    check: Callable[[Stage], Awaitable[None]],
    check_step: Callable[[Stage], Awaitable[None]],
    *,
    of_shared_steps: bool = False,
    most_plays: int | None = None,
) -> Explored:
    """Play every order. A failure reports the calls that led to it.

    `check` checks a stage whose handlers are all done, `check_step` a stage after every step. With
    `of_shared_steps` announcements and acknowledgements, which no other handler can see, follow at
    once, and only orders of other calls are distinguished. With `most_plays` no more than that are
    played, other ones each time; then `orders` are those they cover.
    """
    search = _Search(check, check_step, of_shared_steps, most_plays)
    while search.unplayed and (most_plays is None or search.plays < most_plays):
        stage = await set_up()
        names: list[str] = []
        try:
            await search.play(stage, names)
        except Exception as error:
            error.add_note("The order was:\n  " + "\n  ".join(names))
            raise
        for handler in tuple(stage.handlers.values()):
            await stage.crash(handler)
    return search.explored()


@dataclass(eq=False)
class _Search:
    """A walk through the graph of states. `edges`: from a state by a choice to the next state."""

    check: Callable[[Stage], Awaitable[None]]
    check_step: Callable[[Stage], Awaitable[None]]
    of_shared_steps: bool
    most_plays: int | None
    edges: dict[State, dict[int, State]] = field(default_factory=dict)
    roots: set[State] = field(default_factory=set)
    unplayed: list[tuple[State, Schedule]] = field(default_factory=lambda: [((), ())])
    complete: list[Schedule] = field(default_factory=list)
    plays: int = 0

    async def play(self, stage: Stage, names: list[str]) -> None:
        """Play one unplayed prefix and continue until the state is known or all are done."""
        self.plays += 1
        state, schedule = self.unplayed.pop(self._next())
        for chosen in schedule:
            await self._release(stage, chosen, names)
        made = list(schedule)
        if made:
            state = await self._arrived(stage, state, made[-1])
        else:
            state = state_of(stage)
            self.roots.add(state)
        while state not in self.edges:
            self.edges[state] = {}
            choices = _choices(stage, self.of_shared_steps)
            if not choices:
                self.complete.append(tuple(made))
                await stage.finish(*stage.handlers.values())
                await self.check(stage)
                return
            self.unplayed += [(state, (*made, other)) for other in range(1, len(choices))]
            await self._release(stage, 0, names)
            made.append(0)
            assert len(made) < LONGEST, "the handlers go on forever"
            state = await self._arrived(stage, state, 0)

    def _next(self) -> int:
        return -1 if self.most_plays is None else random.randrange(len(self.unplayed))

    def explored(self) -> Explored:
        """What was played."""
        [root] = self.roots
        return Explored(_count(self.edges, root), self.plays, len(self.edges), self.complete)

    async def _release(self, stage: Stage, chosen: int, names: list[str]) -> None:
        handler, call = _choices(stage, self.of_shared_steps)[chosen]
        names.append(f"{handler.name}: {call.name}")
        await stage.release(handler, call)

    async def _arrived(self, stage: Stage, before: State, chosen: int) -> State:
        await self.check_step(stage)
        self.edges[before][chosen] = state_of(stage)
        return self.edges[before][chosen]


def _choices(stage: Stage, of_shared_steps: bool) -> list[tuple[Handler, Call]]:
    choices = stage.choices()
    private = [each for each in choices if each[1].name in {"announce", "acknowledge"}]
    return private[:1] if of_shared_steps and private else choices


async def replay(stage: Stage, schedule: Schedule) -> list[str]:
    """Play one order; returns the names of its calls."""
    names = []
    for chosen in schedule:
        handler, call = stage.choices()[chosen]
        names.append(f"{handler.name}: {call.name}")
        await stage.release(handler, call)
    await stage.finish(*stage.handlers.values())
    return names


def state_of(stage: Stage) -> State:
    """All that determines how a stage in memory continues."""
    tables = stage.clients.dynamodb_writes
    assert isinstance(tables, ModelTables)
    rows = sorted(
        (name, ProductKey(*key), repr(item))
        for name, table in tables.tables.items()
        for key, item in table.items()
    )
    handlers = tuple(
        (each.name, each.history, tuple(call.name for call in each.waiting))
        for each in stage.handlers.values()
    )
    shown = tuple(each.current for each in stage.shown)
    whole = (stage.now, tuple(rows), handlers, shown, repr(stage.beside()))
    return (hash(whole),)


def _count(edges: dict[State, dict[int, State]], root: State) -> int:
    """How many paths lead from the root to an end."""

    @cache
    def ways(state: State) -> int:
        return sum(map(ways, edges[state].values())) or 1

    return ways(root)
