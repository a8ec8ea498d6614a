"""Converts halves and products to rows of their tables and back."""

from typing import NamedTuple

from assembly_service.domain.events import CaptionFields, ThumbnailFields
from assembly_service.domain.product import Half, HalfKind, Product, ProductKey
from assembly_service.domain.staging import StagedHalf
from assembly_service.domain.timestamps import format_milliseconds, to_milliseconds
from assembly_service.storage.attribute_values import Item, StoredFields, to_item

TTL_GRACE_SECONDS = 7 * 86_400
"""DynamoDB deletes a staged half this long after its expiry: it has to be reported first."""
_KEY = frozenset({"seller_handle", "video_id"})
_CAPTION_FIELDS = tuple(name for name in CaptionFields.__annotations__ if name not in _KEY)
_THUMBNAIL_FIELDS = tuple(name for name in ThumbnailFields.__annotations__ if name not in _KEY)


def key_item(key: ProductKey) -> Item:
    """Return the primary key, which both tables share."""
    return {"seller_handle": {"S": key.seller_handle}, "video_id": {"S": key.video_id}}


def key_of(item: Item) -> ProductKey:
    """Read the key of a row or of an index entry."""
    return ProductKey(item["seller_handle"]["S"], item["video_id"]["S"])


def product_to_item(product: Product) -> Item:
    return {
        **key_item(product.key),
        **to_item(product.caption.fields),
        **to_item(product.thumbnail.fields),
        "created_at": {"S": product.created_at},
        "updated_at": {"S": product.updated_at},
        "caption_timestamp": {"S": product.caption.timestamp},
        "thumbnail_timestamp": {"S": product.thumbnail.timestamp},
    }


def product_from_item(item: Item) -> Product:
    key = key_of(item)
    return Product(
        caption=_half(key, HalfKind.CAPTION, item, _CAPTION_FIELDS),
        thumbnail=_half(key, HalfKind.THUMBNAIL, item, _THUMBNAIL_FIELDS),
        created_at=item["created_at"]["S"],
        updated_at=item["updated_at"]["S"],
    )


def _half(key: ProductKey, kind: HalfKind, item: Item, fields: tuple[str, ...]) -> Half:
    return Half(
        key=key,
        kind=kind,
        timestamp=item[f"{kind.value}_timestamp"]["S"],
        fields=StoredFields({name: item[name] for name in fields if name in item}),
    )


def staged_to_item(staged: StagedHalf) -> Item:
    """Make the staging record of a half; `ttl` is in epoch seconds, as DynamoDB requires."""
    half = staged.half
    item = {
        **key_item(half.key),
        f"{half.kind.value}_data": {
            "M": {
                **key_item(half.key),
                **to_item(half.fields),
                "timestamp": {"S": half.timestamp},
            }
        },
        "is_complete": {"BOOL": False},
        "version": {"S": staged.version},
        "message_id": {"S": staged.message_id},
        "correlation_id": {"S": staged.correlation_id},
        "created_at": {"S": format_milliseconds(staged.created_at)},
        "updated_at": {"S": format_milliseconds(staged.updated_at)},
        "expires_at": {"S": format_milliseconds(staged.expires_at)},
        "ttl": {"N": str(staged.expires_at // 1000 + TTL_GRACE_SECONDS)},
    }
    if staged.orphaned_at is not None:
        item["orphaned_at"] = {"S": format_milliseconds(staged.orphaned_at)}
    return item


class StagedAge(NamedTuple):
    """Since when a half is staged, in milliseconds since 1970, and whether it is an orphan."""

    created_at: int
    orphaned: bool


AGE_FIELDS = ("created_at", "orphaned_at")


class UnreadableRow(ValueError):
    """A row that this service cannot have written."""


_OTHER_SHAPE = (KeyError, TypeError, ValueError, AttributeError)


def staged_from_item(item: Item) -> StagedHalf:
    """Read the half of a staging record, its fields only on access. Raises UnreadableRow."""
    try:
        return _staged(item)
    except _OTHER_SHAPE as error:
        raise UnreadableRow(f"The staging record cannot be read ({error!r}).") from error


def age_from_item(item: Item) -> StagedAge:
    """Read the age of a staging record, of which `AGE_FIELDS` are enough. Raises UnreadableRow."""
    try:
        return StagedAge(to_milliseconds(item["created_at"]["S"]), "orphaned_at" in item)
    except _OTHER_SHAPE as error:
        raise UnreadableRow(f"The staging record cannot be read ({error!r}).") from error


def readable(staged: StagedHalf) -> StagedHalf:
    """Return the same half if its fields can be read. Raises UnreadableRow."""
    try:
        dict(staged.half.fields)
    except _OTHER_SHAPE as error:
        raise UnreadableRow(f"The staged half has unreadable fields ({error!r}).") from error
    return staged


def _staged(item: Item) -> StagedHalf:
    kind = HalfKind.CAPTION if "caption_data" in item else HalfKind.THUMBNAIL
    event = dict(item[f"{kind.value}_data"]["M"])
    key = ProductKey(event.pop("seller_handle")["S"], event.pop("video_id")["S"])
    timestamp = event.pop("timestamp")["S"]
    orphaned_at = item.get("orphaned_at")
    return StagedHalf(
        half=Half(key=key, kind=kind, timestamp=timestamp, fields=StoredFields(event)),
        version=item["version"]["S"],
        created_at=to_milliseconds(item["created_at"]["S"]),
        updated_at=to_milliseconds(item["updated_at"]["S"]),
        expires_at=to_milliseconds(item["expires_at"]["S"]),
        message_id=item["message_id"]["S"],
        correlation_id=item["correlation_id"]["S"],
        orphaned_at=None if orphaned_at is None else to_milliseconds(orphaned_at["S"]),
    )
