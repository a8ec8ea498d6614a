"""Behind a proxy that strips a prefix, references to the service include the prefix."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from assembly_service.application import create_application
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue
from tests.harness.served import served
from tests.harness.web import ManualClock, stated_operations
from tests.http.test_documentation_page import chromium, visit
from tests.notification.support import plain_settings

__all__ = ["chromium"]

PREFIX = "/assembly"


def front(settings: Settings, local_calls: web.Application | None = None) -> web.Application:
    """The public application; these tests need no database."""
    catalogue = Catalogue(dynamodb=None, table="products")
    return create_application(
        catalogue=catalogue,
        readers=None,
        recent_changes=RecentChanges(catalogue=catalogue, clock=ManualClock()),
        settings=settings,
        clock=ManualClock(),
        metrics=Metrics(),
        operations=stated_operations(),
        local_calls=local_calls,
    )


@asynccontextmanager
async def behind_a_stripping_proxy(settings: Settings, *, tells: bool) -> AsyncIterator[str]:
    """Yield the URL of a proxy in front of an application, with nothing at its root.

    It strips its prefix, and `tells` of that in X-Forwarded-Prefix.
    """
    async with served(front(settings)) as inner, ClientSession(inner) as session:

        async def pass_on(request: web.Request) -> web.Response:
            path = f"/{request.match_info['path']}"
            headers = {"X-Forwarded-Prefix": PREFIX} if tells else {}
            async with session.get(path, headers=headers, allow_redirects=False) as answer:
                kept = ("Location", "Content-Type", "Content-Security-Policy")
                return web.Response(
                    status=answer.status,
                    body=await answer.read(),
                    headers={name: answer.headers[name] for name in kept if name in answer.headers},
                )

        proxy = web.Application()
        proxy.router.add_get(f"{PREFIX}/{{path:.*}}", pass_on)
        async with served(proxy) as outer:
            yield outer


@pytest.fixture(params=["PUBLIC_PATH", "X-Forwarded-Prefix"])
async def proxy(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    tells = request.param == "X-Forwarded-Prefix"
    settings = plain_settings(trusted_proxies=1) if tells else plain_settings(public_path=PREFIX)
    async with behind_a_stripping_proxy(settings, tells=tells) as url:
        yield url


async def test_redirects_the_document_and_problems_include_the_prefix(
    proxy: str,
) -> None:
    async with ClientSession(proxy) as session:
        async with session.get(f"{PREFIX}/") as answer:
            assert (answer.status, answer.url.path) == (200, f"{PREFIX}/api/docs")
        async with session.get(f"{PREFIX}/api/openapi.json") as answer:
            assert (await answer.json())["servers"] == [{"url": PREFIX}]
        async with session.get(f"{PREFIX}/api/v1/shop/a%20b/products?limit=x") as answer:
            problem = await answer.json()
            assert problem["type"] == f"{PREFIX}/api/docs#invalid-parameters"
            assert problem["instance"] == f"{PREFIX}/api/v1/shop/a%20b/products"


async def test_the_documentation_page_works_below_the_prefix(chromium: str, tmp_path: Path) -> None:
    async with behind_a_stripping_proxy(plain_settings(trusted_proxies=1), tells=True) as url:
        seen = await visit(chromium, f"{url}{PREFIX}/api/docs", tmp_path)
    assert 'data-path="/api/v1/shop/{handle}/products"' in seen.elements
    assert f"{url}{PREFIX}/api/openapi.json" in seen.requested
    assert [each for each in seen.requested if not each.startswith(f"{url}{PREFIX}/")] == []
    assert seen.console == ""


@pytest.mark.parametrize(
    "settings",
    [plain_settings(), plain_settings(trusted_proxies=1, public_path="")],
    ids=["no proxy is trusted", "PUBLIC_PATH=/"],
)
async def test_only_a_trusted_proxy_can_name_the_prefix(
    settings: Settings,
) -> None:
    async with (
        behind_a_stripping_proxy(settings, tells=True) as url,
        ClientSession(url) as session,
    ):
        async with session.get(f"{PREFIX}/", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/api/docs"
        async with session.get(f"{PREFIX}/api/docs") as answer:
            assert PREFIX not in await answer.text()
        async with session.get(f"{PREFIX}/api/openapi.json") as answer:
            assert "servers" not in await answer.json()
