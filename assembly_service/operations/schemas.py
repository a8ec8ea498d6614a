"""The schemas of what operators are answered."""

from assembly_service.http.schemas import COUNT, TEXT, Schema, object_schema, reference
from assembly_service.operations.health import CheckStatus


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
        "CheckStatus": {"type": "string", "enum": [status.value for status in CheckStatus]},
    }
