"""The client package as its users get it: types, size, tests of its own, an app made with it."""

import gzip
import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession, web

from assembly_service.service import Service, running_service
from assembly_service.settings.service import Settings
from tests.drafts.product.support import PRODUCTS, Caller
from tests.harness.drafts import SIGNING_KEY, token
from tests.harness.engine import Account
from tests.harness.node import node
from tests.harness.served import served
from tests.http.test_documentation_page import find_chromium
from tests.pages.browser import running_browser
from tests.typescript_client.package import (
    COMPILER,
    MODULES,
    NPM,
    OPERATORS_TYPES,
    PACKAGE,
    TYPES,
    VITE,
    VITEST,
    generate_operators_types,
    generate_types,
)

MOST_BYTES = {"core": 8 * 1024, "drafts": 12 * 1024}
"""Of each part of the package beside its peers, gzipped."""
APP = Path(__file__).parent / "app"
EXAMPLES_URL = "http://127.0.0.1:3002"
"""Where the examples look for the service."""


@pytest.fixture(autouse=True)
def _installed() -> None:
    if not MODULES.is_dir():
        pytest.fail("Its packages are missing: run 'make test', or 'npm ci' in clients/typescript.")


async def test_the_types_are_those_of_the_openapi_document(tmp_path: Path) -> None:
    await generate_types(tmp_path / "openapi.ts")
    assert (tmp_path / "openapi.ts").read_text() == TYPES.read_text(), "Run 'make types'."


async def test_the_operators_types_are_those_of_their_calls(tmp_path: Path) -> None:
    await generate_operators_types(tmp_path / "openapi.ts")
    assert (tmp_path / "openapi.ts").read_text() == OPERATORS_TYPES.read_text(), "Run 'make types'."


async def test_sources_tests_and_examples_compile_strictly() -> None:
    assert await node(PACKAGE, COMPILER, "--project", ".") == (0, "")


async def test_the_package_does_what_its_own_tests_say() -> None:
    code, printed = await node(PACKAGE, VITEST, "run", "--project", "unit")
    assert code == 0, printed


def test_a_whole_form_for_a_product_has_the_twenty_lines_of_the_readme() -> None:
    lines = (PACKAGE / "examples" / "NewCourse.tsx").read_text().splitlines()
    assert len(lines) == 20
    assert "a product, in 20 lines" in (PACKAGE / "README.md").read_text()


async def test_a_fresh_app_makes_a_product_with_the_packed_package_whose_parts_are_small(
    aws: Account, tmp_path: Path
) -> None:
    chromium = find_chromium()
    await _install_the_packed_package(tmp_path)
    built = tmp_path / "dist"
    built.mkdir()
    async with serving_files(built) as origin, service_for(aws, origin) as service:
        for source in (*APP.iterdir(), *(PACKAGE / "examples").iterdir()):
            text = source.read_text().replace(EXAMPLES_URL, service.url)
            (tmp_path / source.name).write_text(text)
        assert await node(tmp_path, COMPILER, "--project", ".") == (0, "")
        assert await node(tmp_path, VITE, "build", "--logLevel=error") == (0, "")
        async with running_browser(chromium) as browser:
            assert await browser.play("makesAProductInAnApp", App(url=origin)) == ""
        async with ClientSession(service.url) as session:
            listed = await Caller(session=session, token=token()).call("GET", PRODUCTS)
    assert [each["productCode"] for each in listed.body["products"]] == ["COURSE-2026"]
    sizes = {part: _gzipped(built / "assets", part) for part in MOST_BYTES}
    assert {part: size for part, size in sizes.items() if size > MOST_BYTES[part]} == {}


@dataclass(frozen=True, kw_only=True)
class App:
    """Where the app is, and a token for whoever uses it."""

    url: str

    async def token(self) -> str:
        return token()


async def _install_the_packed_package(directory: Path) -> None:
    built_before = PACKAGE / "dist" / "gone.js"
    built_before.parent.mkdir(exist_ok=True)
    built_before.touch()
    code, printed = await node(
        PACKAGE, NPM, "pack", "--json", "--pack-destination", directory, "--loglevel=error"
    )
    assert code == 0, printed
    [packed] = directory.glob("*.tgz")
    shutil.copy(APP / "package.json", directory)
    quiet = ("--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    code, printed = await node(directory, NPM, "install", *quiet, packed, *_peers())
    assert code == 0, printed
    installed = directory / "node_modules" / "assembly-service-client" / "dist"
    assert not (installed / built_before.name).exists()


@asynccontextmanager
async def serving_files(directory: Path) -> AsyncIterator[str]:
    """Serve files as a web server would; yields its origin."""
    app = web.Application()
    app.router.add_static("/", directory)
    async with served(app) as url:
        yield url


@asynccontextmanager
async def service_for(account: Account, origin: str) -> AsyncIterator[Service]:
    """A running service with product drafts that an app of this origin may call."""
    own = {
        "PORT": "0",
        "SERVICE_ROLE": "web",
        "PRODUCT_DRAFTS": "true",
        "JWT_SECRET": SIGNING_KEY,
        "CORS_ORIGINS": origin,
        "WEBSOCKET_CORS_ORIGINS": origin,
    }
    async with running_service(Settings.from_environment(account.environment | own)) as service:
        yield service


def _gzipped(assets: Path, part: str) -> int:
    [built] = assets.glob(f"{part}-*.js")
    return len(gzip.compress(built.read_bytes()))


def _peers() -> list[str]:
    lock = json.loads((PACKAGE / "package-lock.json").read_text())["packages"]
    names = ("react", "react-dom", "socket.io-client", "@tanstack/react-query")
    types = ("@types/react", "@types/react-dom")
    return [f"{name}@{lock[f'node_modules/{name}']['version']}" for name in (*names, *types)]
