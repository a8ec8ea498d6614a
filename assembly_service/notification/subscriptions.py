"""Which clients are connected to this instance, and which sellers each of them watches."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from assembly_service.domain.exact_json import Value
from assembly_service.runtime.metrics import ClientMetrics


@dataclass(frozen=True, slots=True)
class Coverage:
    """A client has been sent all changes of a seller since an instant, and is sent new ones.

    `since` is None if no earlier changes were asked for. `subscribed` is the client's answer.
    """

    since: str | None
    subscribed: dict[str, Value]

    def covers(self, since: str | None) -> bool:
        """Whether a subscription with this `since` would bring nothing new."""
        return since is None or (self.since is not None and self.since <= since)


def subscribed(seller_handle: str, timestamp: str) -> dict[str, Value]:
    """Return the answer to a subscription. `timestamp` is the time just before the join."""
    return {
        "seller_handle": seller_handle,
        "message": f"You now receive the products of {seller_handle}.",
        "timestamp": timestamp,
    }


class Subscriptions:
    """Connected clients and their subscriptions, which the gauges show."""

    def __init__(self, *, metrics: ClientMetrics) -> None:
        self._of_client: dict[str, dict[str, str]] = {}
        self._clients_per_seller: Counter[str] = Counter()
        self._coverage: defaultdict[str, dict[str, Coverage]] = defaultdict(dict)
        metrics.connections.set_function(lambda: self.total_connections)
        metrics.subscriptions.set_function(self._clients_per_seller.total)

    @property
    def total_connections(self) -> int:
        """The number of connected clients."""
        return len(self._of_client)

    def clients_per_seller(self) -> dict[str, int]:
        """Return how many clients watch each seller, without sellers nobody watches."""
        return dict(self._clients_per_seller)

    def of_client(self, client_id: str) -> Mapping[str, str]:
        """Return the sellers a client watches, with the instant it joined each."""
        return self._of_client.get(client_id, {})

    def add_client(self, client_id: str) -> None:
        """Add a client without subscriptions."""
        self._of_client[client_id] = {}

    def remove_client(self, client_id: str) -> None:
        """Remove a client and its subscriptions."""
        for seller_handle in tuple(self.of_client(client_id)):
            self.remove(client_id, seller_handle)
        self._of_client.pop(client_id, None)

    def add(self, client_id: str, seller_handle: str, *, joined_at: str) -> None:
        """Add a subscription that does not exist yet."""
        self._of_client[client_id][seller_handle] = joined_at
        self._clients_per_seller[seller_handle] += 1

    def remove(self, client_id: str, seller_handle: str) -> None:
        """Remove a subscription that exists."""
        del self._of_client[client_id][seller_handle]
        self.clear_coverage(client_id, seller_handle)
        self._clients_per_seller[seller_handle] -= 1
        if not self._clients_per_seller[seller_handle]:
            del self._clients_per_seller[seller_handle]
            self._coverage.pop(seller_handle, None)

    def set_coverage(self, client_id: str, seller_handle: str, coverage: Coverage) -> None:
        """Note what a client has been sent, if it still watches the seller."""
        if seller_handle in self.of_client(client_id):
            self._coverage[seller_handle][client_id] = coverage

    def coverage(self, client_id: str, seller_handle: str) -> Coverage | None:
        """Return what a client has been sent of a seller without a gap, if that is known."""
        return self._coverage.get(seller_handle, {}).get(client_id)

    def clear_coverage(self, client_id: str, seller_handle: str) -> None:
        """Forget what a client has been sent of a seller."""
        self._coverage.get(seller_handle, {}).pop(client_id, None)

    def clear_seller_coverage(self, seller_handle: str) -> None:
        """Forget what has been sent of a seller: all who watch it are asked to reload."""
        self._coverage.pop(seller_handle, None)
