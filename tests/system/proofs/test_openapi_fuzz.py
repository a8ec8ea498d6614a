"""Schemathesis against the OpenAPI document of a running service."""

import asyncio
import random
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiohttp import ClientSession

from assembly_service.aws.clients import open_clients
from assembly_service.drafts.education.reference_items import to_row
from assembly_service.drafts.education.reference_loading import write
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.cli.runs import bare_environment
from tests.drafts.education.support import MAIN, accounts_and_membership
from tests.drafts.education.support import Caller as EducationCaller
from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    Caller,
)
from tests.drafts.project.support import Caller as SessionCaller
from tests.harness.drafts import (
    SIGNING_KEY,
    token,
)
from tests.harness.engine import Account
from tests.harness.pipeline import open_pipeline
from tests.harness.web import NOON, SELLER, Shelf, make_product
from tests.system.acceptance.processes import serving

_HANGING_SECONDS = 900
_EXAMPLES, _EXAMPLES_OF_THE_SELLER, _EXAMPLES_OF_DRAFTS, _EXAMPLES_OF_EDUCATIONS = 300, 200, 100, 20
"""Per operation, in a whole run. A count, not a time: a slow machine tries as many."""
_ANYTHING = """
[[operations]]
include-operation-id = ["listAllProducts", "createProduct"]
checks.positive_data_acceptance.expected-statuses = ["405"]

# A stream of events does not end.
[[operations]]
include-operation-id = "followSeller"
enabled = false

[[operations]]
include-operation-id = "listProducts"
checks.positive_data_acceptance.expected-statuses = ["200", "304", "400"]
"""
_OF_DRAFTS = """
parameters = {{ "path.sessionId" = "{session_id}", "path.guid" = "{product_guid}" }}

[[operations]]
include-path-regex = "^/private/"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "412"]
checks.negative_data_rejection.expected-statuses = ["400", "401", "404", "409", "412"]

# Their bodies are nearly those of the calls that create.
[[operations]]
include-method = "PATCH"
phases.coverage.enabled = false

# A committed draft is gone for the other calls.
[[operations]]
include-operation-id = "commitProductSession"
parameters = {{ "path.sessionId" = "{committed_id}" }}

[[operations]]
include-operation-id = "updateAudienceTarget"
parameters = {{ "path.guid" = "{target_guid}" }}
"""
_OF_SESSIONS = """
parameters = {{ "path.sessionId" = "{session_id}", "path.id" = "{project_id}" }}

# The answer to a body depends on the session, and a draft may be invalid.
[[operations]]
include-path-regex = "^/api/(project-session|sessions|projects)"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "410"]
checks.negative_data_rejection.expected-statuses = ["400", "401", "404", "409", "410"]

[[operations]]
include-operation-id-regex = "^(delete|commit)ProjectSession"
parameters = {{ "path.sessionId" = "{other_id}" }}
"""
_OF_EDUCATIONS = """
parameters = {{ "path.sessionId" = "{session_id}", "path.recordId" = "{record_id}" }}

# The answer to a body depends on the status of the session.
[[operations]]
include-path-regex = "^/ot-education/"
checks.positive_data_acceptance.expected-statuses = ["2xx", "400", "404", "409", "422"]
checks.negative_data_rejection.expected-statuses = ["400", "401", "404", "409", "422"]

# A created or cancelled session is gone for the other calls.
[[operations]]
include-operation-id-regex = "^(create|execute|cancel)Education"
parameters = {{ "path.sessionId" = "{other_id}" }}
"""
_WITHOUT_COVERAGE = """
[[operations]]
include-operation-id = {}
phases.coverage.enabled = false
"""
_OF_A_KNOWN_SELLER = f"""
parameters = {{ "path.handle" = "{SELLER}", "path.videoId" = "v1" }}
{_ANYTHING}
"""


