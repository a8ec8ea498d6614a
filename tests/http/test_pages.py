"""How built pages are served, and what is said while there are none."""

import gzip
import os
import re
from collections.abc import AsyncIterator, Iterable
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from assembly_service.http.documentation import Documentation
from assembly_service.http.middleware import answer_errors, compress, note_public_path
from assembly_service.http.pages import PATHS, PUBLIC_PATHS, Pages
from assembly_service.http.security_headers import OF_ANSWERS, add_security_headers
from assembly_service.openapi import openapi_document
from tests.cli.runs import ROOT
from tests.harness.served import served
from tests.http.test_stripped_prefix import front
from tests.notification.support import plain_settings

SCRIPT = b"console.log('a page');\n" * 100
HTML = """<head>
<meta name="public-path" content="" />
<meta name="local-mode" content="" />
<meta name="drafts" content="" />
<meta name="flow-alone" content="" />
<meta name="missing" content="" />
<meta property="csp-nonce" nonce="" />
<script type="module" src="./assets/index-B830hHGh.js"></script>
</head>
"""


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return tmp_path / "pages"


def build(directory: Path) -> None:
    """Leave what a build leaves."""
    assets = directory / "assets"
    assets.mkdir(parents=True)
    for name in ("index.html", "api-docs.html"):
        (directory / name).write_text(HTML, encoding="utf-8")
    (assets / "index-B830hHGh.js").write_bytes(SCRIPT)
    (assets / "index-B830hHGh.js.gz").write_bytes(gzip.compress(SCRIPT))


@pytest.fixture
async def browser(directory: Path) -> AsyncIterator[ClientSession]:
    """Sees the pages of the directory below the public path."""
    pages = Pages(directory)
    application = web.Application(
        middlewares=[note_public_path("/assembly", 0), compress, answer_errors, pages.show_missing]
    )
    add_security_headers(application)
    documentation = Documentation(openapi_document(), pages)
    application.add_routes(
        [*documentation.routes(), *pages.routes(), *pages.page_routes()],
    )
    async with served(application) as url, ClientSession(url, auto_decompress=False) as session:
        yield session


def addresses(paths: Iterable[str]) -> list[str]:
    """An address for each path."""
    return [re.sub(r"{(\w+)(:[^}]*)?}", lambda name: f"some-{name[1]}", path) for path in paths]


@pytest.mark.parametrize("path", addresses(PATHS))
async def test_every_address_of_a_page_gets_the_page_as_it_is_built_now(
    browser: ClientSession, directory: Path, path: str
) -> None:
    build(directory)
    async with browser.get(path) as answer:
        assert (answer.status, answer.content_type) == (200, "text/html")
        assert answer.headers["Cache-Control"] == "no-cache"


def test_the_pages_and_the_service_know_the_same_addresses() -> None:
    routes = (ROOT / "frontend" / "src" / "routes.tsx").read_text(encoding="utf-8")
    shown = {f"/{path}" for path in re.findall(r'path: "([^"]{2,})"', routes)} | {"/"}
    assert {re.sub(r":\w+|\*", "_", path) for path in shown} == {
        re.sub(r"{[^}]+}", "_", path) for path in PATHS
    }


async def test_a_page_finds_its_files_and_the_service_below_the_public_path(
    browser: ClientSession, directory: Path
) -> None:
    build(directory)
    async with browser.get("/shop/home256") as answer:
        html = await answer.text()
    assert 'src="/assembly/assets/index-B830hHGh.js"' in html
    assert '<meta name="public-path" content="/assembly" />' in html


@pytest.mark.parametrize("name", ["local-mode", "drafts", "flow-alone"])
async def test_a_page_is_told_what_the_service_has(directory: Path, name: str) -> None:
    build(directory)
    for has in (False, True):
        application = web.Application()
        pages = Pages(directory, **{name.removesuffix("-mode").replace("-", "_"): has})
        application.add_routes(pages.page_routes())
        async with served(application) as url, ClientSession(url) as http, http.get("/") as answer:
            told = f'<meta name="{name}" content="true" />' in await answer.text()
        assert told is has


async def test_a_page_runs_its_own_files_alone_and_loads_nothing_else_but_pictures(
    browser: ClientSession, directory: Path
) -> None:
    build(directory)
    nonces = set()
    for _ in range(2):
        async with browser.get("/") as answer:
            policy, html = answer.headers["Content-Security-Policy"], await answer.text()
        assert {"default-src 'none'", "script-src 'self'", "connect-src 'self'"} <= {
            *policy.split("; ")
        }
        assert "img-src 'self' data: https:" in policy
        assert "unsafe" not in policy
        assert "http" not in policy.replace("data: https:", "")
        nonce = re.search("'nonce-([^']+)'", policy)
        assert nonce is not None
        assert f'<meta property="csp-nonce" nonce="{nonce[1]}" />' in html
        nonces.add(nonce[1])
    assert len(nonces) == 2


