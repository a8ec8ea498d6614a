"""The draft systems of an instance: those that are switched on, on one engine."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from assembly_service.aws.clients import Clients
from assembly_service.drafts.access.tokens import open_verifier
from assembly_service.drafts.education.system import create_education_registration
from assembly_service.drafts.engine.draft_engine import DraftEngine, open_draft_engine
from assembly_service.drafts.engine.operators import operator_of
from assembly_service.drafts.product.system import create_product_orchestrator
from assembly_service.drafts.project.system import create_project_sessions
from assembly_service.http.mounting import Mounted
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.drafts import TokenSettings
from assembly_service.settings.service import Settings

Authorize = Callable[[web.Request], Awaitable[str]]
"""Returns the user whose token permits to act as an operator. Raises Problem."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSystems:
    """`engine` serves all of them; None if none is switched on.

    `authorize` is None if no tokens are verified.
    """

    engine: DraftEngine | None
    mounted: Sequence[Mounted]
    authorize: Authorize | None = None


@asynccontextmanager
async def open_draft_systems(
    settings: Settings, clients: Clients, *, metrics: Metrics, clock: Clock
) -> AsyncIterator[DraftSystems]:
    """Open what is switched on; on exit wait for running commits."""
    if settings.draft_engine is None:
        async with _operators_access(settings.operator_tokens, metrics) as authorize:
            yield DraftSystems(engine=None, mounted=(), authorize=authorize)
        return
    async with open_draft_engine(
        settings.draft_engine,
        clients,
        metrics=metrics,
        clock=clock,
        drain_seconds=settings.drain_deadline_seconds,
    ) as engine:
        verifies = settings.draft_engine.verifies_tokens
        yield DraftSystems(
            engine=engine,
            mounted=_mounted(settings, engine),
            authorize=partial(operator_of, verifier=engine.verifier) if verifies else None,
        )


@asynccontextmanager
async def _operators_access(
    settings: TokenSettings | None, metrics: Metrics
) -> AsyncIterator[Authorize | None]:
    """Yield what authorizes operators where no draft system does."""
    if settings is None:
        yield None
        return
    async with open_verifier(settings, metrics.registry) as verifier:
        yield partial(operator_of, verifier=verifier)


def _mounted(settings: Settings, engine: DraftEngine) -> list[Mounted]:
    mounted = []
    if settings.product_drafts is not None:
        mounted.append(create_product_orchestrator(settings.product_drafts, engine).mounted)
    if settings.project_sessions is not None:
        sessions = create_project_sessions(
            settings.project_sessions, engine, trusted_proxies=settings.trusted_proxies
        )
        mounted.append(sessions.mounted)
    if settings.education_registration is not None:
        registration = create_education_registration(settings.education_registration, engine)
        mounted.append(registration.mounted)
    return mounted
