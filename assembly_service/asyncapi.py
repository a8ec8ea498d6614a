"""The AsyncAPI document: queues, topics, sockets and event streams."""

from collections.abc import Iterable, Mapping

from assembly_service.domain.event_schemas import event_schema
from assembly_service.domain.product import EventType, HalfKind
from assembly_service.drafts.education import events as education
from assembly_service.drafts.product import events as product
from assembly_service.drafts.project import events as project
from assembly_service.http.event_streams import EVENT_STREAM, EVENTS_PATH
from assembly_service.http.schemas import (
    MILLISECONDS,
    REFERENCES,
    TEXT,
    Node,
    Schema,
    object_schema,
    reference,
)
from assembly_service.notification.schemas import (
    SELLER,
    answer_schemas,
    push_schemas,
    request_schemas,
    topic_schema,
)
from assembly_service.notification.socketio.packets import NAMESPACE
from assembly_service.runtime.version import own_version
from assembly_service.shop.schemas import shop_schemas

_EVENTS = {HalfKind.CAPTION: "CaptionParsed", HalfKind.THUMBNAIL: "ThumbnailGenerated"}
_QUEUE_SETTINGS = {
    HalfKind.CAPTION: "SQS_CAPTION_ANALYSIS_QUEUE_URL",
    HalfKind.THUMBNAIL: "SQS_THUMBNAIL_GENERATION_QUEUE_URL",
}
_TOPIC_SETTINGS = {
    HalfKind.CAPTION: "SNS_CAPTION_TOPIC_ARN",
    HalfKind.THUMBNAIL: "SNS_THUMBNAIL_TOPIC_ARN",
}
_NOTIFICATION, _ANNOUNCEMENT, _DRAFT_EVENT = "SnsNotification", "ProductAnnouncement", "DraftEvent"
_TRACE_CONTEXT: Mapping[str, Schema] = {
    name: {**TEXT, "description": "W3C trace context."} for name in ("traceparent", "tracestate")
}
_ANSWERS = {
    "subscribe_to_seller": ("subscribed", "error"),
    "unsubscribe": ("unsubscribed", "error"),
    "get_subscription_status": ("subscription_status", "error"),
}
"""The events that answer a request; each is also the acknowledgement, if one was asked for."""


def asyncapi_document() -> Node:
    """Return the AsyncAPI 3.0 document, seen from the service: it receives, and it sends."""
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "assembly-service",
            "version": own_version(),
            "description": "Joins the caption and the thumbnails of a video into one product and"
            " shows it live. Delivery is at least once: keep the product with the newer"
            " `updated_at`. REST calls are in the OpenAPI document.",
        },
        "defaultContentType": "application/json",
        "servers": _servers(),
        "channels": _channels(),
        "operations": _operations(),
        "components": {"messages": _messages(), "schemas": _schemas()},
    }


def _servers() -> Node:
    region = {"region": {"description": "AWS_REGION"}}
    return {
        "sqs": {"host": "sqs.{region}.amazonaws.com", "protocol": "sqs", "variables": region},
        "sns": {"host": "sns.{region}.amazonaws.com", "protocol": "sns", "variables": region},
        "sockets": {
            "host": "127.0.0.1:3002",
            "protocol": "socketio",
            "protocolVersion": "5",
            "description": "Socket.IO 4 clients, over WebSocket or polling.",
        },
        "streams": {
            "host": "127.0.0.1:3002",
            "protocol": "http",
            "description": "Server-sent events.",
        },
    }


def _channels() -> Node:
    channels: Node = {}
    for kind, event in _EVENTS.items():
        channels[f"{kind}Queue"] = _channel(
            "sqs", [event, _NOTIFICATION], f"The queue of {_QUEUE_SETTINGS[kind]}."
        )
        channels[f"{kind}Topic"] = _channel(
            "sns", [event], f"The topic of {_TOPIC_SETTINGS[kind]}; it feeds the queue."
        )
    channels["productTopic"] = _channel(
        "sns", [_ANNOUNCEMENT], "The topic of SNS_NEW_PRODUCT_TOPIC_ARN."
    )
    channels["draftEventTopic"] = _channel(
        "sns",
        [_DRAFT_EVENT],
        "The topic of SNS_DRAFT_EVENTS_TOPIC_ARN. A FIFO topic keeps the order within a draft.",
    )
    channels["products"] = _channel(
        "sockets",
        [*request_schemas(), *answer_schemas(), *push_schemas()],
        "The Socket.IO namespace. Each message is an event with one argument. With READER_AUTH a"
        " client connects with `{token}`, and the service refuses it by CONNECT_ERROR with"
        " `{message, data: {code}}`, where the code is `token_required` or `token_refused`. It may"
        " try again with another token; the third refusal closes the connection. When the token"
        " expires, an `error` with `token_expired` follows, and the connection closes.",
        address=NAMESPACE,
    )
    channels["sellerEvents"] = _channel(
        "streams",
        ["subscribed", *push_schemas(), "token_expired"],
        f"A response of `{EVENT_STREAM}`. Its parameters are in the OpenAPI document. `subscribed`"
        " alone has an id, with which an EventSource reconnects without a gap.",
        address=EVENTS_PATH,
    )
    channels["sellerEvents"]["parameters"] = {"handle": {"description": "The seller handle."}}
    return channels


