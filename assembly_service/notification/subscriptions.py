"""The register of who is connected to this instance and watches whom."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from assembly_service.domain.exact_json import Value
from assembly_service.runtime.metrics import NotificationMetrics


@dataclass(frozen=True, slots=True)
class Coverage:
    """A client has been shown all changes of a seller since an instant, and is shown what follows.

    `since` is None if nothing from before was asked for. `subscribed` is what it was answered.
    """

    since: str | None
    subscribed: dict[str, Value]

    def covers(self, since: str | None) -> bool:
        """Whether a subscription with this `since` would show nothing new."""
        return since is None or (self.since is not None and self.since <= since)


class Subscriptions:
    """Connected clients and their subscriptions; the gauges of the metrics follow it."""

    def __init__(self, *, metrics: NotificationMetrics) -> None:
        self._metrics = metrics
        self._of_client: dict[str, dict[str, str]] = {}
        self._clients_per_seller: Counter[str] = Counter()
        self._coverage: defaultdict[str, dict[str, Coverage]] = defaultdict(dict)

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
        self.uncovered(client_id, seller_handle)
        self._clients_per_seller[seller_handle] -= 1
        if not self._clients_per_seller[seller_handle]:
            del self._clients_per_seller[seller_handle]
            self._coverage.pop(seller_handle, None)
        self._show()

    def covered(self, client_id: str, seller_handle: str, coverage: Coverage) -> None:
        """A client that watches the seller has been shown everything since an instant."""
        if seller_handle in self.of_client(client_id):
            self._coverage[seller_handle][client_id] = coverage

    def coverage(self, client_id: str, seller_handle: str) -> Coverage | None:
        """What a client has been shown of a seller without a break, if that is known."""
        return self._coverage.get(seller_handle, {}).get(client_id)

    def uncovered(self, client_id: str, seller_handle: str) -> None:
        """What a client has been shown of a seller is not known any more."""
        self._coverage.get(seller_handle, {}).pop(client_id, None)

    def resynced(self, seller_handle: str) -> None:
        """Everybody who watches the seller was asked to load its products again."""
        self._coverage.pop(seller_handle, None)

    def _show(self) -> None:
        self._metrics.connections.set(len(self._of_client))
        self._metrics.subscriptions.set(self._clients_per_seller.total())
