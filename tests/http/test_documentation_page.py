"""The documentation page in a real browser that can reach only the service."""

import asyncio
import json
import os
import shutil
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import pytest
from aiohttp import ClientSession, web

from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.http.documentation import Documentation
from assembly_service.http.pages import BUILT_PAGES, Pages
from assembly_service.openapi import openapi_document
from tests.harness.served import served


@dataclass(frozen=True, kw_only=True)
class Visit:
    """What a browser made of a page: its elements, its console, the requested URLs."""

    elements: str
    console: str
    requested: list[str]


@pytest.fixture
def chromium() -> str:
    """The browser's command, where there are pages to show in it."""
    return find_chromium()


def find_chromium() -> str:
    """The browser's command; without it, or without built pages, the test is skipped."""
    command = shutil.which("chromium")
    if command is None:
        _do_without("Chromium is missing: install it, for example with 'apt-get install chromium'.")
    if not BUILT_PAGES.exists():
        _do_without("The pages are not built: run 'make pages'.")
    return command


def _do_without(missing: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(missing)
    pytest.skip(missing)


async def visit(chromium: str, url: str, directory: Path) -> Visit:
    """Open a page in a fresh profile, with every host name but the loopback address unknown."""
    requests = directory / "requests.json"
    switches = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-sync"
        " --disable-background-networking --disable-component-update --enable-logging=stderr"
        " --virtual-time-budget=10000 --dump-dom"
    )
    browser = await asyncio.create_subprocess_exec(
        chromium,
        *switches.split(),
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
        f"--user-data-dir={directory / 'profile'}",
        f"--log-net-log={requests}",
        url,
        stdout=PIPE,
        stderr=PIPE,
    )
    try:
        elements, log = await asyncio.wait_for(browser.communicate(), 60)
    finally:
        if browser.returncode is None:
            browser.kill()
            await browser.wait()
    console = [line for line in log.decode(errors="replace").splitlines() if "CONSOLE" in line]
    return Visit(
        elements=elements.decode(),
        console="\n".join(console),
        requested=_requested_by_pages(json.loads(requests.read_text())),
    )


def _requested_by_pages(log: Any) -> list[str]:
    # The browser's own requests are not initiated by a page.
    events = [event.get("params", {}) for event in log["events"]]
    return [
        event["url"]
        for event in events
        if "url" in event and event.get("initiator", "not an origin") != "not an origin"
    ]


@pytest.mark.parametrize("path", ["/api/docs", "/api-docs", "/api/docs#/products/listProducts"])
async def test_the_page_shows_every_endpoint_and_loads_nothing_from_elsewhere(
    api: ClientSession, chromium: str, tmp_path: Path, path: str
) -> None:
    async with api.get(path) as response:
        own = str(response.url.origin())

    seen = await visit(chromium, f"{own}{path}", tmp_path)

    for documented in openapi_document()["paths"]:
        assert f'data-path="{documented}"' in seen.elements
    assert f"{own}/api/openapi.json" in seen.requested
    assert [url for url in seen.requested if not url.startswith(f"{own}/")] == []
    assert seen.console == ""


@pytest.fixture
async def with_drafts() -> AsyncIterator[str]:
    """The address of a page that shows the calls of product drafts too."""
    application = web.Application()
    pages, document = Pages(), openapi_document([product_drafts_document()])
    application.add_routes([*Documentation(document, pages).routes(), *pages.routes()])
    async with served(application) as url:
        yield f"{url}/api/docs"


async def test_the_page_shows_calls_of_others_and_where_to_give_the_token_for_them(
    with_drafts: str, chromium: str, tmp_path: Path
) -> None:
    seen = await visit(chromium, with_drafts, tmp_path)

    for documented in product_drafts_document().paths:
        assert f'data-path="{documented}"' in seen.elements
    assert 'class="btn authorize' in seen.elements
    assert seen.console == ""


async def test_the_page_forbids_what_it_does_not_need(api: ClientSession) -> None:
    async with api.get("/api/docs") as response:
        policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy


@pytest.mark.parametrize("path", ["/", "/api/docs/"])
async def test_likely_addresses_redirect_to_the_page(api: ClientSession, path: str) -> None:
    async with api.get(path) as response:
        assert response.status == 200
        assert response.url.path == "/api/docs"
        assert response.content_type == "text/html"
