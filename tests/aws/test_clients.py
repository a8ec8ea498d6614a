"""The proxy and the certificates of AWS calls."""

import ssl
from pathlib import Path

import pytest
from botocore.httpsession import where

from assembly_service.aws.clients import _trusted, open_clients
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.aws.json_server import Server, serving, well
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


def test_the_librarys_certificates_are_trusted_if_the_system_has_none(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
    assert ssl.create_default_context().get_ca_certs() == []
    context = _trusted.__wrapped__(None)
    assert context.get_ca_certs(True) == ssl.create_default_context(cafile=where()).get_ca_certs(
        True
    )
    assert context.verify_mode is ssl.CERT_REQUIRED


async def test_calls_over_tls_trust_a_private_authority_as_strictly_as_python_3_13_is(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trusted, context = make_authority(tmp_path, "private")
    monkeypatch.setenv("AWS_CA_BUNDLE", str(trusted))
    _trusted(str(trusted)).verify_flags |= ssl.VERIFY_X509_STRICT
    async with serving(context) as (server, url):
        server.answers = [well(Item={})]
        private = settings.model_copy(update={"aws_endpoint_url": url})
        async with open_clients(private, Metrics()) as clients:
            answer = await clients.dynamodb_writes.get_item(TableName="products", Key={})
    assert answer == {"Item": {}}


def test_with_a_bundle_only_its_certificates_are_trusted(tmp_path: Path) -> None:
    first = Path(where()).read_text().split("-----END CERTIFICATE-----")[0]
    bundle = tmp_path / "own.pem"
    bundle.write_text(f"{first}-----END CERTIFICATE-----\n")
    assert len(_trusted(str(bundle)).get_ca_certs()) == 1
