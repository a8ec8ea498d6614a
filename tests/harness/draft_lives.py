"""Lives of an instance with drafts, cut short at a point, and a client that carries on."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, fields, replace
from typing import Any, TypeVar

from botocore.exceptions import ClientError, ReadTimeoutError

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.attempts import LEASE_SECONDS
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.rows import LAST
from assembly_service.drafts.product.catalogue import ProductCatalogue
from assembly_service.drafts.product.system import create_product_orchestrator
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.storage.attribute_values import Item
from tests.drafts.product.support import SESSIONS, Caller
from tests.harness.draft_checks import check_results, whole_products
from tests.harness.draft_topic import Topic
from tests.harness.drafts import ORGANIZATION, YEAR_2100, Answer, impatient_drafts, token
from tests.harness.lives import Life, gated
from tests.harness.served import Applications
from tests.harness.web import ManualClock

Result = TypeVar("Result")

_Call = Callable[[Caller], Coroutine[Any, Any, Answer]]
_PATIENCE_SECONDS = 60
_SWEEP_MILLISECONDS = 11_000
_MOST_CALLS = 12


@dataclass(kw_only=True)
class DraftRun:
    """One play. The first lives are `fated`, and one without a fate comes last.

    `timeouts`: how many of the first attempts of a commit get lost. `call` is for a client: what
    got no answer is called again, on the next life if need be.
    """

    settings: ProductDraftSettings
    clients: Clients
    fated: list[Life]
    timeouts: int = 0
    last: Life = field(default_factory=Life)
    topic: Topic = field(default_factory=Topic)
    clock: ManualClock = field(default_factory=lambda: ManualClock(YEAR_2100))
    answers: list[tuple[str, Answer]] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    async def play(self, script: Callable[["DraftRun"], Awaitable[None]]) -> None:
        """Run a script, publish all events, and check the result."""
        self._lives = deque([*self.fated, self.last])
        self._serving: _Serving | None = None
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await script(self)
                await self._tell_the_rest()
        finally:
            if self._serving is not None:
                await self._serving.end()
        for life in self.fated:
            assert life.met.is_set(), f"{life.fate} was never met"
        await self._check()

    async def create(self) -> str:
        """Create a draft; return its id."""
        answer = await self._until_answered(
            lambda caller: caller.call("POST", f"{SESSIONS}/create")
        )
        assert answer.status == 201, answer
        session_id: str = answer.body["sessionId"]
        return session_id

    async def add_product(self, session_id: str, code: str) -> None:
        """Give the draft a product with this code."""
        answer = await self._until_answered(
            lambda caller: caller.add_product(session_id, productCode=code)
        )
        assert answer.status == 200, answer

    async def configure_target(self, session_id: str, **criteria: object) -> None:
        """Give the draft a target."""
        answer = await self._until_answered(
            lambda caller: caller.configure_target(session_id, **criteria)
        )
        assert answer.status == 200, answer

    async def commit(self, session_id: str) -> bool:
        """Commit the draft, after the lease of a dead call; return whether it made the product."""
        for _ in range(_MOST_CALLS):
            answer = await self._until_answered(lambda caller: caller.commit(session_id))
            if answer.status == 200:
                self.answers.append((session_id, answer))
                success: bool = answer.body["success"]
                return success
            assert answer.status == 409, answer
            self.clock.now += LEASE_SECONDS * 1000
        raise AssertionError("the lease does not end")

    async def _until_answered(
        self, call: Callable[[Caller], Coroutine[Any, Any, Answer]]
    ) -> Answer:
        for _ in range(_MOST_CALLS):
            serving = await self._alive()
            answer = await serving.unless_dead(call(serving.caller))
            await serving.unless_dead(serving.engine.relay.publish_all(sweep=False))
            if answer is not None and answer.status != 503:
                return answer
        raise AssertionError("the call gets no answer")

    async def _tell_the_rest(self) -> None:
        for _ in range(_MOST_CALLS):
            self.clock.now += _SWEEP_MILLISECONDS
            serving = await self._alive()
            await serving.unless_dead(serving.engine.relay.publish_all(sweep=True))
            if not await self._outbox():
                return
        raise AssertionError("events stay in the outbox")

    async def _alive(self) -> "_Serving":
        """The serving instance, or the next life if it has died."""
        if self._serving is not None and self._serving.life.dead.is_set():
            await self._serving.end()
            self._serving = None
        if self._serving is None:
            self._serving = _Serving(self._lives.popleft(), self)
            await self._serving.begin()
        return self._serving

    async def watched(self, name: str, carry_out: Callable[[], Awaitable[Any]]) -> Any:
        """Read as a reader does, after anything that may have written.

        A refusal is an answer: a life can end after it too.
        """
        answer: Any
        try:
            answer = await carry_out()
        except ClientError as error:
            answer = error
        if name.startswith(("transact_write", "update_item")):
            await self._read()
        return answer

    async def _read(self) -> None:
        listed = await self.catalogue.newest(ORGANIZATION, limit=50, after=None, fits={})
        self.seen |= {product.guid for product in listed.products}
        rows = await self._rows(self.settings.dynamodb_records_table)
        whole_products(rows)
        for guid in self.seen:
            assert await self.catalogue.product(ORGANIZATION, guid) is not None

    @property
    def catalogue(self) -> ProductCatalogue:
        """The state as seen by readers outside of the life."""
        return ProductCatalogue(
            client=self.clients.dynamodb,
            table=self.settings.dynamodb_records_table,
            code_scope="organization",
        )

    async def _check(self) -> None:
        rows = await self._rows(self.settings.dynamodb_drafts_table)
        drafts = {row["id"]["S"]: row for row in rows if row["sk"] == {"S": "META"}}
        products = whole_products(await self._rows(self.settings.dynamodb_records_table))
        made = check_results(drafts.values(), products)
        named = {
            each: answer.body["productGuid"]
            for each, answer in self.answers
            if answer.body["success"]
        }
        assert named == made
        for session_id, draft in drafts.items():
            # Every write increments the version and has an event.
            numbers = [f"{number:08d}" for number in range(1, int(draft["version"]["N"]) + 1)]
            if session_id in made:
                numbers[-1] = LAST
            self._check_events(session_id, numbers, made.get(session_id))

    def _check_events(self, session_id: str, numbers: list[str], made: str | None) -> None:
        ids = self.topic.told[session_id]
        assert list(dict.fromkeys(ids)) == [f"{session_id}#{number}" for number in numbers]
        successes = [
            self.topic.events[each][1]
            for each in dict.fromkeys(ids)
            if self.topic.events[each][0].endswith("commit.success")
        ]
        assert len(successes) == (made is not None)
        assert all(str(made) in body for body in successes)

    async def _outbox(self) -> list[Item]:
        rows = await self._rows(self.settings.dynamodb_drafts_table)
        return [row for row in rows if row["pk"]["S"] == "OUTBOX"]

    async def _rows(self, table: str) -> list[Item]:
        answer = await self.clients.dynamodb.scan(TableName=table, ConsistentRead=True)
        rows: list[Item] = answer["Items"]
        return rows


class _Serving:
    """One life of an instance, served over HTTP."""

    def __init__(self, life: Life, run: DraftRun) -> None:
        self.life = life
        self._run = run
        self._ready = asyncio.Event()

    async def begin(self) -> None:
        """Serve until the end."""
        self._task = asyncio.create_task(self._serve())
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait({self._task, ready}, return_when=asyncio.FIRST_COMPLETED)
        if self._task.done():
            self._task.result()

    async def end(self) -> None:
        """Stop without any clean-up."""
        self._task.cancel()
        await asyncio.wait({self._task})

    async def unless_dead(self, work: Coroutine[Any, Any, Result]) -> Result | None:
        """The result of some work; None if the life ends before."""
        task, dead = asyncio.create_task(work), asyncio.create_task(self.life.dead.wait())
        await asyncio.wait({task, dead}, return_when=asyncio.FIRST_COMPLETED)
        dead.cancel()
        if task.done():
            return task.result()
        # Not awaited: whatever the dying code still tries waits at the gate forever.
        task.cancel()
        return None

    async def _serve(self) -> None:
        run = self._run

        def serve(engine: DraftEngine) -> Applications:
            return create_product_orchestrator(run.settings, engine).mounted.applications

        async with impatient_drafts(self._clients(), run.settings, serve, clock=run.clock) as (
            self.engine,
            session,
        ):
            self.caller = Caller(session=session, token=token())
            self._ready.set()
            await asyncio.Event().wait()

    def _clients(self) -> Clients:
        """The clients behind the gate of the life."""
        own = gated(replace(self._run.clients, sns=self._run.topic), self.life, self._run.watched)
        return Clients(
            **{
                each.name: _Wire(getattr(own, each.name), self._run, each.name == "dynamodb_writes")
                for each in fields(own)
            }
        )


class _Wire:
    """Raises refusals that passed the gate as answers; loses attempts on demand."""

    def __init__(self, client: Any, run: DraftRun, of_attempts: bool) -> None:
        self._client = client
        self._run = run
        self._of_attempts = of_attempts

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        async def call(**arguments: Any) -> Any:
            if self._of_attempts and self._run.timeouts:
                self._run.timeouts -= 1
                raise ReadTimeoutError(endpoint_url="the engine")
            answer = await getattr(self._client, operation)(**arguments)
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call
