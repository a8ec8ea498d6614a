"""Requests refused before a draft is read are answered in each system's own form of errors."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from aiohttp import ClientSession
from structlog.testing import capture_logs

from assembly_service.access.opening import open_access
from assembly_service.application import create_application
from assembly_service.aws.clients import Clients
from assembly_service.drafts.systems import open_draft_systems
from assembly_service.http.server import http_server, public_endpoint
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue
from tests.access.tokens import SECRET, bearer, signed
from tests.harness.web import ManualClock, stated_operations

ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "SQS_CAPTION_ANALYSIS_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/captions",
    "SQS_THUMBNAIL_GENERATION_QUEUE_URL": "https://sqs.eu-west-1.amazonaws.com/1/thumbnails",
    **dict.fromkeys(("DYNAMODB_PRODUCTS_TABLE", "DYNAMODB_STAGING_TABLE"), "none"),
    **dict.fromkeys(("DYNAMODB_DRAFTS_TABLE", "DYNAMODB_RECORDS_TABLE"), "none"),
    **dict.fromkeys(("PRODUCT_DRAFTS", "PROJECT_SESSIONS", "EDUCATION_REGISTRATION"), "true"),
    "JWT_SECRET": SECRET,
    "CORS_ORIGINS": "https://shop.example",
    "PORT": "0",
}
ORIGIN = {"Origin": "https://shop.example"}


class _NoAws:
    """AWS is unreachable, and not needed."""

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        async def call(**_: object) -> None:
            raise TimeoutError

        return call


@pytest.fixture
async def front() -> AsyncIterator[ClientSession]:
    """The web front with every draft system, behind the service's own listener."""
    settings, metrics = Settings.from_environment(ENVIRONMENT), Metrics()
    clients = Clients(*[_NoAws() for _ in Clients.__slots__])
    catalogue = Catalogue(dynamodb=clients.dynamodb, table="none")
    async with (
        open_access(settings, metrics.registry) as access,
        open_draft_systems(
            settings, clients, verifier=access.verifier, metrics=metrics, clock=ManualClock()
        ) as systems,
    ):
        application = create_application(
            catalogue=catalogue,
            readers=None,
            recent_changes=RecentChanges(catalogue=catalogue, clock=ManualClock()),
            settings=settings,
            clock=ManualClock(),
            metrics=metrics,
            operations=stated_operations(),
            mounted=systems.mounted,
        )
        async with (
            http_server(application, public_endpoint(settings), metrics=metrics.http) as url,
            ClientSession(url) as session,
        ):
            yield session


CALLS = {
    "products": ("POST", "/private/products/orchestrate/session/create", "statusCode"),
    "catalogue": ("GET", "/private/products", "statusCode"),
    "projects": ("POST", "/api/project-session", "code"),
    "education": ("POST", "/ot-education/orchestrator/stage", "statusCode"),
}
"""A call of each system, and a member that only its form of errors has."""


UNREADABLE = {
    "a header that is too long": (f"Authorization: Bearer {'secret' * 40_000}", 431),
    "a header without a name": (": secret", 400),
    "a body of two lengths": ("Content-Length: 1\r\nContent-Length: 2\r\nX: secret", 400),
}


@pytest.mark.parametrize(
    ("system", "broken"),
    [
        *((system, "a header that is too long") for system in [*CALLS, "shop", "sockets"]),
        ("products", "a header without a name"),
        ("shop", "a body of two lengths"),
    ],
)
async def test_a_malformed_request_is_refused_in_the_form_of_its_system(
    front: ClientSession, system: str, broken: str
) -> None:
    others = ("GET", "/socket.io/" if system == "sockets" else "/api/v1/shop/s/products", "title")
    method, path, member = CALLS.get(system, others)
    header, status = UNREADABLE[broken]
    own = front._base_url
    assert own is not None
    reader, writer = await asyncio.open_connection(own.host, own.port)
    origin = f"Origin: {ORIGIN['Origin']}"
    lines = [f"{method} {path}?token=secret HTTP/1.1", "Host: shop", header, origin, "", ""]
    with capture_logs() as logs:
        async with asyncio.timeout(20):
            writer.write("\r\n".join(lines).encode())
            answer = (await reader.read()).decode()
    writer.close()
    head, _, body = answer.partition("\r\n\r\n")
    assert head.split()[1] == str(status)
    assert member in json.loads(body)
    assert (f"Access-Control-Allow-Origin: {ORIGIN['Origin']}" in head) == (system != "sockets")
    assert "request_unreadable" in [each["event"] for each in logs]
    assert "secret" not in answer + str(logs)


@pytest.mark.parametrize(
    ("path", "broken"),
    [
        ("/api/project-session", b"secret\r\n"),
        ("/api/project-session", None),
        ("/nowhere", b"secret\r\n"),
    ],
)
async def test_a_body_that_is_cut_off_ends_its_request_without_a_stack_trace(
    front: ClientSession, path: str, broken: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    own = front._base_url
    assert own is not None
    reader, writer = await asyncio.open_connection(own.host, own.port)
    head = f"POST {path} HTTP/1.1\r\nHost: shop\r\nTransfer-Encoding: chunked\r\n\r\n"
    with capture_logs() as logs:
        async with asyncio.timeout(20):
            writer.write(head.encode() + b"2\r\n{}\r\n")
            # By now its handler waits for the rest.
            async with front.get("/health/live"):
                pass
            if broken is None:
                writer.write_eof()
            else:
                writer.write(broken)
            answer = (await reader.read()).decode()
    writer.close()
    if broken is not None:
        assert answer.split()[1] == ("404" if path == "/nowhere" else "400")
    assert "secret" not in answer
    assert [each for each in logs if each["log_level"] == "error"] == []
    assert [each for each in caplog.records if each.levelno >= logging.ERROR] == []


@pytest.mark.parametrize("system", CALLS)
async def test_two_authorization_headers_are_refused_whatever_they_hold(
    front: ClientSession, system: str
) -> None:
    method, path, member = CALLS[system]
    twice = [("Authorization", bearer(signed()))] * 2
    async with front.request(method, path, headers=[*twice, *ORIGIN.items()]) as answer:
        assert answer.status == 401
        assert "send one" in answer.headers["WWW-Authenticate"]
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
        assert member in await answer.json()


@pytest.mark.parametrize("system", CALLS)
async def test_a_token_of_9000_characters_is_refused_without_being_quoted(
    front: ClientSession, system: str
) -> None:
    method, path, member = CALLS[system]
    sent = {"Authorization": f"Bearer {'secret' * 1_500}", **ORIGIN}
    async with front.request(method, path, headers=sent) as answer:
        assert answer.status == 401
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
        assert member in await answer.json()
        assert "secret" not in await answer.text() + str(answer.headers)


async def test_an_unknown_expectation_is_ignored(
    front: ClientSession,
) -> None:
    async with front.get("/private/products", headers={"Expect": "secret", **ORIGIN}) as answer:
        assert answer.status == 401
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
        assert "secret" not in await answer.text()