def _operations() -> Node:
    operations: Node = {}
    for kind in HalfKind:
        for place in ("Queue", "Topic"):
            name = f"receive{kind.capitalize()}From{place}"
            operations[name] = _operation("receive", f"{kind}{place}")
    operations["announceProduct"] = _operation("send", "productTopic")
    operations["publishDraftEvent"] = _operation("send", "draftEventTopic")
    for request, answers in _ANSWERS.items():
        operations[request] = _operation("receive", "products", [request])
        operations[request]["reply"] = {
            "channel": _to("channels", "products"),
            "messages": _messages_of("products", answers),
        }
    operations["greet"] = _operation("send", "products", ["connected"])
    operations["push"] = _operation("send", "products", push_schemas())
    operations["streamEvents"] = _operation("send", "sellerEvents")
    return operations


def _messages() -> Node:
    correlation: Node = {"location": "$message.header#/correlationId"}
    messages: Node = {
        event: {
            "summary": f"The {kind} half of a video, from its worker.",
            "description": "Give the seller as MessageGroupId: a busy seller then does not delay"
            " the others.",
            "headers": _attributes(correlationId=TEXT, **_TRACE_CONTEXT),
            "correlationId": correlation,
            "payload": reference(event),
        }
        for kind, event in _EVENTS.items()
    }
    messages[_NOTIFICATION] = {
        "summary": "An event in the envelope of SNS, if its topic does not deliver raw messages.",
        "payload": reference(_NOTIFICATION),
    }
    messages[_ANNOUNCEMENT] = {
        "summary": "A product that is new or has changed.",
        "headers": _attributes(
            eventType={"type": "string", "enum": [event.value for event in EventType]},
            sellerHandle=SELLER,
            videoId=TEXT,
            correlationId=TEXT,
            **_TRACE_CONTEXT,
        ),
        "correlationId": correlation,
        "payload": topic_schema(),
    }
    messages[_DRAFT_EVENT] = {
        "summary": "What happened to a draft: docs/drafts.md, projects.md and education.md.",
        "headers": _attributes(eventType=TEXT, eventId=TEXT),
        "payload": reference(_DRAFT_EVENT),
    }
    messages["token_expired"] = {
        "summary": "The end of a stream whose reader's token has expired; with READER_AUTH.",
        "payload": reference("error"),
    }
    events = {**request_schemas(), **answer_schemas(), **push_schemas()}
    return messages | {event: {"payload": reference(event)} for event in events}


def _schemas() -> dict[str, Schema]:
    schemas: dict[str, Schema] = {}
    for kind, name in _EVENTS.items():
        event = event_schema(kind, REFERENCES)
        schemas |= event.pop("$defs", {}) | {name: event}
    of_shops = shop_schemas()
    schemas |= {name: of_shops[name] for name in ("Product", "Pagination")}
    schemas[_NOTIFICATION] = object_schema(
        Type={"const": "Notification"},
        Message={**TEXT, "contentMediaType": "application/json", "description": "The event."},
    )
    schemas[_DRAFT_EVENT] = object_schema(
        eventType={
            "type": "string",
            "enum": [
                f"{system.SYSTEM}.{name}"
                for system in (product, project, education)
                for name in system.EventName
            ],
        },
        eventId={**TEXT, "description": "The same each time the event is delivered."},
        timestamp=MILLISECONDS,
        operationId=TEXT,
    )
    return schemas | request_schemas() | answer_schemas() | push_schemas()


def _channel(
    server: str, messages: Iterable[str], description: str, address: object = None
) -> Node:
    return {
        "address": address,
        "description": description,
        "servers": [_to("servers", server)],
        "messages": {name: _to("components", "messages", name) for name in messages},
    }


def _operation(action: str, channel: str, messages: Iterable[str] | None = None) -> Node:
    operation: Node = {"action": action, "channel": _to("channels", channel)}
    if messages is not None:
        operation["messages"] = _messages_of(channel, messages)
    return operation


def _messages_of(channel: str, names: Iterable[str]) -> list[Node]:
    return [_to("channels", channel, "messages", name) for name in names]


def _attributes(**attributes: Schema) -> Mapping[str, object]:
    """Return the schema of message attributes, none of which is required."""
    return {"type": "object", "properties": attributes}


def _to(*path: str) -> Node:
    return {"$ref": "#/" + "/".join(path)}
