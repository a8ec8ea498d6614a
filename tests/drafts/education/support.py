"""Education registration over real HTTP on a real engine, and its callers."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from assembly_service.aws.clients import Clients
from assembly_service.drafts.education.calls import PREFIX, education_document
from assembly_service.drafts.education.category import TORONTO
from assembly_service.drafts.education.reference_items import to_row
from assembly_service.drafts.education.reference_loading import write
from assembly_service.drafts.education.system import (
    EducationRegistration,
    create_education_registration,
)
from assembly_service.drafts.engine.draft_engine import DraftEngine
from assembly_service.openapi import openapi_document
from assembly_service.settings.drafts import EducationSettings
from tests.drafts.education.reference import account, membership_year
from tests.harness.described import Described
from tests.harness.drafts import (
    SIGNING_KEY,
    Answer,
    DraftCaller,
    DraftInstance,
    Json,
    fields_of,
    running_drafts,
    token,
)
from tests.harness.served import Applications
from tests.harness.web import ManualClock

OTHER_ORGANIZATION = "0a1b2c3d-0000-4000-8000-000000000002"
MEMBER, OTHER_MEMBER = "osot-0000123", "osot-0000456"
ACCOUNT = "0f8fad5b-d9cb-469f-a165-70867728950e"
SECOND_ACCOUNT = "0f8fad5b-d9cb-469f-a165-70867728950f"
OTHERS_ACCOUNT = "0f8fad5b-d9cb-469f-a165-708677289510"
FOREIGN_ACCOUNT = "0f8fad5b-d9cb-469f-a165-708677289511"
UNKNOWN_ACCOUNT = "0f8fad5b-d9cb-469f-a165-7086772895ff"
OWNER, ADMIN, MAIN = 1, 2, 3
YEAR = 2100
"""The year of the stopped clocks, so far ahead that no sweep by wall clock ends a session."""
DESCRIBED = Described(openapi_document([education_document()]))

EDUCATION: Json = {
    "userBusinessId": MEMBER,
    "cotoStatus": 4,
    "cotoRegistration": "AB123456",
    "degreeType": 3,
    "university": 5,
    "graduationYear": YEAR,
    "country": 1,
}
"""A new graduate, valid by every rule."""


def toronto(text: str) -> int:
    """Milliseconds since 1970 of a local time in Toronto, as in `2100-03-01 12:00`."""
    return round(datetime.fromisoformat(text).replace(tzinfo=TORONTO).timestamp() * 1000)


MARCH = toronto(f"{YEAR}-03-01 12:00")


@dataclass(frozen=True, kw_only=True)
class Caller(DraftCaller):
    """A client of the registration, by default for one member with one account."""

    member: str = MEMBER
    account: str = ACCOUNT
    number: str = EDUCATION["cotoRegistration"]

    async def stage(self, *, body: Json = {}, **education: Any) -> Answer:  # noqa: B006
        """Stage an education; `education` overrides `EDUCATION`, `body` the fields around it."""
        own = {"userBusinessId": self.member, "cotoRegistration": self.number}
        data = {**EDUCATION, **own, **education}
        return await self.call("POST", f"{PREFIX}/stage", {"educationData": data, **body})

    async def staged(self, **education: Any) -> str:
        """The id of a new session."""
        answer = await self.stage(**education)
        assert answer.status == 201, answer
        session_id: str = answer.body["sessionId"]
        return session_id

    async def step(self, name: str, session_id: str, body: object = None) -> Answer:
        """Take a step by its name, as `validate`."""
        return await self.call("POST", f"{PREFIX}/{name}/{session_id}", body)

    async def validate(self, session_id: str) -> Answer:
        return await self.step("validate", session_id)

    async def determine(self, session_id: str) -> Answer:
        return await self.step("determine-category", session_id)

    async def link(self, session_id: str, account_id: str | None = "") -> Answer:
        """Link the caller's account or another one; None sends no account."""
        named = self.account if account_id == "" else account_id
        body = None if named is None else {"accountId": named}
        return await self.step("link-account", session_id, body)

    async def create(self, session_id: str) -> Answer:
        return await self.step("create", session_id)

    async def execute(self, session_id: str, account_id: str | None = None) -> Answer:
        body = None if account_id is None else {"accountId": account_id}
        return await self.step("execute-workflow", session_id, body)

    async def read(self, session_id: str) -> Answer:
        return await self.call("GET", f"{PREFIX}/session/{session_id}")

    async def update(self, session_id: str, **changes: object) -> Answer:
        body = {"educationData": changes}
        return await self.call("PATCH", f"{PREFIX}/session/{session_id}", body)

    async def cancel(self, session_id: str) -> Answer:
        return await self.call("DELETE", f"{PREFIX}/session/{session_id}")

    async def sessions(self, member: str | None = MEMBER) -> Answer:
        query = "" if member is None else f"?userBusinessId={member}"
        return await self.call("GET", f"{PREFIX}/sessions{query}")

    async def record(self, record_id: str) -> Answer:
        return await self.call("GET", f"{PREFIX}/records/{record_id}")

    async def record_of(self, member: str | None = MEMBER) -> Answer:
        query = "" if member is None else f"?userBusinessId={member}"
        return await self.call("GET", f"{PREFIX}/records{query}")

    async def linked(self, account_id: str = "", **education: Any) -> str:
        """The id of a linked session."""
        session_id = await self.staged(**education)
        await self.up_to_link(session_id, account_id)
        return session_id

    async def up_to_link(self, session_id: str, account_id: str = "") -> None:
        """Take every step before the creation."""
        for answer in (await self.validate(session_id), await self.determine(session_id)):
            assert (answer.status, answer.body["isValid"]) == (200, True), answer
        answer = await self.link(session_id, account_id)
        assert (answer.status, answer.body["success"]) == (200, True), answer