@dataclass(frozen=True, kw_only=True)
class Fuzzer:
    """Schemathesis. A whole run is the same every time; others have fewer and other examples.

    They cover the bounds of all parameters and bodies for some of the operations only.
    """

    directory: Path
    every: int
    sampled: Callable[[Sequence[str]], Sequence[str]]

    async def run(self, url: str, config: str, examples: int, *options: str, more_than: int) -> int:
        """Run every phase with every check. Returns how many requests; a whole run takes more."""
        config += await self._without_coverage(url)
        (self.directory / "schemathesis.toml").write_text(config)
        seed = 1 if self.every == 1 else random.randrange(10**6)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "schemathesis.cli", "run", f"{url}/api/openapi.json"),
            *("--seed", str(seed), "--generation-deterministic"),
            *("--suppress-health-check", "all", "--request-timeout", "120"),
            *("--max-examples", str(-(-examples // self.every)), "--continue-on-failure", *options),
            cwd=self.directory,
            env=bare_environment(SCHEMATHESIS_HOOKS="tests.system.proofs.openapi_checks"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        try:
            async with asyncio.timeout(_HANGING_SECONDS):
                output, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        report = output.decode()
        assert process.returncode == 0, report
        found = re.search(r"(\d+) generated, \1 passed", report)
        assert found is not None, report
        requests = int(found[1])
        assert requests > more_than // self.every
        return requests

    async def _without_coverage(self, url: str) -> str:
        """The part of a configuration that leaves most operations' bounds out."""
        async with ClientSession() as session, session.get(f"{url}/api/openapi.json") as answer:
            paths = (await answer.json())["paths"].values()
        found = sorted(each["operationId"] for path in paths for each in path.values())
        left_out = sorted({*found} - {*self.sampled(found)})
        return _WITHOUT_COVERAGE.format(left_out) if left_out else ""


@pytest.fixture
def fuzzer(tmp_path: Path, every: int, sampled: Callable[[Sequence[str]], Sequence[str]]) -> Fuzzer:
    return Fuzzer(directory=tmp_path, every=every, sampled=sampled)


@pytest.fixture
async def shop(settings: Settings, aws: Account) -> Mapping[str, str]:
    """The environment of a service with a known seller in its products table."""
    async with open_pipeline(settings) as account:
        shelf = Shelf(dynamodb=account.clients.dynamodb, table=settings.dynamodb_products_table)
        await shelf.put(*(make_product(f"v{n}", updated_at=NOON + n) for n in range(120)))
    return bare_environment(**aws.environment, **aws.credentials)


@pytest.fixture
def drafts(aws: Account) -> Mapping[str, str]:
    """The environment of a service with product drafts."""
    signing = {"PRODUCT_DRAFTS": "true", "JWT_SECRET": SIGNING_KEY}
    return bare_environment(**aws.environment, **aws.credentials, **signing)


async def prepared_ids(caller: Caller) -> Mapping[str, str]:
    """The ids of two drafts with products, and of a product and its target in the catalogue."""
    made = await caller.call("POST", PRODUCTS, {**PRODUCT, "productCode": "MADE-AT-ONCE"})
    return {
        "session_id": await caller.draft_with_product(),
        "committed_id": await caller.draft_with_product(productCode="TO-BE-COMMITTED"),
        "product_guid": made.body["productGuid"],
        "target_guid": made.body["osot_table_audience_targetid"],
    }


async def test_no_request_that_the_document_allows_or_forbids_finds_a_failure(
    shop: Mapping[str, str], fuzzer: Fuzzer, tell: Callable[[str], None]
) -> None:
    async with serving(shop) as service:
        anything = await fuzzer.run(service.url, _ANYTHING, _EXAMPLES, more_than=500)
        shown = (_OF_A_KNOWN_SELLER, _EXAMPLES_OF_THE_SELLER, "--include-path-regex", "/shop/")
        of_the_seller = await fuzzer.run(service.url, *shown, more_than=100)
        tell(f"OpenAPI: {anything} requests, and {of_the_seller} about a known seller")
    broken = [line for line in service.lines if line["level"] in {"error", "critical"}]
    assert not broken


async def test_no_request_of_an_administrator_about_drafts_and_products_finds_a_failure(
    drafts: Mapping[str, str], fuzzer: Fuzzer, tell: Callable[[str], None]
) -> None:
    async with serving(drafts) as service, ClientSession(service.url) as session:
        administrator = Caller(session=session, token=token())
        config = _OF_DRAFTS.format_map(await prepared_ids(administrator))
        bearer = ("--header", f"Authorization: Bearer {administrator.token}")
        shown = ("--include-path-regex", "^/private/", *bearer)
        requests = await fuzzer.run(service.url, config, _EXAMPLES_OF_DRAFTS, *shown, more_than=200)
        tell(f"OpenAPI: {requests} requests about product drafts and their catalogue")
    broken = [line for line in service.lines if line["level"] in {"error", "critical"}]
    assert not broken


async def test_no_request_about_project_sessions_finds_a_failure(
    aws: Account, fuzzer: Fuzzer, tell: Callable[[str], None]
) -> None:
    limits = {
        f"SESSION_{each}_PER_MINUTE": "1000000"
        for each in ("CREATES", "UPDATES", "READS", "DELETES")
    }
    environment = bare_environment(
        **aws.environment, **aws.credentials, PROJECT_SESSIONS="true", **limits
    )
    async with serving(environment) as service, ClientSession(service.url) as session:
        anybody = SessionCaller(session=session, token=None)
        made = await anybody.commit(await anybody.ready())
        config = _OF_SESSIONS.format(
            session_id=await anybody.create(),
            other_id=await anybody.create(),
            project_id=made.body["project"]["id"],
        )
        shown = ("--include-path-regex", "^/api/(project-session|sessions|projects)")
        requests = await fuzzer.run(service.url, config, _EXAMPLES_OF_DRAFTS, *shown, more_than=200)
        tell(f"OpenAPI: {requests} requests about project sessions and projects")
    broken = [line for line in service.lines if line["level"] in {"error", "critical"}]
    assert not broken


async def test_no_request_of_a_main_about_educations_finds_a_failure(
    settings: Settings, aws: Account, fuzzer: Fuzzer, tell: Callable[[str], None]
) -> None:
    signing = {"EDUCATION_REGISTRATION": "true", "JWT_SECRET": SIGNING_KEY}
    environment = bare_environment(**aws.environment, **aws.credentials, **signing)
    async with open_clients(settings, Metrics()) as clients:
        rows = [to_row(item) for item in accounts_and_membership()]
        await write(clients.dynamodb, environment["DYNAMODB_RECORDS_TABLE"], rows, lambda _: None)
    async with serving(environment) as service, ClientSession(service.url) as session:
        main = EducationCaller(session=session, token=token(privilege=MAIN))
        made = await main.create(await main.linked(graduationYear=2020))
        config = _OF_EDUCATIONS.format(
            session_id=await main.staged(graduationYear=2020),
            other_id=await main.staged(graduationYear=2020),
            record_id=made.body["educationRecord"]["recordId"],
        )
        bearer = ("--header", f"Authorization: Bearer {main.token}")
        # Bounds of fields are tried in tests/drafts/education: a sample is enough here.
        sampled = ("--phases", "examples,fuzzing", *bearer)
        shown = ("--include-path-regex", "^/ot-education/", *sampled)
        requests = await fuzzer.run(
            service.url, config, _EXAMPLES_OF_EDUCATIONS, *shown, more_than=100
        )
        tell(f"OpenAPI: {requests} requests about education registration")
    broken = [line for line in service.lines if line["level"] in {"error", "critical"}]
    assert not broken
