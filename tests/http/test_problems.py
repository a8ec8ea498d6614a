"""Errors are problem documents that name every mistake and reveal no internals."""

import socket
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
import structlog
from aiohttp import ClientSession, web
from yarl import URL

from assembly_service.aws.clients import open_clients
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.storage.catalogue import Catalogue
from tests.harness.web import Shelf, make_product, products_path


async def problem(response: Any) -> Any:
    """Return the body of an error, checked for the members of every problem."""
    body = await response.json(content_type="application/problem+json")
    assert body["status"] == response.status
    assert body["instance"] == response.url.raw_path
    assert body["title"]
    assert body["detail"].endswith(".")
    assert body["type"] == ("/api/docs#invalid-parameters" if "errors" in body else "about:blank")
    return body


async def broken(api: ClientSession, path: str) -> list[str]:
    """Return the names of a request's invalid parameters."""
    async with api.get(URL(path, encoded=True)) as response:
        body = await problem(response)
        assert response.status == 400
        errors: list[dict[str, str]] = body["errors"]
        assert all(error["message"].endswith(".") for error in errors)
        assert all(error["parameter"] in body["detail"] for error in errors)
        return [error["parameter"] for error in errors]


async def test_every_invalid_parameter_is_named_at_once(api: ClientSession) -> None:
    path = f"{products_path('no~body')}?limit=0&since=yesterday&lastKey=x"
    assert await broken(api, path) == ["handle", "limit", "since", "lastKey"]
    assert await broken(api, f"{products_path('no~body')}/v%201") == ["handle", "videoId"]


@pytest.mark.parametrize("limit", ["0", "51", "-1", "+5", "1.0", "1e1", "", "ten", "٥", "9" * 99])
async def test_a_limit_is_a_whole_number_from_1_to_50(api: ClientSession, limit: str) -> None:
    async with api.get(products_path(), params={"limit": limit}) as response:
        assert [error["parameter"] for error in (await problem(response))["errors"]] == ["limit"]


@pytest.mark.parametrize(
    "since",
    [
        "",
        "yesterday",
        "1793620800000",
        "2026-11-02",
        "2026-11-02T12:00:00",
        "2026-11-02 12:00:00Z",
        "2026-02-30T12:00:00Z",
        "2026-11-02T12:00:00Z ",
        "0000-01-01T00:00:00Z",
    ],
)
async def test_since_is_an_rfc_3339_instant(api: ClientSession, since: str) -> None:
    async with api.get(products_path(), params={"since": since}) as response:
        assert [error["parameter"] for error in (await problem(response))["errors"]] == ["since"]


@pytest.mark.parametrize(
    "handle",
    ["a" * 65, "a%20b", "a%2Fb", "%2e%2e%2f", "%00", "%ff", "caf%C3%A9", "a%0A", "%ed%a0%80"],
)
async def test_an_invalid_handle_is_refused(api: ClientSession, handle: str) -> None:
    assert await broken(api, products_path(handle)) == ["handle"]


@pytest.mark.parametrize("video_id", ["a" * 129, "a.b", "a%20b", "%F0%9F%98%8D", "a%0A"])
async def test_an_invalid_video_id_is_refused(api: ClientSession, video_id: str) -> None:
    assert await broken(api, f"{products_path()}/{video_id}") == ["videoId"]


async def test_a_parameter_given_twice_is_refused(api: ClientSession) -> None:
    assert await broken(api, f"{products_path()}?limit=1&limit=1") == ["limit"]
    twice = "since=2026-11-02T12:00:00Z"
    assert await broken(api, f"{products_path()}?{twice}&{twice}") == ["since"]


async def test_an_unknown_parameter_is_ignored(api: ClientSession) -> None:
    async with api.get(f"{products_path()}?page=2&_=1") as response:
        assert response.status == 200


@pytest.mark.parametrize("path", ["/shop", "/api/v1/shop", "/api/v1/shop/a/products/", "/%ff/%00"])
async def test_an_unknown_path_is_a_404_problem(api: ClientSession, path: str) -> None:
    async with api.get(URL(path, encoded=True)) as response:
        await problem(response)
        assert response.status == 404


async def test_a_method_that_is_not_allowed_is_a_405_problem(api: ClientSession) -> None:
    async with api.delete(products_path()) as response:
        assert "GET, HEAD" in (await problem(response))["detail"]
        assert response.status == 405
        assert response.headers["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_the_list_of_all_products_says_what_to_use_instead(
    api: ClientSession, method: str
) -> None:
    async with api.request(method, "/api/v1/products", json={"title": "Cup"}) as response:
        body = await problem(response)
        assert response.status == 405
        assert "/api/v1/shop/{handle}/products" in body["detail"]
        assert ("publish" in body["detail"]) is (method != "GET")
        assert "Allow" in response.headers


@pytest.fixture
def events() -> Iterator[list[Any]]:
    """What is logged."""
    with structlog.testing.capture_logs() as captured:
        yield captured


@pytest.fixture
async def nowhere(settings: Settings) -> AsyncIterator[Any]:
    """A client whose endpoint refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    endpoint = {"aws_endpoint_url": f"http://127.0.0.1:{port}"}
    async with open_clients(settings.model_copy(update=endpoint), Metrics()) as clients:
        yield clients.dynamodb


class TestWithoutDatabase:
    """What clients see while DynamoDB is unreachable."""

    @pytest.fixture
    def catalogue(self, nowhere: Any) -> Catalogue:
        return Catalogue(dynamodb=nowhere, table="products")

    @pytest.mark.parametrize("path", [products_path(), f"{products_path()}/v1"])
    async def test_the_answer_is_503_and_says_when_to_try_again(
        self, api: ClientSession, events: list[Any], path: str
    ) -> None:
        async with api.get(path) as response:
            await problem(response)
            assert response.status == 503
            assert int(response.headers["Retry-After"]) > 0
        assert [event["event"] for event in events] == ["database_unavailable"]


class TestWithAMistakeOfOurs:
    """What clients see when the program fails unexpectedly."""

    @pytest.fixture
    def application(self, application: web.Application) -> web.Application:
        async def fail(_: web.Request) -> web.Response:
            raise ZeroDivisionError("secret")

        application.router.add_get("/broken", fail)
        return application

    async def test_the_answer_is_500_without_any_detail_and_the_log_has_all(
        self, api: ClientSession, events: list[Any]
    ) -> None:
        async with api.get("/broken") as response:
            await problem(response)
            assert response.status == 500
            text = await response.text()
        assert "secret" not in text
        assert "Traceback" not in text
        (event,) = events
        assert event["event"] == "request_failed"
        assert isinstance(event["exc_info"], ZeroDivisionError)


async def test_a_row_that_cannot_be_read_is_a_500_problem(
    api: ClientSession, shelf: Shelf, dynamodb: Any, events: list[Any]
) -> None:
    await shelf.put(make_product("v1"))
    await dynamodb.put_item(
        TableName=shelf.table,
        Item={"seller_handle": {"S": "amani_beads"}, "video_id": {"S": "v0"}},
    )
    async with api.get(f"{products_path()}/v0") as response:
        await problem(response)
        assert response.status == 500
    assert [event["event"] for event in events] == ["request_failed"]
