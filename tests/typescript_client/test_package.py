"""The client package as its users get it: types, size, tests of its own, an app made with it."""

import gzip
import json
import shutil
from pathlib import Path

import pytest

from tests.harness.node import node
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


async def test_a_fresh_app_makes_a_product_with_the_packed_package_whose_parts_are_small(
    tmp_path: Path,
) -> None:
    code, printed = await node(
        PACKAGE, NPM, "pack", "--json", "--pack-destination", tmp_path, "--loglevel=error"
    )
    assert code == 0, printed
    [packed] = tmp_path.glob("*.tgz")
    for source in APP.iterdir():
        shutil.copy(source, tmp_path)
    for example in (PACKAGE / "examples").iterdir():
        shutil.copy(example, tmp_path)
    quiet = ("--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    code, printed = await node(tmp_path, NPM, "install", *quiet, packed, *_peers())
    assert code == 0, printed

    assert await node(tmp_path, COMPILER, "--project", ".") == (0, "")
    code, printed = await node(tmp_path, VITE, "build", "--logLevel=error")
    assert (code, printed) == (0, "")
    code, printed = await node(tmp_path, VITEST, "run", "--globals", "--environment=happy-dom")
    assert code == 0, printed
    sizes = {part: _gzipped(tmp_path / "dist" / "assets", part) for part in MOST_BYTES}
    assert {part: size for part, size in sizes.items() if size > MOST_BYTES[part]} == {}


def _gzipped(assets: Path, part: str) -> int:
    [built] = assets.glob(f"{part}-*.js")
    return len(gzip.compress(built.read_bytes()))


def _peers() -> list[str]:
    lock = json.loads((PACKAGE / "package-lock.json").read_text())["packages"]
    names = ("react", "react-dom", "socket.io-client", "@tanstack/react-query")
    types = ("@types/react", "@types/react-dom")
    return [f"{name}@{lock[f'node_modules/{name}']['version']}" for name in (*names, *types)]