@dataclass(frozen=True, kw_only=True)
class Instance(DraftInstance):
    """A running instance, with its callers: an Owner, an Admin, a Main."""

    owner: Caller
    admin: Caller
    main: Caller
    registration: EducationRegistration
    settings: EducationSettings

    async def count_records(self) -> dict[str, int]:
        """How many records, guards and audit items there are."""
        keys = [(row["pk"]["S"], row["sk"]["S"]) for row in await self.records()]
        return {
            "records": sum(sort.startswith("EDUCATION#") for _, sort in keys),
            "guards": sum(sort == "GUARD" for _, sort in keys),
            "audits": sum(key.startswith("AUDIT#") for key, _ in keys),
        }

    async def newcomers(self, count: int) -> list[Caller]:
        """Owners of members without records, each with an account."""
        callers = [
            Caller(
                session=self.session,
                token=token(privilege=OWNER, userBusinessId=f"osot-{number:07d}"),
                member=f"osot-{number:07d}",
                account=f"0f8fad5b-d9cb-469f-a165-{number:012d}",
                number=f"{number:08d}",
            )
            for number in range(1, count + 1)
        ]
        await self.load(*(account(each.account, business_id=each.member) for each in callers))
        return callers

    async def load(self, *items: Any) -> None:
        """Load reference data."""
        rows = [to_row(item) for item in items]
        table = self.settings.dynamodb_records_table
        await write(self.engine.clients.dynamodb, table, rows, lambda _: None)


ONE = {"records": 1, "guards": 3, "audits": 1}
"""The rows of one created record."""


def education_settings(environment: Mapping[str, str], **changed: object) -> EducationSettings:
    """Settings for an account; `changed` are fields."""
    settings = EducationSettings.model_validate({**environment, "JWT_SECRET": SIGNING_KEY})
    return settings.model_copy(update=changed)


def accounts_and_membership(ends: str = f"{YEAR}-12-31") -> Sequence[Any]:
    """Accounts of two members and of another organisation, and a membership year."""
    return (
        account(ACCOUNT, business_id=MEMBER),
        account(SECOND_ACCOUNT, business_id=MEMBER),
        account(OTHERS_ACCOUNT, business_id=OTHER_MEMBER),
        account(FOREIGN_ACCOUNT, business_id=MEMBER, organization=OTHER_ORGANIZATION),
        membership_year("standard", year=YEAR, ends=ends),
    )


@asynccontextmanager
async def running_instance(
    clients: Clients, settings: EducationSettings, *, clock: ManualClock | None = None
) -> AsyncIterator[Instance]:
    """Serve the registration on a free port, with a clock stopped in March by default."""
    made: list[EducationRegistration] = []

    def serve(engine: DraftEngine) -> Applications:
        made.append(create_education_registration(settings, engine))
        return made[0].mounted.applications

    async with running_drafts(
        clients, settings, serve, clock=clock or ManualClock(MARCH), described=DESCRIBED
    ) as running:
        own = {
            "settings": settings,
            "registration": made[0],
            "owner": _caller(running, OWNER, userBusinessId=MEMBER),
            "admin": _caller(running, ADMIN, user="grace"),
            "main": _caller(running, MAIN, user="joan"),
        }
        yield Instance(**fields_of(running) | own)


def _caller(running: DraftInstance, privilege: int, **who: Any) -> Caller:
    return Caller(session=running.session, token=token(privilege=privilege, **who))


def from_organization(caller: Caller, organization: str = OTHER_ORGANIZATION) -> Caller:
    """A Main of another organisation."""
    return caller.as_(user="mallory", privilege=MAIN, organization=organization)
