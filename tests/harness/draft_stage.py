"""Draft calls stepped by hand: each call to the tables waits until it is released."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from botocore.exceptions import ClientError, ReadTimeoutError

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.commit import Committed, NotCommitted
from assembly_service.drafts.engine.sweeper import sweep
from assembly_service.drafts.product.commit import ProductCommit
from assembly_service.drafts.product.refusals import ProductRefusal
from assembly_service.drafts.product.rules import SYSTEM
from assembly_service.storage.attribute_values import Item
from tests.harness.draft_model import DraftTables
from tests.harness.draft_orchestrator import (
    ADA,
    DRAFTS,
    RECORDS,
    Orchestrator,
    product_body,
    sends,
)
from tests.harness.stage import Stage
from tests.harness.stage_handlers import Handler

Outcome = Committed | NotCommitted | ProductRefusal
Act = Callable[["Actor"], Awaitable[None]]


class DraftStage(Stage):
    """Tables, and actors who wait for their turn. `outcomes` are their answers."""

    def __init__(self, client: Any, *, drafts_table: str = DRAFTS, records_table: str = RECORDS):
        unused = None
        clients = Clients(client, client, unused, unused, unused)
        super().__init__(clients=clients)
        self.outside = Orchestrator(
            reads=client,
            writes=client,
            clock=lambda: self.now,
            drafts_table=drafts_table,
            records_table=records_table,
        )
        self.outcomes: list[tuple[str, Outcome]] = []
        self.drafts: list[str] = []
        if isinstance(client, DraftTables):
            self.beside = lambda: sorted((client.tokens or {}).items())

    async def rows(self, table: str) -> list[Item]:
        """All rows of a table."""
        answer = await self.outside.reads.scan(TableName=table, ConsistentRead=True)
        rows: list[Item] = answer["Items"]
        return rows

    async def prepare(self, code: str) -> None:
        """Make a draft with a product; add its id to `drafts`."""
        made = await self.outside.drafts.create(ADA, sends(b""), "set-up")
        await self.outside.drafts.add_product(ADA, made.id, sends(product_body(code)), "set-up")
        self.drafts.append(made.id)

    async def play(self, name: str, act: Act, *, skew: int = 0, late_writes: int = 0) -> None:
        """Start an actor whose clock is `skew` milliseconds off.

        The first `late_writes` attempts of its commits time out at once; all but the first arrive,
        at any time.
        """

        async def begin(handler: Handler) -> None:
            handler.skew = skew
            await act(Actor(self, handler, late_writes))

        await self.acting(name, begin)


class Actor:
    """A caller with an instance of their own."""

    def __init__(self, stage: DraftStage, handler: Handler, late_writes: int) -> None:
        self._stage = stage
        self._handler = handler
        self._late_writes = self._left_late = late_writes
        self._calls = 0
        steps = _Steps(stage.outside.reads, handler)
        self._instance = replace(
            stage.outside,
            reads=steps,
            writes=_LateWrites(steps, self._send_late),
            clock=lambda: stage.now + handler.skew,
        )

    async def commit(self, draft: int = 0) -> Outcome:
        """Commit the stage's nth draft."""
        draft_id = self._stage.drafts[draft]
        outcome = await commit_by_ada(self._instance.commit, draft_id, self._operation())
        self._stage.outcomes.append((draft_id, outcome))
        return outcome

    async def add_product(self, code: str) -> None:
        """Give the first draft a product with this code."""
        with suppress(ProductRefusal):
            await self._instance.drafts.add_product(
                ADA, self._stage.drafts[0], sends(product_body(code)), self._operation()
            )

    async def create_product(self, code: str) -> None:
        """Make a product without a draft, if its code is free."""
        await self._instance.create_product(code, self._operation())

    async def sweep(self) -> None:
        """Record the end of expired drafts."""
        await sweep(
            self._instance.store,
            system=SYSTEM,
            clock=self._instance.clock,
            note=self._instance.engine_drafts.note_expiry,
        )

    def later(self, milliseconds: int) -> None:
        """Advance this actor's clock."""
        self._handler.skew += milliseconds

    def _operation(self) -> str:
        self._calls += 1
        return f"call {self._handler.name}.{self._calls}"

    def _send_late(self, write: Callable[[], Awaitable[Any]]) -> bool:
        """Send a write, if it is one of those that arrive late."""
        if not self._left_late:
            return False
        self._left_late -= 1
        if self._left_late + 1 == self._late_writes:
            return True
        request = Handler(f"late {self._handler.name}.{self._left_late}")
        self._stage.handlers[request.name] = request
        request.tasks = [asyncio.create_task(_arrive(request, write), name=request.name)]
        return True


class _Steps:
    """A client each of whose calls waits to be released."""

    def __init__(self, client: Any, handler: Handler) -> None:
        self.client = client
        self._handler = handler

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self.client, operation)

        async def call(**arguments: Any) -> Any:
            return await self._handler.call(operation, partial(method, **arguments))

        return call


@dataclass(frozen=True)
class _LateWrites:
    steps: _Steps
    send_late: Callable[[Callable[[], Awaitable[Any]]], bool]

    async def transact_write_items(self, **arguments: Any) -> Any:
        if self.send_late(partial(self.steps.client.transact_write_items, **arguments)):
            raise ReadTimeoutError(endpoint_url="the model")
        return await self.steps.transact_write_items(**arguments)


async def commit_by_ada(commit: ProductCommit, draft_id: str, operation: str) -> Outcome:
    """One commit call; a refusal is an outcome."""
    try:
        draft = await commit.committable(ADA, draft_id, sends(b""), operation)
        return await commit.commit(draft, ADA, operation)
    except ProductRefusal as refusal:
        return refusal


async def _arrive(request: Handler, write: Callable[[], Awaitable[Any]]) -> None:
    with suppress(ClientError):
        await request.call("late write", write)
