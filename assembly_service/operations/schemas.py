"""The schemas of what operators are answered."""

from assembly_service.domain.product import HalfKind
from assembly_service.http.schemas import (
    COUNT,
    INSTANT,
    MILLISECONDS,
    TEXT,
    Schema,
    object_schema,
    reference,
)
from assembly_service.operations.health import CheckStatus
from assembly_service.operations.trace import VideoState


def _or_null(schema: Schema) -> Schema:
    return {**schema, "type": [schema["type"], "null"]}


_HALF: Schema = {
    "type": "object",
    "description": "`inProduct` is the version of the half that the product holds, the rest is of"
    " the half that is staged.",
    "properties": {
        "inProduct": INSTANT,
        "staged": INSTANT,
        "receivedAt": MILLISECONDS,
        "waitsUntil": MILLISECONDS,
        "orphanedAt": _or_null(MILLISECONDS),
        "messageId": TEXT,
        "correlationId": TEXT,
    },
}
_DEAD_LETTER: Schema = object_schema(
    half={"type": "string", "enum": [kind.value for kind in HalfKind]},
    queue={"type": "string", "enum": [kind.value for kind in HalfKind]},
    reason=TEXT,
    detail=_or_null(TEXT),
    messageId=TEXT,
    originalMessageId=TEXT,
    correlationId=_or_null(TEXT),
    setAsideAt=MILLISECONDS,
)


def operation_schemas() -> dict[str, Schema]:
    """Every schema, by name."""
    return {
        "SubscriptionStatistics": object_schema(
            totalSubscriptions=COUNT,
            totalConnections=COUNT,
            sellerHandles={"type": "array", "items": TEXT},
            clientsPerSeller={"type": "object", "additionalProperties": COUNT},
        ),
        "HealthReport": object_schema(
            status=reference("CheckStatus"),
            checks={"type": "object", "additionalProperties": reference("HealthCheck")},
        ),
        "HealthCheck": object_schema(status=reference("CheckStatus"), detail=TEXT),
        "VideoTrace": object_schema(
            sellerHandle=TEXT,
            videoId=TEXT,
            state={"type": "string", "enum": [state.value for state in VideoState]},
            summary={**TEXT, "description": "What is the matter and what to do."},
            halves=object_schema(**{kind.value: _or_null(_HALF) for kind in HalfKind}),
            product=_or_null(object_schema(createdAt=MILLISECONDS, updatedAt=MILLISECONDS)),
            deadLetters={
                "type": ["array", "null"],
                "description": "Oldest first; null if they could not be read.",
                "items": _DEAD_LETTER,
            },
            steps={
                "type": "array",
                "description": "What happened, oldest first.",
                "items": object_schema(at=MILLISECONDS, what=TEXT),
            },
        ),
        "CheckStatus": {"type": "string", "enum": [status.value for status in CheckStatus]},
    }
