"""The two flows of the guide, played by a page that follows it, on a running service."""

from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientSession

from assembly_service.service import running_service
from assembly_service.settings.drafts import ProjectSessionSettings
from assembly_service.settings.service import Settings
from tests.drafts.project.browser import STORED_ID, Tab
from tests.harness.engine import Account
from tests.harness.web import ManualClock

NOON = 1_795_953_600_000
DAY = 86_400_000


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
async def http(
    settings: Settings, aws: Account, clock: ManualClock
) -> AsyncIterator[ClientSession]:
    """A service with only project sessions and without a key for tokens."""
    sessions = ProjectSessionSettings.model_validate(aws.environment)
    web_alone = settings.model_copy(update={"project_sessions": sessions, "service_role": "web"})
    async with (
        running_service(web_alone, clock=clock) as service,
        ClientSession(service.url) as session,
    ):
        yield session


async def test_changes_survive_a_reload_and_appear_in_a_second_tab(
    http: ClientSession,
) -> None:
    storage: dict[str, str] = {}
    first = Tab(http, storage)
    await first.open()
    for text in ("H", "Ha", "Harbour Tower"):
        first.type("projectName", text)
    await first.saved()
    assert first.saves == 1
    reloaded, other = Tab(http, storage), Tab(http, storage, path="/api/sessions")
    for tab in (reloaded, other):
        await tab.open()
        assert tab.form == {"projectName": "Harbour Tower"}
    reloaded.type("clientName", "O'Brien & Sons")
    other.type("projectLocation", "Quay 4")
    for tab in (reloaded, other):
        await tab.saved()
    last = Tab(http, storage)
    await last.open()
    assert last.form == {
        "projectName": "Harbour Tower",
        "clientName": "O'Brien & Sons",
        "projectLocation": "Quay 4",
    }


async def test_the_whole_wizard_makes_a_project_with_all_its_data(
    http: ClientSession,
) -> None:
    storage: dict[str, str] = {}
    tab = Tab(http, storage)
    await tab.open()
    typed = {"projectName": "Harbour Tower", "buildingType": "office", "squareFootage": 12500.5}
    assert not await tab.valid()
    for field, value in typed.items():
        tab.type(field, value)
    assert await tab.valid()
    await tab.next()
    tab = Tab(http, storage)
    await tab.open()
    assert (tab.step, tab.completed, tab.form) == (2, [1], typed)
    file = {"id": "1", "name": "plan.pdf", "size": 9, "type": "application/pdf"}
    tab.type("uploadedFiles", [{**file, "url": "/f/1", "status": "success"}])
    await tab.next()
    tab.type("aiSourcing", True)
    await tab.next()
    assert await tab.valid()
    project = await tab.submit()
    assert STORED_ID not in storage
    async with http.get(tab.page) as response:
        assert await response.json() == project
    assert {name: project[name] for name in typed} == typed
    assert project["uploadedFiles"][0]["name"] == "plan.pdf"
    async with http.get("/api/projects") as response:
        assert [each["id"] for each in (await response.json())["projects"]] == [project["id"]]


async def test_a_page_whose_session_expired_creates_another(
    http: ClientSession, clock: ManualClock
) -> None:
    storage: dict[str, str] = {}
    for _ in range(2):
        tab = Tab(http, storage)
        await tab.open()
        over = storage[STORED_ID]
        clock.now += DAY
        tab = Tab(http, storage)
        await tab.open()
        assert storage[STORED_ID] != over
        assert tab.form == {}
        clock.now += DAY


async def test_sessions_appear_in_the_document_and_the_metrics_of_the_service(
    http: ClientSession,
) -> None:
    async with http.get("/api/openapi.json") as response:
        document = await response.json()
    assert {"/api/project-session", "/api/sessions", "/api/projects"} <= document["paths"].keys()
    assert document["components"]["schemas"]["BuildingType"]["enum"][0] == "office"
    async with http.get("/metrics") as response:
        figures = await response.text()
    assert 'assembly_draft_steps_total{outcome="gave_up",step="commit-session"' in figures
