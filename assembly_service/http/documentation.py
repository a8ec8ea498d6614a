"""The documentation page. It loads everything from this service, so it works offline."""

from collections.abc import Mapping
from functools import lru_cache
from http import HTTPStatus

from aiohttp import web

from assembly_service.domain import exact_json
from assembly_service.http.answers import JSON, NO_CACHE, UNEXPECTED, Answer, Content
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.pages import Pages
from assembly_service.http.problems import PUBLIC_PATH
from assembly_service.http.schemas import TEXT

_TAG = "documentation"
_PAGE_ANSWER = Answer(
    status=HTTPStatus.OK,
    description="The page.",
    content={"text/html": Content(schema=TEXT)},
    headers={
        "Content-Security-Policy": {
            "description": "The page loads only files of this service.",
            "schema": TEXT,
        },
        "Referrer-Policy": {"schema": {"const": "no-referrer"}},
        "X-Content-Type-Options": {"schema": {"const": "nosniff"}},
        "Refresh": {
            "description": "Seconds; only while the page is not built.",
            "required": False,
            "schema": {"type": "integer"},
        },
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
    answers = (answer, UNEXPECTED)
    return Call(method="GET", path=path, name=name, summary=summary, tag=_TAG, answers=answers)


_PAGES = (
    _call("/api/docs", "getDocumentation", "This page", _PAGE_ANSWER),
    _call("/api-docs", "getDocumentationAlias", "This page", _PAGE_ANSWER),
)
_DOCUMENTS = (
    _call("/api/openapi.json", "getDocument", "This document", _DOCUMENT_ANSWER),
    _call("/api-docs/json", "getDocumentAlias", "This document", _DOCUMENT_ANSWER),
)


def documentation_document() -> DocumentPart:
    """Return the part of the documentation calls."""
    return DocumentPart(
        tags=[{"name": _TAG, "description": "This page and its document."}],
        paths=paths((*_PAGES, *_DOCUMENTS)),
    )


class Documentation:
    """The handlers of the page and of the document it shows."""

    def __init__(self, document: Mapping[str, exact_json.Value], pages: Pages) -> None:
        def document_below(path: str) -> bytes:
            servers: dict[str, exact_json.Value] = {"servers": [{"url": path}]} if path else {}
            return exact_json.dumps({**document, **servers})

        self._pages = pages
        self._document_below = lru_cache(maxsize=16)(document_below)

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return all routes."""
        return [
            *(call.route(self.page) for call in _PAGES),
            *(call.route(self.document) for call in _DOCUMENTS),
            web.get("/api/docs/", self.redirect_to_page),
        ]

    async def page(self, request: web.Request) -> web.Response:
        """Answer with the page, or with a sentence on how to build it."""
        return self._pages.answer(request, "api-docs.html", otherwise=HTTPStatus.OK)

    async def redirect_to_page(self, request: web.Request) -> web.Response:
        """Redirect to the page from where people may look for it."""
        location = f"{request.get(PUBLIC_PATH, '')}/api/docs"
        return web.Response(status=HTTPStatus.FOUND, headers={"Location": location})

    async def document(self, request: web.Request) -> web.Response:
        """Answer with the OpenAPI document."""
        return web.Response(
            body=self._document_below(request.get(PUBLIC_PATH, "")),
            content_type="application/json",
            headers={"Cache-Control": "no-cache"},
        )
