"""The OpenAPI document is valid, and matches routes and answers."""

from typing import Any

import pytest
from aiohttp import ClientSession, web
from openapi_schema_validator import OAS31Validator, oas31_format_checker
from openapi_spec_validator import validate

from assembly_service.openapi import openapi_document
from assembly_service.operations.health import CheckStatus
from assembly_service.settings.readers import ReaderAuth
from tests.harness.web import Shelf, StatedHealth, check, make_product, products_path

DOCUMENT = openapi_document()


def test_the_document_is_valid() -> None:
    validate(DOCUMENT)


@pytest.mark.parametrize("readers", ["optional", "required"])
def test_the_document_says_whether_readers_need_tokens(readers: ReaderAuth) -> None:
    document = openapi_document(readers=readers)
    validate(document)
    shop = "/api/v1/shop/{handle}"
    token: dict[str, list[str]] = {"readerToken": []}
    anybody: list[dict[str, list[str]]] = [{}] if readers == "optional" else []
    expected: dict[str, list[dict[str, list[str]]]] = {
        f"{shop}/products": [token],
        f"{shop}/products/{{videoId}}": [token],
        f"{shop}/events": [token, {"readerTicket": []}],
    }
    for path, ways in expected.items():
        assert document["paths"][path]["get"]["security"] == [*anybody, *ways]
        assert DOCUMENT["paths"][path]["get"]["security"] == []
    assert f"{shop}/events/ticket" in document["paths"]
    assert f"{shop}/events/ticket" not in DOCUMENT["paths"]


@pytest.mark.parametrize("path", ["/api/openapi.json", "/api-docs/json"])
async def test_the_document_is_served_under_both_names(api: ClientSession, path: str) -> None:
    async with api.get(path) as response:
        assert response.content_type == "application/json"
        assert await response.json() == DOCUMENT


def test_every_route_is_documented_and_every_documented_route_exists(
    application: web.Application,
) -> None:
    served = {
        (route.resource.canonical, route.method)
        for route in application.router.routes()
        if route.resource
    }
    redirects = {("/", "GET"), ("/api/docs/", "GET")}
    files = {("/assets/{name}", "GET")}
    refused = {("/api/v1/products", method) for method in ("GET", "POST")}
    served = {pair for pair in served if pair[1] not in {"*", "HEAD"}} | refused
    documented = {
        (path, method.upper()) for path, item in DOCUMENT["paths"].items() for method in item
    }
    assert served == documented | redirects | files


def test_every_path_parameter_is_described() -> None:
    for path, item in DOCUMENT["paths"].items():
        for operation in item.values():
            described = {
                parameter["name"]
                for parameter in operation["parameters"]
                if parameter["in"] == "path"
            }
            assert described == {part[1:-1] for part in path.split("/") if part.startswith("{")}


def test_calls_that_are_always_refused_say_so_in_their_summary() -> None:
    summaries = [call["summary"] for call in DOCUMENT["paths"]["/api/v1/products"].values()]
    assert summaries == [
        "Always refused: products are listed by seller",
        "Always refused: products come from the queues",
    ]


def check_answer(template: str, response: Any, body: object) -> None:
    """Check an answer against the document's description of its route and status."""
    operation = DOCUMENT["paths"][template][response.method.lower()]
    described = operation["responses"][str(response.status)]
    schema = described["content"][response.content_type]["schema"]
    whole = {**schema, "components": DOCUMENT["components"]}
    OAS31Validator(whole, format_checker=oas31_format_checker).validate(body)
    headers = described.get("headers", {}).items()
    assert all(name in response.headers for name, each in headers if each.get("required", True))


LIST = "/api/v1/shop/{handle}/products"
ONE = "/api/v1/shop/{handle}/products/{videoId}"


@pytest.mark.parametrize(
    ("template", "path", "status"),
    [
        (LIST, products_path(), 200),
        (LIST, f"{products_path()}?limit=1&since=2026-11-02T10:00:00Z", 200),
        (LIST, products_path("nobody"), 200),
        (LIST, f"{products_path()}?limit=0&since=x", 400),
        (ONE, f"{products_path()}/v1", 200),
        (ONE, f"{products_path()}/v9", 404),
        (ONE, f"{products_path()}/v.9", 400),
        ("/api/v1/products", "/api/v1/products", 405),
        ("/api/v1/websocket/stats", "/api/v1/websocket/stats", 200),
        ("/health", "/health", 200),
        ("/health/live", "/health/live", 200),
        ("/health/ready", "/health/ready", 200),
        ("/health/worker", "/health/worker", 503),
        ("/health/database", "/health/database", 503),
        ("/api/openapi.json", "/api/openapi.json", 200),
        ("/api-docs/json", "/api-docs/json", 200),
    ],
)
async def test_answers_are_as_documented(
    api: ClientSession, shelf: Shelf, health: StatedHealth, template: str, path: str, status: int
) -> None:
    await shelf.put(
        make_product("v1", sizes="S-XL", tags=["cups"], raw_caption="New"),
        make_product("v2", price=None),
    )
    health.readiness = [check("tables", CheckStatus.DEGRADED)]
    health.tables = [check("tables", CheckStatus.FAILING)]
    health.polls = [check("caption_queue", CheckStatus.FAILING)]
    async with api.get(path) as response:
        assert response.status == status
        check_answer(template, response, await response.json(content_type=None))


async def test_a_refused_post_is_as_documented(api: ClientSession) -> None:
    async with api.post("/api/v1/products", json={}) as response:
        check_answer("/api/v1/products", response, await response.json(content_type=None))


@pytest.mark.parametrize("path", ["/api/docs", "/api-docs", "/metrics"])
async def test_pages_are_as_documented(api: ClientSession, path: str) -> None:
    async with api.get(path) as response:
        documented = DOCUMENT["paths"][path]["get"]["responses"][str(response.status)]
        assert response.content_type in documented["content"]
