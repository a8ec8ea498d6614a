"""The draft systems of an instance: those that are switched on, on one engine."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from assembly_service.access.tokens import TokenVerifier
from assembly_service.aws.clients import Clients
from assembly_service.drafts.education.system import create_education_registration
from assembly_service.drafts.engine.draft_engine import DraftEngine, open_draft_engine
from assembly_service.drafts.product.system import create_product_orchestrator
from assembly_service.drafts.project.system import create_project_sessions
from assembly_service.http.mounting import Mounted
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftSystems:
    """`engine` serves all of them; None if none is switched on."""

    engine: DraftEngine | None
    mounted: Sequence[Mounted]


@asynccontextmanager
async def open_draft_systems(
    settings: Settings,
    clients: Clients,
    *,
    verifier: TokenVerifier | None,
    metrics: Metrics,
    clock: Clock,
) -> AsyncIterator[DraftSystems]:
    """Open what is switched on; on exit wait for running commits.

    `verifier` is None only if nothing is switched on.
    """
    if settings.draft_engine is None or verifier is None:
        yield DraftSystems(engine=None, mounted=())
        return
    async with open_draft_engine(
        settings.draft_engine,
        clients,
        verifier=verifier,
        metrics=metrics,
        clock=clock,
        drain_seconds=settings.drain_deadline_seconds,
    ) as engine:
        yield DraftSystems(engine=engine, mounted=_mounted(settings, engine))


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
