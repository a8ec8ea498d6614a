"""The OpenAPI document: every route, what it takes and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from assembly_service.http.problems import problem_schema
from assembly_service.http.schemas import INSTANT, reference
from assembly_service.operations.schemas import operation_schemas
from assembly_service.shop.handlers import INSTEAD_OF_GET, INSTEAD_OF_POST
from assembly_service.shop.parameters import DEFAULT_LIMIT, MOST_PRODUCTS
from assembly_service.shop.schemas import SELLER_HANDLE, VIDEO_ID, shop_schemas

Node = dict[str, Any]

_HANDLE: Node = {
    "name": "handle",
    "in": "path",
    "required": True,
    "description": "The seller. `.` and `..` are no handles.",
    "schema": SELLER_HANDLE,
}
_VIDEO: Node = {"name": "videoId", "in": "path", "required": True, "schema": VIDEO_ID}
LIMIT: Node = {
    "name": "limit",
    "in": "query",
    "description": "The most products of one page.",
    "schema": {
        "type": "integer",
        "minimum": 1,
        "maximum": MOST_PRODUCTS,
        "default": DEFAULT_LIMIT,
    },
}
_LAST_KEY: Node = {
    "name": "lastKey",
    "in": "query",
    "description": (
        "The `lastEvaluatedKey` of the page before, with everything else unchanged. It may be put"
        " into the URL as it is or encoded once more."
    ),
    "schema": {"type": "string"},
}
_SINCE: Node = {
    "name": "since",
    "in": "query",
    "description": (
        "Only products changed since this instant, oldest change first: the `metadata.timestamp`"
        " of the last finished load. A few seconds before it are answered again, so that none is"
        " missed."
    ),
    "schema": INSTANT,
}
_IF_NONE_MATCH: Node = {
    "name": "If-None-Match",
    "in": "header",
    "description": "Tags that the client holds: 304 if one of them still fits.",
    "schema": {"type": "string"},
}
_REVALIDATION: Node = {
    "ETag": {"description": "A weak tag.", "schema": {"type": "string"}},
    "Cache-Control": {"schema": {"const": "no-cache"}},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPart:
    """What the document says of calls that another package answers.

    `paths` are whole; the names of schemas and operations are unique in the whole document.
    """

    tags: Sequence[Node]
    paths: Node
    schemas: Node
    security_schemes: Node


def openapi_document(parts: Sequence[DocumentPart] = ()) -> Node:
    """The whole document, OpenAPI 3.1, with the parts of those who are mounted."""
    document = _own_document()
    for part in parts:
        document["tags"] += part.tags
        document["paths"] |= part.paths
        components = document["components"]
        components["schemas"] |= part.schemas
        components["securitySchemes"] = {
            **components.get("securitySchemes", {}),
            **part.security_schemes,
        }
    return document


def _own_document() -> Node:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "assembly-service",
            "version": "1.0.0",
            "summary": "A seller's products, each joined from the caption and the thumbnails"
            " of a video.",
            "description": "For live changes connect with Socket.IO to the namespace `/products`;"
            " this API is for the first load and for polling.",
        },
        "tags": [
            {"name": "products", "description": "What a seller offers."},
            {"name": "operation", "description": "For those who run the service."},
            {"name": "documentation", "description": "This page and its document."},
        ],
        "paths": {**_product_paths(), **_operation_paths(), **_documentation_paths()},
        "components": {
            "schemas": {**shop_schemas(), **operation_schemas(), "Problem": problem_schema()}
        },
    }


def _product_paths() -> Node:
    return {
        "/api/v1/shop/{handle}/products": {
            "get": _operation(
                "listProducts",
                "A seller's products: the newest videos first, or what changed since an instant",
                tag="products",
                parameters=[_HANDLE, LIMIT, _LAST_KEY, _SINCE, _IF_NONE_MATCH],
                responses=_revalidated("A page; empty for an unknown seller.", "ProductList"),
            )
        },
        "/api/v1/shop/{handle}/products/{videoId}": {
            "get": _operation(
                "getProduct",
                "One product",
                tag="products",
                parameters=[_HANDLE, _VIDEO, _IF_NONE_MATCH],
                responses={
                    **_revalidated("The product.", "Product"),
                    "404": _problem("The seller has no such product."),
                },
            )
        },
        "/api/v1/products": {
            "get": _refusal("listAllProducts", "products are listed by seller", INSTEAD_OF_GET),
            "post": _refusal("createProduct", "products come from the queues", INSTEAD_OF_POST),
        },
    }


def _operation_paths() -> Node:
    return {
        "/api/v1/websocket/stats": {
            "get": _operation(
                "getSubscriptionStatistics",
                "Who is connected to this instance",
                tag="operation",
                responses={"200": _json("The figures.", "SubscriptionStatistics")},
            )
        },
        "/health": _health("getHealth", "Everything that is checked"),
        "/health/live": _health("getLiveness", "Whether this process works"),
        "/health/ready": _health("getReadiness", "Whether this process can do its part"),
        "/health/database": _health("getDatabaseHealth", "Whether the tables answer"),
        "/metrics": {
            "get": _operation(
                "getMetrics",
                "Figures for Prometheus",
                tag="operation",
                responses={
                    "200": {
                        "description": "In Prometheus's text form, or OpenMetrics if preferred.",
                        "content": {
                            kind: {"schema": {"type": "string"}}
                            for kind in ("text/plain", "application/openmetrics-text")
                        },
                    }
                },
            )
        },
    }


def _documentation_paths() -> Node:
    page = {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}
    document = {
        "description": "OpenAPI 3.1.",
        "content": {"application/json": {"schema": {"type": "object"}}},
    }
    routes = [
        ("/api/docs", "getDocumentation", "This page", page),
        ("/api-docs", "getDocumentationAlias", "This page", page),
        ("/api/openapi.json", "getDocument", "This document", document),
        ("/api-docs/json", "getDocumentAlias", "This document", document),
    ]
    return {
        path: {"get": _operation(name, summary, tag="documentation", responses={"200": answer})}
        for path, name, summary, answer in routes
    }


def _operation(
    name: str, summary: str, *, tag: str, responses: Node, parameters: list[Node] | None = None
) -> Node:
    return {
        "operationId": name,
        "summary": summary,
        "tags": [tag],
        "parameters": parameters or [],
        "responses": {**responses, "default": _problem("Something unexpected went wrong.")},
    }


def _refusal(name: str, why: str, instead: str) -> Node:
    refused = _problem(instead)
    refused["headers"] = {"Allow": {"description": "Empty.", "schema": {"const": ""}}}
    summary = f"Always refused: {why}"
    operation = _operation(name, summary, tag="products", responses={"405": refused})
    return {**operation, "description": instead}


def _health(name: str, summary: str) -> Node:
    responses = {
        "200": _json("Healthy, or degraded.", "HealthReport"),
        "503": _json("At least one check fails.", "HealthReport"),
    }
    return {"get": _operation(name, summary, tag="operation", responses=responses)}


def _revalidated(description: str, schema: str) -> Node:
    busy = _problem("The database does not answer at the moment.")
    busy["headers"] = {"Retry-After": {"description": "Seconds.", "schema": {"type": "integer"}}}
    return {
        "200": {**_json(description, schema), "headers": _REVALIDATION},
        "304": {"description": "Nothing has changed.", "headers": _REVALIDATION},
        "400": _problem("Broken parameters, every one named in `errors`."),
        "503": busy,
    }


def _json(description: str, schema: str) -> Node:
    return {
        "description": description,
        "content": {"application/json": {"schema": reference(schema)}},
    }


def _problem(description: str) -> Node:
    return {
        "description": description,
        "content": {"application/problem+json": {"schema": reference("Problem")}},
    }
