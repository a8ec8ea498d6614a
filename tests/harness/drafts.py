"""Draft systems over real HTTP on a real engine, their callers, and faults on demand."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

import jwt
from aiohttp import ClientSession
from prometheus_client import CollectorRegistry

from assembly_service.access.tokens import open_verifier
from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.draft_engine import DraftEngine, open_draft_engine
from assembly_service.drafts.engine.waiting import Waiting
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.drafts import DraftEngineSettings
from tests.harness.described import Described, checking
from tests.harness.served import Applications, mounted, served
from tests.harness.web import ManualClock

SIGNING_KEY = "a secret of the tests that is long enough"
ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000001"
YEAR_2100 = 4_102_444_800_000
"""The fixed time in milliseconds: by the wall clock an engine would delete expired rows."""

Json = dict[str, Any]
Trouble = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Carries out an AWS call in a special way."""


def token(
    *,
    user: str = "ada",
    privilege: object = 2,
    organization: str | None = ORGANIZATION,
    expires_in: timedelta = timedelta(hours=1),
    **claims: object,
) -> str:
    """A token that the orchestrator's issuer could have signed."""
    named: Json = {
        "sub": user,
        "privilege": privilege,
        "aud": "assembly-service",
        "exp": datetime.now(UTC) + expires_in,
        **claims,
    }
    if organization is not None:
        named["organizationGuid"] = organization
    return jwt.encode(named, SIGNING_KEY, algorithm="HS256")


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class DraftCaller:
    """A caller of draft systems; without a token none is sent."""

    session: ClientSession
    token: str | None

    def as_(self, **who: Any) -> Self:
        """Another caller, with this token."""
        return replace(self, token=token(**who))

    async def call(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] = {}
    ) -> Answer:
        """Send a request; `body` is sent as JSON, bytes as they are."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = dict(headers)
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        async with self.session.request(method, path, data=data, headers=sent) as response:
            text = await response.text()
            return Answer(response.status, json.loads(text) if text else None, response.headers)


class TroubledClient:
    """An AWS client with faults on demand.

    `orders[operation]` lists what happens to the next calls of the operation; then calls pass.
    `called` counts all.
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self.orders: defaultdict[str, deque[Trouble]] = defaultdict(deque)
        self.called: defaultdict[str, int] = defaultdict(int)

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        method = getattr(self._client, operation)

        async def call(**arguments: Any) -> Any:
            self.called[operation] += 1
            orders = self.orders[operation]
            trouble = orders.popleft() if orders else None
            if trouble is None:
                return await method(**arguments)
            return await trouble(lambda: method(**arguments))

        return call


async def timed_out(_: Callable[[], Awaitable[Any]]) -> Any:
    """The call gets lost."""
    raise TimeoutError


async def answer_lost(carry_out: Callable[[], Awaitable[Any]]) -> Any:
    """The call is carried out, but its answer gets lost."""
    await carry_out()
    raise TimeoutError


async def straight(carry_out: Callable[[], Awaitable[Any]]) -> Any:
    """No fault."""
    return await carry_out()


@dataclass
class Held:
    """A call that waits until released; `reached` is set when it waits.

    With `fails` it is not carried out, and raises that.
    """

    reached: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)
    fails: Exception | None = None

    async def __call__(self, carry_out: Callable[[], Awaitable[Any]]) -> Any:
        self.reached.set()
        await self.let_go.wait()
        if self.fails is not None:
            raise self.fails
        return await carry_out()


@dataclass
class Pauses:
    """Records the pauses between attempts, which end at once.

    With `hold` a pause lasts until `let_go` is set.
    """

    seconds: list[float] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    hold: bool = False
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        self.reached.set()
        if self.hold:
            await self.let_go.wait()


@dataclass(frozen=True, kw_only=True)
class DraftInstance:
    """A running instance without relay and sweeper: the outbox keeps every event.

    `reads` and `writes` are the clients with faults on demand: attempts of commits use `writes`,
    all else `reads`. `pauses` are those between attempts, `waits` those for another call's commit;
    both end at once.
    """

    session: ClientSession
    clock: ManualClock
    pauses: Pauses
    waits: Pauses
    reads: TroubledClient
    writes: TroubledClient
    engine: DraftEngine
    settings: DraftEngineSettings
    registry: CollectorRegistry
    url: str

    async def events(self, reference: str) -> list[Json]:
        """The events of a draft in order, each with its `event` name."""
        return [
            {"event": event.name, **json.loads(event.body)}
            async for page in self.engine.relay.outbox.waiting(reference)
            for event in page
        ]

    async def event_names(self, reference: str) -> list[str]:
        """The names of the events of a draft, without the name of the system."""
        return [event["event"].partition(".")[2] for event in await self.events(reference)]

    async def records(self) -> list[Json]:
        """Every row of the records table, in DynamoDB's form."""
        answer = await self.reads.scan(
            TableName=self.settings.dynamodb_records_table, ConsistentRead=True
        )
        rows: list[Json] = answer["Items"]
        return rows


def fields_of(running: DraftInstance) -> dict[str, Any]:
    """What an instance of a system takes over."""
    return {each.name: getattr(running, each.name) for each in fields(DraftInstance)}


@asynccontextmanager
async def running_drafts(
    clients: Clients,
    settings: DraftEngineSettings,
    serve: Callable[[DraftEngine], Applications],
    *,
    clock: ManualClock | None = None,
    described: Described | None = None,
) -> AsyncIterator[DraftInstance]:
    """Serve draft systems on a free port, with a fixed clock.

    `serve` opens the systems on the engine. Every answer has to be as `described`.
    """
    traces = [checking(described)] if described else []
    reads, writes = TroubledClient(clients.dynamodb), TroubledClient(clients.dynamodb_writes)
    clock, metrics = clock or ManualClock(YEAR_2100), Metrics()
    pauses, waits = Pauses(), Pauses()
    async with (
        open_verifier(settings, metrics.registry) as verifier,
        open_draft_engine(
            settings,
            replace(clients, dynamodb=reads, dynamodb_writes=writes),
            verifier=verifier,
            metrics=metrics,
            clock=clock,
            drain_seconds=5,
            pause=pauses,
            waiting=Waiting(pause=waits, seconds=0.3),
        ) as engine,
        served(mounted(serve(engine)), auto_decompress=False) as url,
        ClientSession(url, trace_configs=traces) as session,
    ):
        yield DraftInstance(
            session=session,
            clock=clock,
            pauses=pauses,
            waits=waits,
            reads=reads,
            writes=writes,
            engine=engine,
            settings=settings,
            registry=metrics.registry,
            url=url,
        )


@asynccontextmanager
async def impatient_drafts(
    clients: Clients,
    settings: DraftEngineSettings,
    serve: Callable[[DraftEngine], Applications],
    *,
    clock: ManualClock,
) -> AsyncIterator[tuple[DraftEngine, ClientSession]]:
    """Serve draft systems that do not pause, and stop without waiting for anything."""
    metrics = Metrics()
    async with (
        open_verifier(settings, metrics.registry) as verifier,
        open_draft_engine(
            settings,
            clients,
            verifier=verifier,
            metrics=metrics,
            clock=clock,
            drain_seconds=0,
            pause=no_pause,
            waiting=Waiting(pause=no_pause, seconds=0.1),
        ) as engine,
        served(mounted(serve(engine)), shutdown_timeout=0.01) as url,
        ClientSession(url) as session,
    ):
        yield engine, session


async def no_pause(_: float) -> None:
    """A pause of no time."""
