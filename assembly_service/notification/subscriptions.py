"""The register of who is connected to this instance and watches whom."""

from collections import Counter
from collections.abc import Mapping

from assembly_service.monitoring.metrics import NotificationMetrics


class Subscriptions:
    """Connected clients and their subscriptions; the gauges of the metrics follow it."""

    def __init__(self, *, metrics: NotificationMetrics) -> None:
        self._metrics = metrics
        self._of_client: dict[str, dict[str, str]] = {}
        self._clients_per_seller: Counter[str] = Counter()

    @property
    def total_connections(self) -> int:
        """Connected clients."""
        return len(self._of_client)

    def clients_per_seller(self) -> dict[str, int]:
        """How many clients watch each seller; sellers without any are left out."""
        return dict(self._clients_per_seller)

    def of_client(self, client_id: str) -> Mapping[str, str]:
        """The sellers a client watches, with the instant it joined each."""
        return self._of_client.get(client_id, {})

    def connected(self, client_id: str) -> None:
        """A client has connected."""
        self._of_client[client_id] = {}
        self._show()

    def disconnected(self, client_id: str) -> None:
        """A client is gone, and its subscriptions with it."""
        for seller_handle in tuple(self.of_client(client_id)):
            self.left(client_id, seller_handle)
        self._of_client.pop(client_id, None)
        self._show()

    def joined(self, client_id: str, seller_handle: str, *, joined_at: str) -> None:
        """A client watches a seller from now on. It did not before."""
        self._of_client[client_id][seller_handle] = joined_at
        self._clients_per_seller[seller_handle] += 1
        self._show()

    def left(self, client_id: str, seller_handle: str) -> None:
        """A client watches a seller no more. It did before."""
        del self._of_client[client_id][seller_handle]
        self._clients_per_seller[seller_handle] -= 1
        if not self._clients_per_seller[seller_handle]:
            del self._clients_per_seller[seller_handle]
        self._show()

    def _show(self) -> None:
        self._metrics.connections.set(len(self._of_client))
        self._metrics.subscriptions.set(self._clients_per_seller.total())
