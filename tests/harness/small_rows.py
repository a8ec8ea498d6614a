"""Rows of the products table made of minimal events."""

from assembly_service.domain.product import HalfKind, Product, ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from tests.harness.small_events import half


def stored_product(key: ProductKey, updated_at: int) -> Product:
    """A row of such halves that was never updated."""
    caption, thumbnail = (half(kind, 1, key=key) for kind in HalfKind)
    stamp = format_milliseconds(updated_at)
    return Product(caption=caption, thumbnail=thumbnail, created_at=stamp, updated_at=stamp)
