"""CORS of applications that are mounted beside the shop's calls."""

import pytest
from aiohttp import ClientSession, web

from assembly_service.application import create_application
from assembly_service.http.document import DocumentPart
from assembly_service.http.mounting import Mounted
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue
from tests.harness.web import ManualClock, stated_operations

ORIGIN = "https://shop.example"
ONE, ALL = "/private/things/1", "/private/things"


async def _answer(_: web.Request) -> web.Response:
    return web.Response(status=412, headers={"ETag": '"1.1"'})


async def _refuse(_: web.Request) -> web.Response:
    return web.Response(status=401, headers={"WWW-Authenticate": "Bearer"})


@pytest.fixture
def application(
    catalogue: Catalogue, recent_changes: RecentChanges, settings: Settings, clock: ManualClock
) -> web.Application:
    """The public application with a mounted one, and one admitted origin."""
    mounted = web.Application()
    mounted.add_routes(
        [
            web.get("/things", _answer),
            web.post("/things", _answer),
            web.get("/things/{id}", _answer),
            web.patch("/things/{id}", _answer),
            web.get("/secret", _refuse),
        ]
    )
    return create_application(
        catalogue=catalogue,
        readers=None,
        recent_changes=recent_changes,
        settings=settings.model_copy(update={"cors_origins": (ORIGIN,)}),
        clock=clock,
        metrics=Metrics(),
        operations=stated_operations(),
        mounted=[
            Mounted(applications={"/private": mounted}, document=DocumentPart(tags=[], paths={}))
        ],
    )


def preflight(method: str, origin: str = ORIGIN) -> dict[str, str]:
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": "authorization,content-type,if-match",
    }


@pytest.mark.parametrize(
    ("path", "method", "methods"),
    [(ALL, "POST", {"GET", "HEAD", "POST"}), (ONE, "PATCH", {"GET", "HEAD", "PATCH"})],
)
async def test_a_preflight_admits_the_methods_of_the_path_with_a_token_and_a_condition(
    api: ClientSession, path: str, method: str, methods: set[str]
) -> None:
    async with api.options(path, headers=preflight(method)) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == methods
        allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
        assert {"Authorization", "Content-Type", "If-Match"} <= {*allowed}
        assert "Access-Control-Allow-Credentials" not in response.headers
        assert "Origin" in response.headers["Vary"]


async def test_a_preflight_for_an_unknown_path_or_from_another_origin_admits_nothing(
    api: ClientSession,
) -> None:
    async with api.options("/private/nothing", headers=preflight("POST")) as response:
        assert response.status == 404
        assert "Access-Control-Allow-Methods" not in response.headers
    async with api.options(ONE, headers=preflight("PATCH", "https://evil.example")) as response:
        assert not [name for name in response.headers if name.startswith("Access-Control")]


@pytest.mark.parametrize(("method", "path"), [("POST", ALL), ("PATCH", ONE), ("DELETE", ONE)])
async def test_an_admitted_origin_may_read_answers_and_errors_with_their_etag(
    api: ClientSession, method: str, path: str
) -> None:
    async with api.request(method, path, headers={"Origin": ORIGIN}) as response:
        assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
        exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
        assert {"Date", "ETag", "Retry-After"} <= {*exposed}
        assert "Origin" in response.headers["Vary"]


async def test_an_admitted_origin_may_read_why_a_token_was_refused(api: ClientSession) -> None:
    async with api.get("/private/secret", headers={"Origin": ORIGIN}) as response:
        assert response.status == 401
        exposed = response.headers["Access-Control-Expose-Headers"].split(", ")
        assert "WWW-Authenticate" in exposed
