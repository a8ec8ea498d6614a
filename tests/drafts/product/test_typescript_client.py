"""TypeScript that stock generators make of the OpenAPI document, used by strict programs."""

import json
import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from tests.drafts.product.support import (
    Caller,
    Instance,
)
from tests.drafts.product.walk import DOCUMENT
from tests.harness.node import node
from tests.notification.support import CLIENTS
from tests.typescript_client.package import GENERATOR as GENERATOR_OF_TYPES

PROJECT = CLIENTS / "typescript"
MODULES = PROJECT / "node_modules"
GENERATOR = MODULES / "@hey-api" / "openapi-ts" / "bin" / "run.js"
OTHER_GENERATORS = (
    (
        GENERATOR_OF_TYPES,
        "document.json",
        "--output",
        "openapi-typescript.d.ts",
    ),
    (
        MODULES / "openapi-typescript-codegen" / "bin" / "index.js",
        "--input",
        "document.json",
        "--output",
        "codegen",
    ),
)
COMPILER = MODULES / "typescript" / "bin" / "tsc"


async def compiled(document: Mapping[str, Any], directory: Path) -> str:
    """Compile the program with a client generated from a document; return the output."""
    (directory / "document.json").write_text(json.dumps(document))
    for name in ("openapi-ts.config.mjs", "program.ts", "tsconfig.json"):
        shutil.copy(PROJECT / name, directory)
    code, printed = await node(directory, GENERATOR)
    assert code == 0, printed
    code, printed = await node(directory, COMPILER, "--project", directory)
    assert (code == 0) == (printed == "")
    return printed


async def test_a_generated_client_compiles_and_takes_a_product_from_draft_to_commit(
    instance: Instance, admin: Caller, tmp_path: Path
) -> None:
    assert await compiled(DOCUMENT, tmp_path) == ""
    assert admin.token is not None
    program = tmp_path / "compiled" / "program.js"
    code, printed = await node(tmp_path, program, API_URL=instance.url, API_TOKEN=admin.token)
    assert code == 0, printed

    seen = json.loads(printed)
    assert seen["refused"] == {
        "status": 400,
        "message": "Product data must be added before commit",
    }
    assert (seen["product"], seen["provinces"]) == ("OSOT-PRD-000123", [1, 11])
    assert (seen["progress"]["state"], seen["standing"]) == ("committed", "is committed")
    assert seen["committed"].items() <= seen["progress"].items()
    there = await admin.call("GET", f"/private/products/{seen['committed']['productGuid']}")
    product = there.body
    assert product["osot_table_audience_targetid"] == seen["committed"]["targetGuid"]
    assert (product["productCategory"], product["insuranceType"]) == (1, 3)
    assert product["audienceTarget"]["osot_province"] == [1, 11]


async def test_a_document_with_other_names_for_fields_does_not_compile(tmp_path: Path) -> None:
    lying = deepcopy(DOCUMENT)
    fields = [("ProductInput", "productName"), ("CommitSuccess", "targetGuid")]
    for schema, name in fields:
        described = lying["components"]["schemas"][schema]
        described["properties"]["another"] = described["properties"].pop(name)
        described["required"] = ["another", *described["required"]]
        described["required"].remove(name)
    said = await compiled(lying, tmp_path)
    assert "program.ts" in said
    for _, name in fields:
        assert f"'{name}'" in said


async def test_every_generator_makes_types_of_the_whole_document_that_compile_strictly(
    tmp_path: Path,
) -> None:
    (tmp_path / "document.json").write_text(json.dumps(DOCUMENT))
    for path in PROJECT.glob("*.*"):
        shutil.copy(path, tmp_path)
    for command in ((GENERATOR,), *OTHER_GENERATORS):
        code, printed = await node(tmp_path, *command)
        assert code == 0, printed
    code, printed = await node(tmp_path, COMPILER, "--project", "every-generator.json")
    assert (code, printed) == (0, "")
