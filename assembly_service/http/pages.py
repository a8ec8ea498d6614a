"""Serves the pages that `make pages` builds, under a strict content security policy."""

import secrets
from collections.abc import Iterable
from http import HTTPStatus
from pathlib import Path
from string import Template
from time import time

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from assembly_service.http.problems import PUBLIC_PATH
from assembly_service.http.security_headers import page_headers

BUILT_PAGES = Path(__file__).parents[1] / "pages"
"""Where `make pages` puts them."""

DRAFT_PATHS = (
    "/drafts",
    "/drafts/product",
    "/drafts/products",
    "/drafts/products/{guid}",
    "/drafts/project",
    "/drafts/projects",
    "/drafts/projects/{id}",
    "/drafts/education",
    "/drafts/education/records/{id}",
)
PUBLIC_PATHS = ("/", "/shop/{handle}", *DRAFT_PATHS, "/docs", "/docs/{guide:.+}")
FLOW_PATHS = ("/flow", "/flow/videos/{seller}/{video}")
"""For operators: served only where their calls are."""
PATHS = (*PUBLIC_PATHS, *FLOW_PATHS)
"""The addresses of pages. All get the same HTML; the router in it shows the right page."""

_PREFIXES_OF_CALLS = ("/api/", "/private/")
_INDEX = "index.html"
_ASSETS = "assets"
_LONGEST_BUILD_SECONDS = 600
_RELOAD_SECONDS = 2
_FOR_A_YEAR = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}
_ABSENT = Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>assembly-service</title>
<style nonce="$nonce">
body {
  max-width: 40rem; margin: 15vh auto; padding: 0 1.5rem;
  font: 1.0625rem/1.6 system-ui, sans-serif; overflow-wrap: anywhere;
}
h1 { line-height: 1.2; letter-spacing: -0.015em }
</style>
</head>
<body>
<h1>$heading</h1>
<p>$sentence This page loads by itself as soon as they are ready.</p>
<p>The service runs without them. Its calls are described in
<a href="$below/api/openapi.json">$below/api/openapi.json</a>.</p>
</body>
</html>
""")


class Pages:
    """Serves the pages built into a directory, before or while the service runs.

    `local` tells the pages that the service has the calls of the local mode, `drafts` that it has a
    draft system, `flow_alone` that no other page is served.
    """

    def __init__(
        self,
        directory: Path = BUILT_PAGES,
        *,
        local: bool = False,
        drafts: bool = False,
        flow_alone: bool = False,
    ) -> None:
        self._directory = directory
        self._told = {"local-mode": local, "drafts": drafts, "flow-alone": flow_alone}
        self._building = directory.with_name(f"{directory.name}.building")

    def routes(self) -> list[web.AbstractRouteDef]:
        """Return the routes of the files that pages load; each name has a hash of its content."""
        return [web.get(f"/{_ASSETS}/{{name:[\\w.-]+}}", self.asset)]

    def page_routes(self, paths: Iterable[str] = PATHS) -> list[web.AbstractRouteDef]:
        """Return the routes of the pages themselves."""
        return [web.get(path, self.index) for path in paths]

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Answer with a file, or with its compressed copy if the client accepts that."""
        file = self._directory / _ASSETS / request.match_info["name"]
        if not _is_file(file):
            raise web.HTTPNotFound
        return web.FileResponse(file, headers=_FOR_A_YEAR)

    async def index(self, request: web.Request) -> web.Response:
        """Answer with the page. It may load pictures of products from any host."""
        return self.answer(request, _INDEX, images=" https:")

    @web.middleware
    async def show_missing(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer a browser with the page, as a 404, where there is neither a page nor a call."""
        if not _is_missing_page(request):
            return await handler(request)
        return self.answer(
            request, _INDEX, images=" https:", missing=True, otherwise=HTTPStatus.NOT_FOUND
        )

    def answer(
        self,
        request: web.Request,
        name: str,
        *,
        images: str = "",
        missing: bool = False,
        otherwise: HTTPStatus = HTTPStatus.SERVICE_UNAVAILABLE,
    ) -> web.Response:
        """Answer with a built page or, with the status `otherwise`, with how to build it.

        `images` are further sources of pictures that its policy allows. With `missing` the answer
        is a 404, and the page says that there is none at this address.
        """
        below = request.get(PUBLIC_PATH, "")
        nonce = secrets.token_urlsafe(16)
        headers = {"Cache-Control": "no-cache", **page_headers(nonce, images)}
        html = self._html(name, below=below, nonce=nonce, missing=missing)
        if html is not None:
            return web.Response(
                status=HTTPStatus.NOT_FOUND if missing else HTTPStatus.OK,
                text=html,
                content_type="text/html",
                headers=headers,
            )
        return web.Response(
            status=otherwise,
            text=_ABSENT.substitute(self._why_absent(), below=below, nonce=nonce),
            content_type="text/html",
            headers={**headers, "Refresh": str(_RELOAD_SECONDS)},
        )

    def _html(self, name: str, *, below: str, nonce: str, missing: bool) -> str | None:
        try:
            html = (self._directory / name).read_text(encoding="utf-8")
        except FileNotFoundError:
            return None
        html = (
            html.replace('"./', f'"{below}/')
            .replace('name="public-path" content=""', f'name="public-path" content="{below}"')
            .replace('property="csp-nonce" nonce=""', f'property="csp-nonce" nonce="{nonce}"')
        )
        told_here = {**self._told, "missing": missing}
        for told in (name for name, is_so in told_here.items() if is_so):
            html = html.replace(f'name="{told}" content=""', f'name="{told}" content="true"')
        return html

    def _why_absent(self) -> dict[str, str]:
        step = self._building_step()
        if step is None:
            return {
                "heading": "The pages are not built yet",
                "sentence": "<code>make pages</code> or <code>make run</code> builds them.",
            }
        return {"heading": "The pages are being built", "sentence": f"{step}."}

    def _building_step(self) -> str | None:
        """Return what a running build is doing. A build that was killed may leave its file."""
        try:
            if time() - self._building.stat().st_mtime < _LONGEST_BUILD_SECONDS:
                return self._building.read_text(encoding="utf-8").strip()
        except FileNotFoundError:
            pass
        return None


def _is_missing_page(request: web.Request) -> bool:
    """Whether somebody opens an address in a browser at which nothing is."""
    unmatched = request.match_info.http_exception
    accepted = request.headers.get(hdrs.ACCEPT, "")
    return (
        unmatched is not None
        and unmatched.status == HTTPStatus.NOT_FOUND
        and request.match_info.apps[-1] is request.app
        and request.method in {hdrs.METH_GET, hdrs.METH_HEAD}
        and not request.path.startswith(_PREFIXES_OF_CALLS)
        and "text/html" in accepted
        and "json" not in accepted
    )


def _is_file(path: Path) -> bool:
    """Ask the file system on the event loop: that takes less time than changing to a thread."""
    return path.is_file()
