"""The operators' call about one video."""

from aiohttp import web

from assembly_service.http.calls import routes
from assembly_service.http.responses import json_response
from assembly_service.operations.calls import TRACE
from assembly_service.operations.tracing import Tracer
from assembly_service.shop.parameters import read_product_key


class Videos:
    """The routes under `/api/v1/operations/videos`."""

    def __init__(self, *, tracer: Tracer) -> None:
        self._tracer = tracer

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return routes([TRACE], {TRACE: self.trace})

    async def trace(self, request: web.Request) -> web.Response:
        """Where a video is, what is the matter, and what to do."""
        found = await self._tracer.trace(read_product_key(request))
        return json_response(found.as_json())
