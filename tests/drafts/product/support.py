"""A product orchestrator over real HTTP on a real engine, its callers, and trouble on order."""

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
from aiohttp import ClientSession, web
from prometheus_client import CollectorRegistry

from assembly_service.aws.clients import Clients
from assembly_service.draft_settings import ProductDraftSettings
from assembly_service.drafts.engine.engine import DraftEngine, open_draft_engine
from assembly_service.drafts.engine.waiting import Waiting
from assembly_service.drafts.product.application import PREFIX
from assembly_service.drafts.product.system import (
    ProductOrchestrator,
    create_product_orchestrator,
)
from tests.web.support import ManualClock

SIGNING_KEY = "a secret of the tests that is long enough"
ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000001"
SESSIONS = f"{PREFIX}/products/orchestrate/session"
PRODUCTS = f"{PREFIX}/products"
YEAR_2100 = 4_102_444_800_000
"""Where clocks stand, in milliseconds: by the wall clock an engine would sweep away what ended."""

Json = dict[str, Any]
Trouble = Callable[[Callable[[], Awaitable[Any]]], Awaitable[Any]]
"""Carries out a call of AWS in its own way."""

PRODUCT: Json = {
    "productName": "Spring Workshop",
    "productCode": "OSOT-WORKSHOP-2026",
    "productDescription": "A day about hand rehabilitation.",
    "productCategory": 4,
    "productGlCode": 14,
    "productYear": "2026",
    "generalPrice": 120.5,
}
"""Everything that a product needs, and one price."""


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
    """What came back."""

    status: int
    body: Any
    headers: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Somebody who calls the API; None for a token means none is sent."""

    session: ClientSession
    token: str | None

    def as_(self, **who: Any) -> "Caller":
        """Somebody else, as `token` names them."""
        return replace(self, token=token(**who))

    async def call(
        self, method: str, path: str, body: object = None, *, headers: Mapping[str, str] = {}
    ) -> Answer:
        """One request; `body` is sent as JSON, or as it is if it is bytes."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        sent = dict(headers)
        if self.token is not None:
            sent["Authorization"] = f"Bearer {self.token}"
        async with self.session.request(method, path, data=data, headers=sent) as response:
            text = await response.text()
            return Answer(response.status, json.loads(text) if text else None, response.headers)

    async def create(self) -> str:
        """The id of a new draft."""
        answer = await self.call("POST", f"{SESSIONS}/create")
        assert answer.status == 201, answer
        session_id: str = answer.body["sessionId"]
        return session_id

    async def add_product(self, session_id: str, **fields: object) -> Answer:
        """Give the draft a product; `fields` replace those of `PRODUCT`, None as null."""
        return await self.call("POST", f"{SESSIONS}/{session_id}/product", {**PRODUCT, **fields})

    async def configure_target(self, session_id: str, **criteria: object) -> Answer:
        """Give the draft a target."""
        return await self.call("POST", f"{SESSIONS}/{session_id}/audience-target", criteria)

    async def commit(self, session_id: str) -> Answer:
        """Commit the draft."""
        return await self.call("POST", f"{SESSIONS}/{session_id}/commit")

    async def progress(self, session_id: str) -> Answer:
        """Ask how far the draft is."""
        return await self.call("GET", f"{SESSIONS}/{session_id}/progress")

    async def draft_with_product(self, **fields: object) -> str:
        """The id of a new draft with a product."""
        session_id = await self.create()
        answer = await self.add_product(session_id, **fields)
        assert answer.status == 200, answer
        return session_id


