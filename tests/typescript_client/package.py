"""The client package: its tools, and its types, which `python -m` of this module makes."""

import asyncio
import json
import sys
import tempfile
from pathlib import Path

from assembly_service.drafts.education.calls import education_document
from assembly_service.drafts.product.document import product_drafts_document
from assembly_service.drafts.project.openapi import project_sessions_document
from assembly_service.http.document import DocumentPart, whole_document
from assembly_service.http.problems import problem_schema
from assembly_service.http.schemas import Node
from assembly_service.openapi import openapi_document
from assembly_service.operations.operator_calls import operator_calls_document
from assembly_service.runtime.version import own_version
from assembly_service.settings.drafts import ProjectSessionSettings
from tests.cli.runs import ROOT
from tests.harness.node import NODE, node

PACKAGE = ROOT / "clients" / "typescript"
MODULES = PACKAGE / "node_modules"
COMPILER = MODULES / "typescript" / "bin" / "tsc"
VITE = MODULES / "vite" / "bin" / "vite.js"
VITEST = MODULES / "vitest" / "vitest.mjs"
NPM = NODE.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
TYPES = PACKAGE / "src" / "openapi.ts"
OPERATORS_TYPES = ROOT / "frontend" / "src" / "flow" / "api" / "openapi.ts"
GENERATOR = MODULES / "openapi-typescript" / "bin" / "cli.js"


async def generate_types(output: Path) -> None:
    """Write the types of the OpenAPI document, with all draft systems."""
    building_types = ProjectSessionSettings.model_fields["building_types"].default
    projects = project_sessions_document(building_types)
    systems = [product_drafts_document(), projects, education_document()]
    await _generate(openapi_document(systems), output)


async def generate_operators_types(output: Path) -> None:
    """Write the types of the operators' calls alone, for the pages."""
    shared = DocumentPart(tags=[], paths={}, schemas={"Problem": problem_schema()})
    info = {"title": "Operators' calls", "version": own_version()}
    await _generate(whole_document(info, [operator_calls_document(), shared]), output)


async def _generate(document: Node, output: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        source = Path(directory) / "openapi.json"
        source.write_text(json.dumps(document))
        # A field with a default is required only where the document says so: callers may omit it.
        code, printed = await node(
            *(PACKAGE, GENERATOR, source), "--default-non-nullable=false", "--output", output
        )
    if code:
        sys.exit(printed)


async def _main() -> None:
    await generate_types(TYPES)
    await generate_operators_types(OPERATORS_TYPES)


if __name__ == "__main__":
    asyncio.run(_main())
