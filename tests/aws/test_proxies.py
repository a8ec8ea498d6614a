"""The proxy of a URL is the one that AWS's client library would choose."""

from types import SimpleNamespace
from typing import Any

import aiohttp
import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError
from prometheus_client import CollectorRegistry

from assembly_service.access.tokens import open_verifier
from assembly_service.aws.proxies import is_of_a_proxy, proxy_for
from assembly_service.settings.drafts import TokenSettings
from tests.access.issuer import private_key, running_issuer
from tests.access.tokens import bearer, signed_by

URLS = [
    "http://dynamodb.example",
    "http://dynamodb.example:8000",
    "http://127.0.0.1:4566",
    "http://[::1]:4566",
    "https://sqs.eu-west-1.amazonaws.com",
    "https://login.example:8443/jwks.json",
]
ENVIRONMENTS: list[dict[str, str]] = [
    {},
    {"http_proxy": "http://one:3128"},
    {"HTTP_PROXY": "one:3128"},
    {"HTTP_PROXY": "127.0.0.1:3128", "HTTPS_PROXY": "two"},
    {"HTTP_PROXY": "//one:3128", "https_proxy": "http://user:p%40ss@two:3129"},
    {"http_proxy": "http://small:1", "HTTP_PROXY": "http://CAPITAL:2"},
    {"http_proxy": "", "HTTP_PROXY": "http://one:3128"},
    {"ALL_PROXY": "http://all:3128"},
    {"HTTP_PROXY": "http://one:3128", "REQUEST_METHOD": "GET"},
]
EXCEPTIONS = [
    "*",
    "dynamodb.example",
    "dynamodb.example:8000",
    "DynamoDB.Example:80,login.example:8443",
    ".example",
    "example",
    " ample , amazonaws.com",
    "127.0.0.1, ::1",
    "127.0.0.1:4566,[::1]:4566",
    "127.0.0.0/8",
    "sqs.*.amazonaws.com",
    ",",
]
PROXIES = {"HTTP_PROXY": "one:3128", "HTTPS_PROXY": "two:3129"}
ALL = [
    *ENVIRONMENTS,
    PROXIES | {"NO_PROXY": ".example"},
    *(PROXIES | {"no_proxy": exceptions} for exceptions in EXCEPTIONS),
]


@pytest.fixture
def environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    given: dict[str, str] = request.param
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


def of_the_library(url: str) -> str | None:
    """The proxy through which boto3 would send a request to this endpoint."""
    client = boto3.client(
        "sts",
        region_name="eu-west-1",
        endpoint_url=url,
        aws_access_key_id="key",
        aws_secret_access_key="secret",
    )
    proxy: str | None = client._endpoint.http_session._proxy_config.proxy_url_for(url)
    return proxy


@pytest.mark.parametrize("environment", ALL, indirect=True, ids=str)
def test_the_proxy_is_the_one_that_the_library_would_use(environment: dict[str, str]) -> None:
    assert {url: proxy_for(url) for url in URLS} == {url: of_the_library(url) for url in URLS}


@pytest.mark.parametrize(
    "environment", [{"HTTP_PROXY": "", "no_proxy": "login.example:80"}], indirect=True
)
async def test_the_keys_of_an_issuer_are_fetched_through_the_proxy_too(
    environment: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running_issuer() as issuer:
        monkeypatch.setenv("HTTP_PROXY", issuer.url.split("/")[2])
        settings = TokenSettings(jwt_jwks_url="http://localhost:9/jwks.json")
        async with open_verifier(settings, CollectorRegistry()) as verifier:
            assert await verifier.caller(bearer(signed_by(private_key("first"), "first")))


def unknown(host: str, port: int) -> aiohttp.ClientConnectorError:
    """What aiohttp raises for an unknown host."""
    key: Any = SimpleNamespace(host=host, port=port, ssl=True)
    return aiohttp.ClientConnectorDNSError(key, OSError("Name or service not known"))


@pytest.mark.parametrize(
    "environment", [{"HTTP_PROXY": "u:p@one", "HTTPS_PROXY": "https://two:3129"}], indirect=True
)
def test_a_failure_of_the_proxy_differs_from_one_behind_it(
    environment: dict[str, str],
) -> None:
    assert is_of_a_proxy(unknown("one", 80))
    assert is_of_a_proxy(unknown("two", 3129))
    wrapped = EndpointConnectionError(endpoint_url="https://aws.example", error=unknown("one", 80))
    assert is_of_a_proxy(wrapped)
    assert not is_of_a_proxy(unknown("one", 4566))
    assert not is_of_a_proxy(unknown("aws.example", 443))
    for code, is_proxys in (("407", True), ("404", False)):
        assert is_of_a_proxy(ClientError({"Error": {"Code": code}}, "Get")) is is_proxys
