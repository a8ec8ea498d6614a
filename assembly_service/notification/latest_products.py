"""The products that this instance announced, or heard of on the bus, last."""

from typing import NamedTuple

from assembly_service.domain.product import ProductKey
from assembly_service.notification.rooms import Push

MOST_LATEST_PRODUCTS = 12


class LatestProduct(NamedTuple):
    """A product as it was pushed last; `at` is when that was, in milliseconds as text."""

    key: ProductKey
    title: str
    event_type: str
    at: str


class LatestProducts:
    """Keeps the products of the last pushes, each once."""

    def __init__(self) -> None:
        self._products: dict[ProductKey, LatestProduct] = {}

    def add(self, push: Push) -> None:
        """Note a push; one without a product, such as a request to reload, changes nothing."""
        match push.payload:
            case {
                "event_type": str(event_type),
                "product": {"video_id": str(video_id), "title": str(title)},
                "timestamp": str(at),
            }:
                key = ProductKey(push.seller_handle, video_id)
                # Taken out first: a dictionary keeps the order in which keys came in.
                self._products.pop(key, None)
                self._products[key] = LatestProduct(key, title, event_type, at)
                if len(self._products) > MOST_LATEST_PRODUCTS:
                    del self._products[next(iter(self._products))]

    def newest_first(self) -> list[LatestProduct]:
        """Return the products, the one pushed last first."""
        return [*reversed(self._products.values())]
