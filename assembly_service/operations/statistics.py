"""How many clients watch which sellers on this instance."""

from collections.abc import Mapping
from typing import Protocol

from aiohttp import web

from assembly_service.http.responses import json_response
from assembly_service.operations.calls import STATISTICS


class Subscriptions(Protocol):
    """What the sockets of this instance tell about themselves."""

    @property
    def total_connections(self) -> int:
        """Connected clients."""
        ...

    def clients_per_seller(self) -> Mapping[str, int]:
        """How many clients watch each seller; sellers without any are left out."""
        ...


class Statistics:
    """The route of the figures."""

    def __init__(self, *, subscriptions: Subscriptions) -> None:
        self._subscriptions = subscriptions

    def routes(self) -> list[web.RouteDef]:
        """All routes."""
        return [STATISTICS.route(self.statistics)]

    async def statistics(self, _request: web.Request) -> web.Response:
        """The figures of this instance alone."""
        clients = dict(sorted(self._subscriptions.clients_per_seller().items()))
        return json_response(
            {
                "totalSubscriptions": sum(clients.values()),
                "totalConnections": self._subscriptions.total_connections,
                "sellerHandles": list(clients),
                "clientsPerSeller": clients,
            }
        )
