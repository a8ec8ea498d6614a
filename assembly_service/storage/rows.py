"""How halves and products lie in their tables."""

from assembly_service.domain.exact_json import Value
from assembly_service.domain.instants import format_milliseconds, to_milliseconds
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


def _half(key: ProductKey, kind: HalfKind, row: dict[str, Value], fields: tuple[str, ...]) -> Half:
    return Half(
        key=key,
        kind=kind,
        timestamp=row[f"{kind.value}_timestamp"],
        fields={name: row[name] for name in fields if name in row},
    )


def staged_to_item(staged: StagedHalf) -> Item:
    """The staging record of a half; `ttl` is in epoch seconds, where the engine's TTL reads it."""
    half = staged.half
    item = {
        **key_item(half.key),
        f"{half.kind.value}_data": to_attribute_value(half.event()),
        "is_complete": {"BOOL": False},
        "version": {"S": staged.version},
        "message_id": {"S": staged.message_id},
        "correlation_id": {"S": staged.correlation_id},
        "created_at": {"S": format_milliseconds(staged.created_at)},
        "updated_at": {"S": format_milliseconds(staged.updated_at)},
        "expires_at": {"S": format_milliseconds(staged.expires_at)},
        "ttl": {"N": str(staged.expires_at // 1000 + BROOM_SECONDS)},
    }
    if staged.orphaned_at is not None:
        item["orphaned_at"] = {"S": format_milliseconds(staged.orphaned_at)}
    return item


class UnreadableRow(ValueError):
    """A row that this service cannot have written."""


def staged_from_item(item: Item) -> StagedHalf:
    """The half of a staging record. Raises UnreadableRow."""
    try:
        return _staged(from_item(item))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise UnreadableRow(f"The staging record has another shape ({error!r}).") from error


def _staged(row: dict[str, Value]) -> StagedHalf:
    kind = HalfKind.CAPTION if "caption_data" in row else HalfKind.THUMBNAIL
    fields = row[f"{kind.value}_data"]
    key = ProductKey(fields.pop("seller_handle"), fields.pop("video_id"))
    orphaned_at = row.get("orphaned_at")
    return StagedHalf(
        half=Half(key=key, kind=kind, timestamp=fields.pop("timestamp"), fields=fields),
        version=row["version"],
        created_at=to_milliseconds(row["created_at"]),
        updated_at=to_milliseconds(row["updated_at"]),
        expires_at=to_milliseconds(row["expires_at"]),
        message_id=row["message_id"],
        correlation_id=row["correlation_id"],
        orphaned_at=None if orphaned_at is None else to_milliseconds(orphaned_at),
    )
