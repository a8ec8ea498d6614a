"""The client package: its tools, and its types, which `python -m` of this module makes."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from assembly_service.openapi import openapi_document
from tests.cli.runs import ROOT
from tests.harness.node import NODE, node

PACKAGE = ROOT / "clients" / "typescript"
MODULES = PACKAGE / "node_modules"
COMPILER = MODULES / "typescript" / "bin" / "tsc"
VITE = MODULES / "vite" / "bin" / "vite.js"
VITEST = MODULES / "vitest" / "vitest.mjs"
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
TYPES = PACKAGE / "src" / "openapi.ts"
GENERATOR = MODULES / "openapi-typescript" / "bin" / "cli.js"


async def generate_types(output: Path) -> None:
    """Write the types of the OpenAPI document."""
    with tempfile.TemporaryDirectory() as directory:
        document = Path(directory) / "openapi.json"
        document.write_text(json.dumps(openapi_document()))
        code, printed = await node(PACKAGE, GENERATOR, document, "--output", output)
    if code:
        sys.exit(printed)


if __name__ == "__main__":
    asyncio.run(generate_types(TYPES))
