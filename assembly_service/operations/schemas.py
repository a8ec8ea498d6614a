"""Parts of the operators' JSON schemas that several calls have."""

from assembly_service.domain.product import HalfKind
from assembly_service.http.schemas import MILLISECONDS, TEXT, Schema, object_schema, or_null

KIND: Schema = {"type": "string", "enum": [kind.value for kind in HalfKind]}
DEAD_LETTER = object_schema(
    half=KIND,
    queue=KIND,
    reason=TEXT,
    detail=or_null(TEXT),
    messageId=TEXT,
    originalMessageId=TEXT,
    correlationId=or_null(TEXT),
    sentAt={
        **or_null(MILLISECONDS),
        "description": "When it was sent to its queue; known only of what SQS moved.",
    },
    quarantinedAt={
        **or_null(MILLISECONDS),
        "description": "When the service quarantined it; null if SQS moved it.",
    },
)
