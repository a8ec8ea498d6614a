"""Declares the operators' calls, and which of them the public port serves."""

from collections.abc import Sequence
from functools import partial
from http import HTTPStatus

from assembly_service.http.answers import NO_STORE, UNEXPECTED, Answer, Content, json_answer
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.schemas import COUNT, TEXT, object_schema, reference
from assembly_service.operations.health import CheckStatus
from assembly_service.settings.service import Settings

_TAG = "operation"
_SCHEMAS = {
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

_call = partial(Call, method="GET", tag=_TAG)
_health = partial(
    _call,
    answers=(
        json_answer(HTTPStatus.OK, "Healthy, or degraded.", "HealthReport"),
        json_answer(HTTPStatus.SERVICE_UNAVAILABLE, "At least one check fails.", "HealthReport"),
        UNEXPECTED,
    ),
)
STATISTICS = _call(
    path="/api/v1/websocket/stats",
    name="getSubscriptionStatistics",
    summary="Who is connected to this instance",
    answers=(json_answer(HTTPStatus.OK, "The figures.", "SubscriptionStatistics"), UNEXPECTED),
)
HEALTH = _health(path="/health", name="getHealth", summary="All checks")
LIVENESS = _health(path="/health/live", name="getLiveness", summary="Whether the process is alive")
READINESS = _health(
    path="/health/ready", name="getReadiness", summary="Whether the process can do its part"
)
WORKER = _health(
    path="/health/worker", name="getWorkerHealth", summary="Whether messages are received"
)
DATABASE = _health(
    path="/health/database", name="getDatabaseHealth", summary="Whether the tables answer"
)
METRICS = _call(
    path="/metrics",
    name="getMetrics",
    summary="Metrics for Prometheus",
    answers=(
        Answer(
            status=HTTPStatus.OK,
            description="In Prometheus's text format, or OpenMetrics if preferred.",
            content={
                "text/plain": Content(schema=TEXT),
                "application/openmetrics-text": Content(schema=TEXT),
            },
            headers=NO_STORE,
        ),
        UNEXPECTED,
    ),
)
MONITORING_CALLS = (HEALTH, LIVENESS, READINESS, WORKER, DATABASE, METRICS)
OPERATIONS_CALLS = (STATISTICS, *MONITORING_CALLS)
_PROBES = (LIVENESS, READINESS)


def public_calls(settings: Settings) -> list[Call]:
    """Return the calls on the public port. The probes are always there, for load balancers."""
    monitoring = _PROBES if settings.operations_port else MONITORING_CALLS
    # The statistics name sellers, which nobody may learn here who needs a token to read them.
    names_sellers = settings.public_stats and settings.reader_auth != "required"
    has_clients = settings.service_role != "worker"
    return [*([STATISTICS] if has_clients and names_sellers else []), *monitoring]


def operations_document(calls: Sequence[Call] = OPERATIONS_CALLS) -> DocumentPart:
    """Return the part of the OpenAPI document that describes these calls."""
    return DocumentPart(
        tags=[{"name": _TAG, "description": "For operators of the service."}],
        paths=paths(calls),
        schemas=_SCHEMAS,
    )
