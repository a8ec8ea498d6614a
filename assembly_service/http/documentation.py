"""The documentation page. Everything it loads comes from this service, so it works offline."""

import base64
import hashlib
from collections.abc import Mapping
from http import HTTPStatus
from importlib.util import find_spec
from pathlib import Path

from aiohttp import web

from assembly_service.domain import exact_json
from assembly_service.http.answers import JSON, NO_CACHE, UNEXPECTED, Answer, Content
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.schemas import TEXT

_ASSETS = "/api/docs/assets"
_START = """
SwaggerUIBundle({
  url: "/api/openapi.json",
  dom_id: "#documentation",
  deepLinking: true,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null
});
"""
_PAGE = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>assembly-service API</title>
<link rel="icon" type="image/png" href="{_ASSETS}/favicon-32x32.png">
<link rel="stylesheet" href="{_ASSETS}/swagger-ui.css">
</head>
<body>
<div id="documentation"></div>
<noscript>This page needs JavaScript. The document itself is at
<a href="/api/openapi.json">/api/openapi.json</a>.</noscript>
<script src="{_ASSETS}/swagger-ui-bundle.js"></script>
<script>{_START}</script>
</body>
</html>
"""
_START_HASH = base64.b64encode(hashlib.sha256(_START.encode()).digest()).decode()
_POLICY = (
    f"default-src 'none'; script-src 'self' 'sha256-{_START_HASH}'; style-src 'self';"
    " img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'"
)


_TAG = "documentation"
_PAGE_ANSWER = Answer(
    status=HTTPStatus.OK,
    description="A page.",
    content={"text/html": Content(schema=TEXT)},
    headers={
        "Content-Security-Policy": {
            "description": "The page loads nothing but this service's own files.",
            "schema": TEXT,
        },
        "Referrer-Policy": {"schema": {"const": "no-referrer"}},
        "X-Content-Type-Options": {"schema": {"const": "nosniff"}},
        **NO_CACHE,
    },
)
_DOCUMENT_ANSWER = Answer(
    status=HTTPStatus.OK,
    description="OpenAPI 3.1.",
    content={JSON: Content(schema={"type": "object"})},
    headers=NO_CACHE,
)


def _call(path: str, name: str, summary: str, answer: Answer) -> Call:
    return Call(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        tag=_TAG,
        answers=(answer, UNEXPECTED),
    )


_PAGES = (
    _call("/api/docs", "getDocumentation", "This page", _PAGE_ANSWER),
    _call("/api-docs", "getDocumentationAlias", "This page", _PAGE_ANSWER),
)
_DOCUMENTS = (
    _call("/api/openapi.json", "getDocument", "This document", _DOCUMENT_ANSWER),
    _call("/api-docs/json", "getDocumentAlias", "This document", _DOCUMENT_ANSWER),
)


def documentation_document() -> DocumentPart:
    """What the document says of the page and of itself."""
    return DocumentPart(
        tags=[{"name": _TAG, "description": "This page and its document."}],
        paths=paths((*_PAGES, *_DOCUMENTS)),
    )


class Documentation:
    """The routes of the page and of the document it shows."""

    def __init__(self, document: Mapping[str, exact_json.Value]) -> None:
        self._document = exact_json.dumps(dict(document))

    def routes(self) -> list[web.AbstractRouteDef]:
        """All routes."""
        return [
            *(call.route(self.page) for call in _PAGES),
            *(call.route(self.document) for call in _DOCUMENTS),
            web.get("/api/docs/", self.way_to_page),
            web.get("/", self.way_to_page),
            web.static(_ASSETS, _assets()),
        ]

    async def page(self, _request: web.Request) -> web.Response:
        """The page."""
        return web.Response(
            text=_PAGE,
            content_type="text/html",
            headers={
                "Content-Security-Policy": _POLICY,
                "Referrer-Policy": "no-referrer",
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-cache",
            },
        )

    async def way_to_page(self, _request: web.Request) -> web.Response:
        """Where people look who do not know the page's address."""
        return web.Response(status=HTTPStatus.FOUND, headers={"Location": "/api/docs"})

    async def document(self, _request: web.Request) -> web.Response:
        """The OpenAPI document."""
        return web.Response(
            body=self._document,
            content_type="application/json",
            headers={"Cache-Control": "no-cache"},
        )


def _assets() -> Path:
    """Swagger UI's files, found without importing the package: its code would load Flask."""
    package = find_spec("flask_swagger_ui")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("flask-swagger-ui is missing: run 'make install'.")
    return Path(package.submodule_search_locations[0]) / "dist"
