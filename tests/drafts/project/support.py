"""Project sessions over real HTTP on a real engine, and their callers."""

import hashlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.drafts.engine.rows import draft_key
from assembly_service.drafts.project.openapi import project_sessions_document
from assembly_service.drafts.project.system import ProjectSessions, create_project_sessions
from assembly_service.openapi import openapi_document
from assembly_service.settings.drafts import ProjectSessionSettings
from assembly_service.settings.values import TrustedProxies
from assembly_service.storage.attribute_values import Item
from tests.harness.described import Described
from tests.harness.drafts import (
    SIGNING_KEY,
    Answer,
    DraftCaller,
    DraftInstance,
    Json,
    fields_of,
    running_drafts,
)
from tests.harness.served import Applications
from tests.harness.web import ManualClock

SESSIONS, ALIAS, PROJECTS = "/api/project-session", "/api/sessions", "/api/projects"
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
BUILDING_TYPES = ("office", "residential", "industrial", "retail", "healthcare", "education")
DOCUMENT = openapi_document([project_sessions_document(BUILDING_TYPES)])
DESCRIBED = Described(DOCUMENT)

COMPLETE: Json = {"projectName": "Harbour Tower", "buildingType": "office", "squareFootage": 12500}
"""The fields of a complete project."""
EVERY_FIELD: Json = {
    **COMPLETE,
    "projectDescription": "Offices above, shops below.",
    "numberOfFloors": 12,
    "numberOfZones": 4,
    "clientName": "O'Brien & Sons",
    "clientEmail": "ada@harbour.example",
    "clientPhone": "+44 (0)20 7946-0000",
    "projectLocation": "Quay 4",
    "estimatedStartDate": "2100-03-01",
    "estimatedEndDate": "2101-06-30",
    "budget": 1250000.75,
    "priority": "high",
    "uploadedFiles": [
        {
            "id": "f-1",
            "name": "plan.pdf",
            "size": 1024,
            "type": "application/pdf",
            "url": "https://files.example/f-1",
            "status": "success",
        }
    ],
    "aiSourcing": False,
    "connectors": [{"type": "erp", "config": {"depth": [1, [2, [3]]]}}],
    "aiAnalysis": {"score": 0.123456789012345678901234567890123456789012, "notes": ["a", None]},
}
"""Every field, with a valid value."""


def reference(session_id: str) -> str:
    """The reference of a session in events."""
    return hashlib.sha256(session_id.encode()).hexdigest()[:32]


@dataclass(frozen=True, kw_only=True)
class Caller(DraftCaller):
    """A client of the sessions at a base path."""

    prefix: str = SESSIONS

    async def create(self, body: object = None, **fields: object) -> str:
        """The id of a new session with these fields."""
        sent = body if body is not None else {"projectData": fields}
        answer = await self.call("POST", self.prefix, sent)
        assert answer.status == 201, answer
        session_id: str = answer.body["sessionId"]
        return session_id

    async def read(self, session_id: str) -> Answer:
        """Load a session."""
        return await self.call("GET", f"{self.prefix}/{session_id}")

    async def body(self, session_id: str) -> Json:
        """The body of a session."""
        answer = await self.read(session_id)
        assert answer.status == 200, answer
        body: Json = answer.body
        return body

    async def data(self, session_id: str) -> Json:
        """The project data of a session."""
        data: Json = (await self.body(session_id))["projectData"]
        return data

    async def put(self, session_id: str, *, headers: Mapping[str, str] = {}, **body: Any) -> Answer:
        """Save changes."""
        return await self.call("PUT", f"{self.prefix}/{session_id}", body, headers=headers)

    async def save(self, session_id: str, **fields: object) -> Answer:
        """Save fields."""
        return await self.put(session_id, projectData=fields)

    async def delete(self, session_id: str) -> Answer:
        """Delete a session."""
        return await self.call("DELETE", f"{self.prefix}/{session_id}")

    async def validate(self, session_id: str, step: object, **more: object) -> Answer:
        """Validate a step."""
        return await self.call(
            "POST", f"{self.prefix}/{session_id}/validate", {"step": step, **more}
        )

    async def commit(self, session_id: str) -> Answer:
        """Create the project."""
        return await self.call("POST", f"{self.prefix}/{session_id}/commit")

    async def ready(self, **fields: object) -> str:
        """The id of a session that can be committed."""
        sent = {"projectData": {**COMPLETE, **fields}, "completedSteps": [1, 2, 3]}
        return await self.create(sent)

    async def projects(self) -> list[Json]:
        """All projects that the caller sees."""
        answer = await self.call("GET", f"{PROJECTS}?limit=50")
        assert answer.status == 200, answer
        listed: list[Json] = answer.body["projects"]
        return listed


@dataclass(frozen=True, kw_only=True)
class Instance(DraftInstance):
    """A running instance; `anybody` is a caller without a token."""

    anybody: Caller
    sessions: ProjectSessions
    settings: ProjectSessionSettings

    async def event_names(self, session_id: str) -> list[str]:
        """The names of the events of a session, without the name of the system."""
        return await super().event_names(reference(session_id))

    async def row(self, session_id: str) -> Item:
        """The row of a session."""
        answer = await self.reads.get_item(
            TableName=self.settings.dynamodb_drafts_table,
            Key=draft_key(session_id),
            ConsistentRead=True,
        )
        row: Item = answer["Item"]
        return row


def session_settings(environment: Mapping[str, str], **changed: object) -> ProjectSessionSettings:
    """Settings for an account, with limits that no test reaches by accident."""
    settings = ProjectSessionSettings.model_validate({**environment, "JWT_SECRET": SIGNING_KEY})
    generous = {
        f"session_{each}_per_minute": 100_000 for each in ("creates", "updates", "reads", "deletes")
    }
    return settings.model_copy(update={**generous, **changed})


@asynccontextmanager
async def running_sessions(
    clients: Clients,
    settings: ProjectSessionSettings,
    *,
    clock: ManualClock | None = None,
    trusted_proxies: TrustedProxies = 0,
) -> AsyncIterator[Instance]:
    """Serve sessions on a free port, with a stopped clock."""
    made: list[ProjectSessions] = []

    def serve(engine: DraftEngine) -> Applications:
        made.append(create_project_sessions(settings, engine, trusted_proxies=trusted_proxies))
        return made[0].mounted.applications

    async with running_drafts(
        clients, settings, serve, clock=clock, described=DESCRIBED
    ) as running:
        own = {
            "settings": settings,
            "anybody": Caller(session=running.session, token=None),
            "sessions": made[0],
        }
        yield Instance(**fields_of(running) | own)
