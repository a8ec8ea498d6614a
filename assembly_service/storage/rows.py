"""How halves and products lie in their tables."""

from decimal import Decimal

from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import Half, HalfKind, Product, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.storage.attribute_values import Item, from_item, to_attribute_value, to_item

CAPTION_FIELDS = ("title", "price", "sizes", "tags", "confidence_score", "raw_caption")
THUMBNAIL_FIELDS = ("thumbnails", "primary_thumbnail", "processing_metadata")
BROOM_SECONDS = 7 * 86_400
"""How long after its expiry DynamoDB may sweep a staged half away: time enough to name it first."""


def key_item(key: ProductKey) -> Item:
    """The primary key, the same attributes in both tables."""
    return {"seller_handle": {"S": key.seller_handle}, "video_id": {"S": key.video_id}}


def product_to_item(product: Product) -> Item:
    """The row of a product."""
    return to_item(
        {
            **product.shown(),
            "caption_timestamp": product.caption.timestamp,
            "thumbnail_timestamp": product.thumbnail.timestamp,
        }
    )


def product_from_item(item: Item) -> Product:
    """The product of a row."""
    row = from_item(item)
    key = ProductKey(row["seller_handle"], row["video_id"])
    return Product(
        caption=_half(key, HalfKind.CAPTION, row, CAPTION_FIELDS),
        thumbnail=_half(key, HalfKind.THUMBNAIL, row, THUMBNAIL_FIELDS),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _half(
    key: ProductKey, kind: HalfKind, row: dict[str, Value], fields: tuple[str, ...]
) -> Half:
    return Half(
        key=key,
        kind=kind,
        timestamp=row[f"{kind.value}_timestamp"],
        fields={name: row[name] for name in fields if name in row},
    )
