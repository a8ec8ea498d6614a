"""The proxy and the certificates of AWS calls."""

import asyncio
from pathlib import Path

import pytest

from assembly_service.aws.clients import open_clients
from assembly_service.aws.http_client import NotConnected
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.aws.json_server import Server, well
from tests.aws.raw_server import running
from tests.harness.certificates import make_authority

HOST = "dynamodb.invalid"


@pytest.fixture
def elsewhere(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings with an address that only a proxy can reach, without a proxy."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return settings.model_copy(update={"aws_endpoint_url": f"http://{HOST}"})


async def test_a_proxy_without_a_scheme_is_used_and_passwords_of_netrc_are_not(
    elsewhere: Settings,
    server: tuple[Server, str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    passwords = tmp_path / "netrc"
    passwords.write_text(f"machine {HOST} login somebody password something\n")
    passwords.chmod(0o600)
    monkeypatch.setenv("NETRC", str(passwords))
    monkeypatch.setenv("HTTP_PROXY", server[1].removeprefix("http://"))
    server[0].answers = [well(Item={})]
    async with open_clients(elsewhere, Metrics()) as clients:
        answer = await clients.dynamodb_writes.get_item(TableName="products", Key={})
    assert answer == {"Item": {}}
    [(headers, _)] = server[0].requests
    assert headers["host"] == HOST
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 ")


async def test_no_proxy_is_used_for_an_excluded_host(
    elsewhere: Settings, server: tuple[Server, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", server[1].removeprefix("http://"))
    server[0].answers = [well(Item={})]
    reachable = elsewhere.model_copy(update={"aws_endpoint_url": server[1]})
    async with open_clients(reachable, Metrics()) as clients:
        answer = await clients.dynamodb_writes.get_item(TableName="products", Key={})
    assert answer == {"Item": {}}


@pytest.mark.parametrize(
    ("names", "trusted"),
    [
        ({"REQUESTS_CA_BUNDLE": "own"}, True),
        ({"REQUESTS_CA_BUNDLE": "other", "AWS_CA_BUNDLE": "own"}, True),
        ({"REQUESTS_CA_BUNDLE": "own", "AWS_CA_BUNDLE": "other"}, False),
    ],
    ids=str,
)
async def test_the_file_of_certificates_is_the_one_that_the_library_would_use(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    names: dict[str, str],
    trusted: bool,
) -> None:
    bundles = {name: make_authority(tmp_path, name) for name in ("own", "other")}
    for variable, name in names.items():
        monkeypatch.setenv(variable, str(bundles[name][0]))
    async with running(tls=bundles["own"][1]) as raw:
        url = {"aws_endpoint_url": f"https://127.0.0.1:{raw.port}"}
        async with open_clients(settings.model_copy(update=url), Metrics()) as clients:
            call = clients.dynamodb_writes.get_item(TableName="products", Key={})
            answers = await asyncio.gather(call, return_exceptions=True)
    assert [isinstance(answer, NotConnected) for answer in answers] == [not trusted]
