"""Schemathesis against the OpenAPI document that a running service serves of itself."""

import asyncio
import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from assembly_service.settings import Settings
from tests.acceptance.processes import serving
from tests.cli.runs import bare_environment
from tests.support.engine import Account
from tests.support.pipeline import open_pipeline
from tests.web.support import NOON, SELLER, Shelf, make_product

_MOST_SECONDS = 50
_ANYTHING = """
[[operations]]
include-operation-id = ["listAllProducts", "createProduct"]
checks.positive_data_acceptance.expected-statuses = ["405"]

[[operations]]
include-operation-id = "listProducts"
checks.positive_data_acceptance.expected-statuses = ["200", "304", "400"]
"""
_OF_A_KNOWN_SELLER = f"""
parameters = {{ "path.handle" = "{SELLER}", "path.videoId" = "v1" }}
{_ANYTHING}
"""


async def fuzz(url: str, directory: Path, config: str, *options: str) -> str:
    """Run every phase with every check against the service; the report, if nothing was found."""
    (directory / "schemathesis.toml").write_text(config)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/openapi.json"),
        *("--seed", "1", "--request-timeout", "10", "--continue-on-failure", *options),
        cwd=directory,
        env=bare_environment(SCHEMATHESIS_HOOKS="tests.proofs.openapi_checks"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    async with asyncio.timeout(_MOST_SECONDS):
        output, _ = await process.communicate()
    report = output.decode()
    assert process.returncode == 0, report
    return report


def requests_in(report: str) -> int:
    """How many requests a report tells of."""
    found = re.search(r"(\d+) generated, \1 passed", report)
    assert found is not None, report
    return int(found[1])


@pytest.fixture
async def shop(settings: Settings, aws: Account) -> Mapping[str, str]:
    """The environment of a service whose products table holds a known seller."""
    async with open_pipeline(settings) as account:
        shelf = Shelf(dynamodb=account.clients.dynamodb, table=settings.dynamodb_products_table)
        await shelf.put(*(make_product(f"v{n}", updated_at=NOON + n) for n in range(120)))
    return bare_environment(**aws.environment, **aws.credentials)


async def test_no_request_that_the_document_allows_or_forbids_finds_a_failure(
    shop: Mapping[str, str], tmp_path: Path
) -> None:
    async with serving(shop) as service:
        report = await fuzz(service.url, tmp_path, _ANYTHING, "--max-time", "20")
        assert requests_in(report) > 500
        shown = ["--include-path-regex", "/shop/", "--max-time", "10"]
        report = await fuzz(service.url, tmp_path, _OF_A_KNOWN_SELLER, *shown)
        assert requests_in(report) > 100
    broken = [line for line in service.lines if line["level"] in {"error", "critical"}]
    assert not broken
