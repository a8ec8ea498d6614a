"""JSON schemas of products, derived from the models that check events, and of product lists."""

from pydantic import TypeAdapter

from assembly_service.domain.event_schemas import model_schema
from assembly_service.domain.events import CaptionParsed, SellerHandle, ThumbnailGenerated
from assembly_service.http.schemas import (
    COUNT,
    MILLISECONDS,
    REFERENCES,
    Schema,
    object_schema,
    reference,
)
from assembly_service.shop.pages import MOST_PRODUCTS


def shop_schemas() -> dict[str, Schema]:
    """Return the schemas by name."""
    return {
        **product_schemas(),
        "ProductList": object_schema(
            products={"type": "array", "items": reference("Product"), "maxItems": MOST_PRODUCTS},
            pagination=reference("Pagination"),
            metadata=reference("ListMetadata"),
        ),
        "Pagination": object_schema(
            hasMore={
                "type": "boolean",
                "description": "Whether another page has at least one product.",
            },
            lastEvaluatedKey={
                "type": ["string", "null"],
                "description": "The lastKey of the next page; null on the last one.",
            },
            count={**COUNT, "description": "Products in this page."},
        ),
        "ListMetadata": object_schema(
            sellerHandle=TypeAdapter(SellerHandle).json_schema(),
            since={
                "type": ["string", "null"],
                "description": "The since of the request, unchanged.",
            },
            timestamp={
                **MILLISECONDS,
                "description": "The since of the next poll, once all pages have been read.",
            },
        ),
    }


def product_schemas(references: str = REFERENCES) -> dict[str, Schema]:
    """Return the schema of a product, and those it refers to, by name."""
    parts = [model_schema(event, references) for event in (CaptionParsed, ThumbnailGenerated)]
    nested = {name: part for event in parts for name, part in event.pop("$defs", {}).items()}
    properties = {name: field for event in parts for name, field in event["properties"].items()}
    required = {name for event in parts for name in event["required"]}
    shown = [name for name in properties if name != "timestamp"]
    product = object_schema(
        **{name: properties[name] for name in shown},
        created_at=MILLISECONDS,
        updated_at={**MILLISECONDS, "description": "Increases with every change."},
    )
    product["required"] = [name for name in product["required"] if name in required] + [
        "created_at",
        "updated_at",
    ]
    product["description"] = "The caption and the thumbnails of one video. Numbers are exact."
    return {"Product": product, **nested}
