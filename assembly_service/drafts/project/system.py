"""Wires up the project sessions."""

import re
from dataclasses import dataclass

from assembly_service.drafts.engine.call_limits import CallLimits
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.lifetime import Lifetime
from assembly_service.drafts.engine.requests import create_system_application
from assembly_service.drafts.engine.system_drafts import Drafts
from assembly_service.drafts.project.authentication import Authentication
from assembly_service.drafts.project.calls import PROJECT_CALLS, SESSION_CALLS
from assembly_service.drafts.project.commit import ProjectRecords
from assembly_service.drafts.project.commit_call import REPLAY_SECONDS, CommitCall
from assembly_service.drafts.project.files import FileRules
from assembly_service.drafts.project.openapi import (
    PROJECTS,
    SESSION_PREFIXES,
    project_sessions_document,
)
from assembly_service.drafts.project.project_api import ProjectApi
from assembly_service.drafts.project.project_creation import ProjectCreation
from assembly_service.drafts.project.projects import Projects
from assembly_service.drafts.project.rules import SessionRules
from assembly_service.drafts.project.session_api import SessionApi
from assembly_service.drafts.project.sessions import PROJECT_SESSIONS, Sessions
from assembly_service.drafts.project.store_health import StoreHealth
from assembly_service.drafts.project.validation import ProjectRules
from assembly_service.http.calls import routes
from assembly_service.http.mounting import Mounted
from assembly_service.settings.drafts import ProjectSessionSettings
from assembly_service.settings.values import TrustedProxies


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSessions:
    """The project sessions of an instance."""

    mounted: Mounted
    drafts: Drafts


def create_project_sessions(
    settings: ProjectSessionSettings, engine: DraftEngine, *, trusted_proxies: TrustedProxies
) -> ProjectSessions:
    """Create the sessions on an instance's engine, which sweeps them."""
    drafts = engine.drafts_of(
        PROJECT_SESSIONS,
        commit_step="commit-session",
        sweep_seconds=settings.session_cleanup_interval,
    )
    authentication = Authentication(
        verifier=engine.verifier,
        require_auth=settings.require_auth,
        trusted_proxies=trusted_proxies,
    )
    sessions = _sessions(settings, engine, drafts)
    commit = CommitCall(sessions=sessions, background=engine.background)
    health = StoreHealth(
        client=engine.clients.dynamodb, table=settings.dynamodb_drafts_table, clock=engine.clock
    )
    session_api = SessionApi(
        sessions=sessions, commit=commit, authentication=authentication, health=health
    )
    session_routes = routes(SESSION_CALLS, session_api.handlers())
    project_api = _project_api(settings, engine, sessions, commit, authentication)
    return ProjectSessions(
        mounted=Mounted(
            applications={
                prefix: create_system_application(PROJECT_SESSIONS, served, engine)
                for prefix, served in (
                    *((prefix, session_routes) for prefix in SESSION_PREFIXES),
                    (PROJECTS, routes(PROJECT_CALLS, project_api.handlers())),
                )
            },
            document=project_sessions_document(
                settings.building_types, require_auth=settings.require_auth
            ),
        ),
        drafts=drafts,
    )


def _sessions(settings: ProjectSessionSettings, engine: DraftEngine, drafts: Drafts) -> Sessions:
    rules = SessionRules(
        project=_project_rules(settings),
        lifetime=Lifetime(
            length=settings.session_ttl * 1000,
            extension=settings.session_extension * 1000,
            longest=settings.session_max_ttl * 1000,
            gone_window=settings.session_gone_window * 1000,
        ),
        creates=settings.session_creates_per_minute,
        reads=settings.session_reads_per_minute,
        updates=settings.session_updates_per_minute,
        deletes=settings.session_deletes_per_minute,
    )
    records = ProjectRecords(
        table=settings.dynamodb_records_table, session_rules=rules, metrics=engine.metrics
    )
    return Sessions(
        drafts=drafts,
        commit=engine.commit_of(records, drafts, replay_seconds=REPLAY_SECONDS),
        limits=CallLimits(
            client=engine.clients.dynamodb_writes,
            table=settings.dynamodb_drafts_table,
            clock=engine.clock,
            metrics=engine.metrics,
            system=PROJECT_SESSIONS.name,
        ),
        session_rules=rules,
        metrics=engine.metrics,
    )


def _project_api(
    settings: ProjectSessionSettings,
    engine: DraftEngine,
    sessions: Sessions,
    commit: CommitCall,
    authentication: Authentication,
) -> ProjectApi:
    table, client = settings.dynamodb_records_table, engine.clients.dynamodb
    return ProjectApi(
        sessions=sessions,
        commit=commit,
        creation=ProjectCreation(
            client=client,
            table=table,
            project_rules=_project_rules(settings),
            clock=engine.clock,
        ),
        projects=Projects(client=client, table=table),
        authentication=authentication,
    )


def _project_rules(settings: ProjectSessionSettings) -> ProjectRules:
    pattern = settings.project_name_pattern
    return ProjectRules(
        building_types=settings.building_types,
        files=FileRules(most_megabytes=settings.max_file_mb),
        require_documents=settings.require_documents,
        name_pattern=None if pattern is None else re.compile(pattern),
    )
