"""The operators' calls, declared."""

from http import HTTPStatus

from assembly_service.http.answers import NO_STORE, UNEXPECTED, Answer, Content, json_answer
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.schemas import TEXT
from assembly_service.operations.schemas import operation_schemas

_TAG = "operation"


def _health(path: str, name: str, summary: str) -> Call:
    return Call(
        method="GET",
        path=path,
        name=name,
        summary=summary,
        tag=_TAG,
        answers=(
            json_answer(HTTPStatus.OK, "Healthy, or degraded.", "HealthReport"),
            json_answer(
                HTTPStatus.SERVICE_UNAVAILABLE, "At least one check fails.", "HealthReport"
            ),
            UNEXPECTED,
        ),
    )


STATISTICS = Call(
    method="GET",
    path="/api/v1/websocket/stats",
    name="getSubscriptionStatistics",
    summary="Who is connected to this instance",
    tag=_TAG,
    answers=(json_answer(HTTPStatus.OK, "The figures.", "SubscriptionStatistics"), UNEXPECTED),
)
HEALTH = _health("/health", "getHealth", "Everything that is checked")
LIVENESS = _health("/health/live", "getLiveness", "Whether this process works")
READINESS = _health("/health/ready", "getReadiness", "Whether this process can do its part")
DATABASE = _health("/health/database", "getDatabaseHealth", "Whether the tables answer")
METRICS = Call(
    method="GET",
    path="/metrics",
    name="getMetrics",
    summary="Figures for Prometheus",
    tag=_TAG,
    answers=(
        Answer(
            status=HTTPStatus.OK,
            description="In Prometheus's text form, or OpenMetrics if preferred.",
            content={
                "text/plain": Content(schema=TEXT),
                "application/openmetrics-text": Content(schema=TEXT),
            },
            headers=NO_STORE,
        ),
        UNEXPECTED,
    ),
)
MONITORING_CALLS = (HEALTH, LIVENESS, READINESS, DATABASE, METRICS)


def operations_document() -> DocumentPart:
    """What the document says of the operators' calls."""
    return DocumentPart(
        tags=[{"name": _TAG, "description": "For those who run the service."}],
        paths=paths((STATISTICS, *MONITORING_CALLS)),
        schemas=operation_schemas(),
    )