async def test_a_file_with_a_hash_in_its_name_is_kept_for_a_year_and_sent_compressed(
    browser: ClientSession, directory: Path
) -> None:
    build(directory)
    path = "/assets/index-B830hHGh.js"
    for coding, body in ((None, SCRIPT), ("gzip", gzip.compress(SCRIPT))):
        async with browser.get(path, headers={"Accept-Encoding": coding or "identity"}) as answer:
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert OF_ANSWERS.items() <= {*answer.headers.items()}
            assert answer.content_type.endswith("/javascript")
            assert answer.headers.get("Content-Encoding") == coding
            assert "Accept-Encoding" in answer.headers["Vary"]
            assert len(await answer.read()) == pytest.approx(len(body), abs=20)


OF_A_BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_an_address_at_which_nothing_is_gets_the_page_that_says_so(
    browser: ClientSession, directory: Path, method: str
) -> None:
    build(directory)
    accept = {"Accept": OF_A_BROWSER}
    for path, missing in (("/nonsense/of/somebody", "true"), ("/", "")):
        async with browser.request(method, path, headers=accept) as answer:
            assert answer.status == (404 if missing else 200)
            assert answer.content_type == "text/html"
            assert "Content-Security-Policy" in answer.headers
            html = await answer.text()
        assert method == "HEAD" or f'<meta name="missing" content="{missing}" />' in html


@pytest.mark.parametrize(
    ("method", "path", "accept"),
    [
        ("GET", "/api/v1/nonsense", OF_A_BROWSER),
        ("GET", "/private/products/nonsense", OF_A_BROWSER),
        ("GET", "/assets/nonsense.js", OF_A_BROWSER),
        ("POST", "/nonsense", OF_A_BROWSER),
        ("GET", "/nonsense", "*/*"),
        ("GET", "/nonsense", "application/json, text/html;q=0.5"),
    ],
)
async def test_a_call_that_does_not_exist_is_answered_with_a_problem(
    browser: ClientSession, directory: Path, method: str, path: str, accept: str
) -> None:
    build(directory)
    async with browser.request(method, path, headers={"Accept": accept}) as answer:
        assert (answer.status, answer.content_type) == (404, "application/problem+json")


async def test_a_mounted_application_answers_for_all_addresses_below_it(directory: Path) -> None:
    pages = Pages(directory)
    application = web.Application(middlewares=[answer_errors, pages.show_missing])
    application.add_subapp("/mounted", web.Application())
    accept = {"Accept": OF_A_BROWSER}
    async with served(application) as url, ClientSession(url, headers=accept) as session:
        async with session.get("/mounted/nonsense") as answer:
            assert answer.content_type == "application/problem+json"
        async with session.get("/mount") as answer:
            assert answer.content_type == "text/html"


@pytest.mark.parametrize("name", ["nothing.js", "%2e%2e%2findex.html"])
async def test_nothing_is_served_but_the_files_of_the_pages(
    browser: ClientSession, directory: Path, name: str
) -> None:
    build(directory)
    async with browser.get(f"/assets/{name}") as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"


async def test_pages_that_are_not_built_say_how_to_get_them_and_load_once_they_are(
    browser: ClientSession, directory: Path
) -> None:
    async with browser.get("/") as answer:
        assert answer.status == 503
        assert answer.headers["Refresh"] == "2"
        text, policy = await answer.text(), answer.headers["Content-Security-Policy"]
    assert "make pages" in text
    style = re.search('<style nonce="([^"]+)">', text)
    assert style is not None
    assert f"'nonce-{style[1]}'" in policy
    build(directory)
    async with browser.get("/") as answer:
        assert answer.status == 200
        assert "Refresh" not in answer.headers


async def test_while_pages_are_built_they_say_how_far_that_is(
    browser: ClientSession, directory: Path
) -> None:
    building = directory.with_name("pages.building")
    building.write_text("Step 1 of 2: installing\n", encoding="utf-8")
    async with browser.get("/") as answer:
        text = await answer.text()
        assert "being built" in text
        assert "Step 1 of 2: installing." in text
    # A build that was killed could not say that it ended.
    os.utime(building, (0, 0))
    async with browser.get("/") as answer:
        assert "being built" not in await answer.text()


async def test_without_built_pages_the_documentation_page_says_so_and_links_the_document(
    browser: ClientSession,
) -> None:
    async with browser.get("/api/docs") as answer:
        assert answer.status == 200
        text = await answer.text()
    assert "make pages" in text
    assert 'href="/assembly/api/openapi.json"' in text


async def test_pages_are_there_only_where_they_are_switched_on() -> None:
    async with served(front(plain_settings())) as url, ClientSession(url) as session:
        for path in ("/shop/home256", "/nonsense"):
            async with session.get(path, headers={"Accept": OF_A_BROWSER}) as answer:
                assert (answer.status, answer.content_type) == (404, "application/problem+json")
        async with session.get("/", allow_redirects=False) as answer:
            assert answer.headers["Location"] == "/api/docs"
    async with served(front(plain_settings(pages=True))) as url, ClientSession(url) as session:
        for path in addresses(PUBLIC_PATHS):
            async with session.get(path) as answer:
                assert (answer.content_type, answer.url.path) == ("text/html", path)
        async with session.get("/flow", headers={"Accept": OF_A_BROWSER}) as answer:
            assert (answer.status, answer.content_type) == (404, "text/html")
