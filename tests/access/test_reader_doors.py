"""A reader sees only the sellers its token names, at every door of a running service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import capture_logs

from assembly_service.access.tickets import Tickets
from assembly_service.aws.clients import Clients
from assembly_service.openapi import openapi_document
from assembly_service.operations.calls import public_calls
from assembly_service.runtime.clock import wall_clock
from assembly_service.service import running_service
from assembly_service.settings.drafts import TokenSettings
from assembly_service.settings.readers import ReaderAuth
from assembly_service.settings.service import Settings
from tests.access.reader_doors import DOORS, SOCKETS, Outcome, Visitor, outcomes
from tests.access.tokens import SECRET, claims, encode, signed
from tests.harness.described import Described, checking
from tests.harness.web import Shelf, make_product
from tests.notification.streams import Reader

AMANI, BARAKA = "amani", "baraka"
SHOWN = {door: ["v1"] for door in DOORS}


@asynccontextmanager
async def front(settings: Settings, clients: Clients, auth: ReaderAuth) -> AsyncIterator[Visitor]:
    """A web front with a product of each of two sellers, and somebody without a token before it.

    Every answer has to be as the document describes.
    """
    shelf = Shelf(dynamodb=clients.dynamodb, table=settings.dynamodb_products_table)
    now = wall_clock()
    await shelf.put(*(make_product("v1", seller=each, updated_at=now) for each in (AMANI, BARAKA)))
    changes = {
        "service_role": "web",
        "reader_auth": auth,
        "token_settings": TokenSettings(jwt_secret=SECRET),
    }
    chosen = settings.model_copy(update=changes)
    document = openapi_document(operations=public_calls(chosen), readers=auth)
    traces = [checking(Described(document))]
    async with (
        running_service(chosen) as service,
        ClientSession(service.url, trace_configs=traces) as http,
    ):
        yield Visitor(http=http, url=service.url, seller=AMANI, token=None)


def refused(*, status: int, code: str) -> dict[str, Outcome]:
    """What each door answers where it lets nobody in."""
    return {door: code if door in SOCKETS else status for door in DOORS}


def with_(visitor: Visitor, *, token: str | None, seller: str = AMANI) -> Visitor:
    return Visitor(http=visitor.http, url=visitor.url, seller=seller, token=token)


async def refusals(visitor: Visitor) -> dict[str, float]:
    """How many tokens were refused, by reason."""
    async with visitor.http.get("/metrics") as answer:
        families = {each.name: each for each in text_string_to_metric_families(await answer.text())}
    refused = families["assembly_tokens_refused"].samples
    return {sample.labels["reason"]: sample.value for sample in refused if sample.value}


async def test_a_reader_sees_only_the_sellers_its_token_names_at_every_door(
    settings: Settings, clients: Clients
) -> None:
    async with front(settings, clients, "required") as visitor:
        # What others may read is in every window, page and shared answer by now.
        everyone = signed(sellers="*")
        assert await outcomes(with_(visitor, token=everyone, seller=BARAKA)) == SHOWN

        token = signed(sellers=[AMANI])
        assert await outcomes(with_(visitor, token=token)) == SHOWN
        not_named = refused(status=403, code="seller_not_allowed")
        assert await outcomes(with_(visitor, token=token, seller=BARAKA)) == not_named

        nobody = refused(status=401, code="connect_error") | {"stock_socket": "token_required"}
        assert await outcomes(visitor) == nobody
        assert await refusals(visitor) == {"missing": len(DOORS)}
        for wrong in (
            signed(sellers="*", exp=1),
            encode(claims(sellers="*"), f"{SECRET}!", "HS256"),
        ):
            found = await outcomes(with_(visitor, token=wrong))
            assert found == nobody | {"stock_socket": "token_refused"}
        for reason in ("expired", "signature"):
            assert (await refusals(visitor))[reason] == len(DOORS)
        # Which sellers there are is not told either.
        async with visitor.http.get("/api/v1/websocket/stats") as answer:
            assert answer.status == 404


async def test_without_a_token_every_call_about_a_seller_is_refused_that_the_document_has(
    settings: Settings, clients: Clients
) -> None:
    async with front(settings, clients, "required") as visitor:
        paths = openapi_document(operations=[], readers="required")["paths"]
        calls = [
            (method, path.format(handle=AMANI, videoId="v1"))
            for path, described in paths.items()
            if "{handle}" in path
            for method in described
            if method in {"get", "put", "post", "delete", "patch"}
        ]
        assert len(calls) >= 4
        for method, path in calls:
            async with visitor.http.request(method, path) as answer:
                assert (method, path, answer.status) == (method, path, 401)


async def test_where_tokens_are_optional_one_that_is_sent_restricts(
    settings: Settings, clients: Clients
) -> None:
    async with front(settings, clients, "optional") as visitor:
        token = signed(sellers=[BARAKA])
        assert await outcomes(visitor) == SHOWN
        assert await outcomes(with_(visitor, token=token)) == refused(
            status=403, code="seller_not_allowed"
        )
        assert await outcomes(with_(visitor, token="wrong")) == refused(
            status=401, code="connect_error"
        ) | {"stock_socket": "token_refused"}


async def test_a_ticket_opens_the_stream_of_its_seller_and_is_never_logged(
    settings: Settings, clients: Clients, capfd: pytest.CaptureFixture[str]
) -> None:
    with capture_logs() as lines:
        async with front(settings, clients, "required") as visitor:
            ticket = Tickets(SECRET).issue(AMANI, None)
            for given, seller, status in (
                (ticket, AMANI, 200),
                (ticket, BARAKA, 403),
                (f"{ticket}x", AMANI, 401),
                (Tickets(SECRET, seconds=lambda: 0).issue(AMANI, None), AMANI, 401),
            ):
                path = f"/api/v1/shop/{seller}/events?ticket={given}"
                async with ClientSession(visitor.url) as http, http.get(path) as answer:
                    assert answer.status == status
                    if status == 200:
                        assert await Reader(answer).until_subscribed() == ["subscribed"]
                    else:
                        assert given not in await answer.text()
                        assert "Bearer" in answer.headers["WWW-Authenticate"]
            # It is good for nothing else.
            for path in ("products", "products/v1"):
                url = f"/api/v1/shop/{AMANI}/{path}?ticket={ticket}"
                async with visitor.http.get(url) as answer:
                    assert answer.status == 401
    printed = capfd.readouterr()
    assert ticket not in f"{lines}{printed.out}{printed.err}"
