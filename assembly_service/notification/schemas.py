"""JSON schemas of what clients send, and of what they and the topic are sent."""

from pydantic import TypeAdapter

from assembly_service.domain.events import SellerHandle, VideoId
from assembly_service.domain.product import EventType
from assembly_service.http.schemas import (
    COUNT,
    INSTANT,
    MILLISECONDS,
    TEXT,
    Schema,
    object_schema,
    reference,
    with_optional,
)
from assembly_service.notification.namespace import MOST_SELLERS
from assembly_service.notification.requests import RefusalCode
from assembly_service.notification.rooms import ResyncReason
from assembly_service.notification.socketio.server import SERVICE_STOPPING
from assembly_service.shop.pages import MOST_PRODUCTS

SELLER: Schema = TypeAdapter(SellerHandle).json_schema()
_MESSAGE: Schema = {**TEXT, "description": "A sentence for people."}
_EVENT_TYPE: Schema = {"type": "string", "enum": [event.value for event in EventType]}


def request_schemas() -> dict[str, Schema]:
    """Return the schemas of what clients send, by event."""
    subscription = with_optional(
        object_schema(seller_handle=SELLER),
        since={
            "type": ["string", "null"],
            "format": "date-time",
            "description": "The timestamp of the last `subscribed`, or of a finished load: what has"
            " changed since is sent first.",
        },
        snapshot={
            "type": ["integer", "null"],
            "minimum": 1,
            "maximum": MOST_PRODUCTS,
            "description": "How many of the newest products the answer brings, unless there is a"
            " since.",
        },
    )
    nothing: Schema = {"type": ["object", "null"]}
    return {
        "subscribe_to_seller": subscription,
        "unsubscribe": with_optional(
            {**nothing, "properties": {}, "description": "Without a seller: from all of them."},
            seller_handle=SELLER,
        ),
        "get_subscription_status": nothing,
    }


def push_schemas() -> dict[str, Schema]:
    """Return the schemas of what those who watch a seller are sent, by event."""
    pushes: dict[str, Schema] = {
        event.value: with_optional(
            object_schema(
                event_type={"const": event.value},
                product=reference("Product"),
                timestamp=MILLISECONDS,
            ),
            correlation_id={
                **TEXT,
                "description": "That of the event which led to it, or its SQS message id if it has"
                " none. Missing from what is replayed.",
            },
        )
        for event in EventType
    }
    return {
        **pushes,
        "resync": {
            **object_schema(
                seller_handle=SELLER,
                reason={"type": "string", "enum": [reason.value for reason in ResyncReason]},
                timestamp=MILLISECONDS,
            ),
            "description": "Load the seller's list again: something may have been missed.",
        },
    }


def answer_schemas() -> dict[str, Schema]:
    """Return the schemas of the answers to clients, by event."""
    return {
        "connected": object_schema(message=_MESSAGE, clientId=TEXT, timestamp=MILLISECONDS),
        "subscribed": _subscribed_schema(),
        "unsubscribed": with_optional(
            object_schema(message=_MESSAGE, timestamp=MILLISECONDS), seller_handle=SELLER
        ),
        "subscription_status": object_schema(
            subscriptions={
                "type": "array",
                "items": object_schema(seller_handle=SELLER, joined_at=INSTANT),
                "maxItems": MOST_SELLERS,
            },
            timestamp=MILLISECONDS,
        ),
        "error": _error_schema(),
    }


def _subscribed_schema() -> Schema:
    return with_optional(
        object_schema(
            seller_handle=SELLER,
            message=_MESSAGE,
            timestamp={
                **MILLISECONDS,
                "description": "The time just before the seller was joined: the next since.",
            },
        ),
        snapshot=object_schema(
            products={
                "type": "array",
                "items": reference("Product"),
                "maxItems": MOST_PRODUCTS,
            },
            pagination=reference("Pagination"),
        )
        | {
            "description": "Merge it into your list by `updated_at`: what was pushed before may"
            " be newer. Missing if its first product is too large to send: a `resync` precedes."
        },
    )


def _error_schema() -> Schema:
    return with_optional(
        object_schema(
            code={
                "type": "string",
                "enum": [*(code.value for code in RefusalCode), SERVICE_STOPPING],
            },
            message=_MESSAGE,
            timestamp=MILLISECONDS,
        ),
        retry_after={**COUNT, "description": "In seconds."},
    )


def topic_schema() -> Schema:
    """Return the schema of a message on the topic of products."""
    without_product = object_schema(
        seller_handle=SELLER,
        video_id=TypeAdapter(VideoId).json_schema(),
        event_type=_EVENT_TYPE,
        truncated={"const": True},
        timestamp=MILLISECONDS,
    )
    return {
        "oneOf": [
            *(reference(event.value) for event in EventType),
            {**without_product, "description": "If the product is too large for a message."},
        ]
    }