class TroubledClient:
    """A client of AWS that meets trouble where a test ordered it.

    `orders[operation]` holds what happens to the next calls of that operation, one after another;
    when none is left, calls go straight through. `called` counts all.
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
    """The call never arrives."""
    raise TimeoutError


async def answer_lost(carry_out: Callable[[], Awaitable[Any]]) -> Any:
    """The call is carried out, and its answer never comes."""
    await carry_out()
    raise TimeoutError


async def straight(carry_out: Callable[[], Awaitable[Any]]) -> Any:
    """No trouble."""
    return await carry_out()


@dataclass
class Held:
    """A call that waits until it is let go; `reached` tells that it is there.

    With `fails` it is never carried out, and ends with that.
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
    """What the pauses between attempts are in a test: noted, and over when they are let go.

    Set `hold` and a pause lasts until `let_go` is set.
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
class Instance:
    """A running instance. Its relay and its sweeper do not run: the outbox keeps every event.

    `admin` is a caller; `reads` and `writes` are the clients on which trouble can be ordered: the
    attempts of a commit go through `writes`, all else through `reads`. `pauses` are those between
    attempts, `waits` those of a call that waits for another one's commit; both are over at once.
    """

    admin: Caller
    clock: ManualClock
    pauses: Pauses
    waits: Pauses
    reads: TroubledClient
    writes: TroubledClient
    engine: DraftEngine
    orchestrator: ProductOrchestrator
    settings: ProductDraftSettings
    registry: CollectorRegistry
    url: str

    async def events(self, session_id: str) -> list[Json]:
        """The events of a draft in their order, each with its `event` name."""
        return [
            {"event": event.name, **json.loads(event.body)}
            async for page in self.engine.relay.outbox.waiting(session_id)
            for event in page
        ]

    async def event_names(self, session_id: str) -> list[str]:
        """The names of the events of a draft, less the name of the system."""
        return [
            event["event"].removeprefix("product-orchestrator.")
            for event in await self.events(session_id)
        ]

    async def records(self) -> list[Json]:
        """Every row of the records table, in DynamoDB's form."""
        answer = await self.reads.scan(
            TableName=self.settings.dynamodb_records_table, ConsistentRead=True
        )
        rows: list[Json] = answer["Items"]
        return rows

    async def count_records(self) -> dict[str, int]:
        """How many products, targets, guards and audit items there are."""
        keys = [(row["pk"]["S"], row["sk"]["S"]) for row in await self.records()]
        products = [sort for _, sort in keys if sort.startswith("PRODUCT#")]
        targets = [sort for sort in products if sort.endswith("#TARGET")]
        return {
            "products": len(products) - len(targets),
            "targets": len(targets),
            "guards": sum(key.startswith("CODE#") for key, _ in keys),
            "audits": sum(key.startswith("AUDIT#") for key, _ in keys),
        }


def draft_settings(environment: Mapping[str, str], **changed: object) -> ProductDraftSettings:
    """Settings for an account; `changed` are fields."""
    settings = ProductDraftSettings.model_validate({**environment, "JWT_SECRET": SIGNING_KEY})
    return settings.model_copy(update=changed)


@asynccontextmanager
async def running_instance(
    clients: Clients,
    settings: ProductDraftSettings,
    *,
    clock: ManualClock | None = None,
    more: Callable[[DraftEngine], Mapping[str, web.Application]] = lambda _: {},
) -> AsyncIterator[Instance]:
    """Serve an orchestrator on a free port, with a clock that stands still.

    `more` adds other draft systems to its engine, and gives their applications by base path.
    """
    reads, writes = TroubledClient(clients.dynamodb), TroubledClient(clients.dynamodb_writes)
    clock, registry = clock or ManualClock(YEAR_2100), CollectorRegistry()
    pauses, waits = Pauses(), Pauses()
    async with open_draft_engine(
        settings,
        replace(clients, dynamodb=reads, dynamodb_writes=writes),
        registry=registry,
        clock=clock,
        drain_seconds=5,
        pause=pauses,
        waiting=Waiting(pause=waits, seconds=0.3),
    ) as engine:
        orchestrator = create_product_orchestrator(settings, engine)
        application = web.Application()
        for prefix, each in {PREFIX: orchestrator.application, **more(engine)}.items():
            application.add_subapp(prefix, each)
        runner = web.AppRunner(application, access_log=None, auto_decompress=False)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        host, port = runner.addresses[0][:2]
        url = f"http://{host}:{port}"
        async with ClientSession(url) as session:
            yield Instance(
                admin=Caller(session=session, token=token()),
                clock=clock,
                pauses=pauses,
                waits=waits,
                reads=reads,
                writes=writes,
                engine=engine,
                orchestrator=orchestrator,
                settings=settings,
                registry=registry,
                url=url,
            )
        await runner.cleanup()
