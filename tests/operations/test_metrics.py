"""docs/metrics.md lists what a running instance shows at `/metrics`."""

import re
from enum import StrEnum
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.metrics import MetricWrapperBase
from prometheus_client.parser import text_string_to_metric_families

from assembly_service.access.token_metrics import UnauthorizedReason
from assembly_service.runtime.metrics import Limit, StreamOutcome
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.harness.engine import Account
from tests.harness.valkey import free_port

DOCUMENT = (Path(__file__).parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
EVERYTHING = {
    "PORT": "0",
    "SQS_WAIT_SECONDS": "1",
    **dict.fromkeys(("PRODUCT_DRAFTS", "PROJECT_SESSIONS", "EDUCATION_REGISTRATION"), "true"),
}
SUFFIXES = {"counter": "_total", "histogram": "_bucket"}


def rows(document: str) -> dict[str, set[str]]:
    """The code in the second cell of each row of a table, by that in the first one."""
    found = re.findall(r"^\| `([a-z_]+)` \|([^|]*)\|", document, re.MULTILINE)
    return {first: set(re.findall("`([a-z_]+)`", second)) for first, second in found}


def section(heading: str) -> str:
    """The part of the document below a heading."""
    return DOCUMENT.partition(f"## {heading}\n")[2].partition("\n## ")[0]


async def test_the_list_of_metrics_is_what_an_instance_with_everything_switched_on_shows(
    aws: Account, valkey: str
) -> None:
    addresses = {
        "SOCKETIO_REDIS_URL": valkey,
        "JWT_JWKS_URL": f"http://127.0.0.1:{free_port()}/keys",
    }
    settings = Settings.from_environment(aws.environment | EVERYTHING | addresses)
    async with (
        running_service(settings) as service,
        aiohttp.ClientSession(service.url) as http,
        http.get("/metrics") as answer,
    ):
        families = [*text_string_to_metric_families(await answer.text())]
        collectors = [*service.metrics.registry._collector_to_names]
    labels = {
        each._name: {*each._labelnames}
        for each in collectors
        if isinstance(each, MetricWrapperBase)
    }
    shown = {
        f"{family.name}{SUFFIXES.get(family.type, '')}": labels.get(family.name, set())
        for family in families
    }
    listed = rows(DOCUMENT.partition("\n## Limits\n")[0])
    assert listed == shown


@pytest.mark.parametrize(
    ("heading", "values"),
    [
        ("Limits", Limit),
        ("What becomes of an event stream", StreamOutcome),
        ("Why a token is refused", UnauthorizedReason),
    ],
)
def test_the_values_of_a_label_are_listed_where_they_are_explained(
    heading: str, values: type[StrEnum]
) -> None:
    assert rows(section(heading)).keys() == {each.value for each in values}
