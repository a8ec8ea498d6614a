"""Formats an event for `tail`, as one line."""

import json
from typing import Any

from assembly_service.cli.wording import counted

Event = dict[str, Any]


def as_json(event: str, data: Event) -> str:
    """The event with its name, as JSON."""
    return json.dumps({"event": event, "data": data}, ensure_ascii=False)


def as_text(event: str, data: Event) -> str:
    """The event as people read it."""
    time = str(data.get("timestamp", ""))[11:19]
    if event == "resync":
        seller = data.get("seller_handle")
        return f"{time} resync           {seller}: {data.get('reason')}; load its products by REST"
    return f"{time} {event:<16} {_product(data['product'])}"


def _product(product: Event) -> str:
    price = product["price"]
    details = [
        f"{product['seller_handle']}/{product['video_id']}",
        f"“{product['title']}”",
        "no price" if price is None else f"price {price}",
        f"sizes {product['sizes']}" if product["sizes"] else "",
        counted(len(product["thumbnails"]), "thumbnail"),
        f"updated {product['updated_at']}",
    ]
    return "  ".join(filter(None, details))
