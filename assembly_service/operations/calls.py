"""The operators' calls, declared, and which of them the public port serves."""

from collections.abc import Sequence
from http import HTTPStatus

from assembly_service.http.answers import (
    NO_STORE,
    RETRY_AFTER,
    UNEXPECTED,
    Answer,
    Content,
    json_answer,
    problem_answer,
)
from assembly_service.http.calls import Call, paths
from assembly_service.http.document import DocumentPart
from assembly_service.http.schemas import TEXT
from assembly_service.operations.schemas import operation_schemas
from assembly_service.settings.service import Settings
from assembly_service.shop.parameters import HANDLE, VIDEO

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
WORKER = _health("/health/worker", "getWorkerHealth", "Whether the queues are received from")
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
TRACE = Call(
    method="GET",
    path="/api/v1/operations/videos/{handle}/{videoId}",
    name="traceVideo",
    summary="Where a video is, what is the matter, and what to do",
    description="Read from the tables, the dead-letter queues and the sizes of the source queues."
    " Nothing is changed, but dead letters are hidden from other readers while they are read.",
    tag=_TAG,
    parameters=(HANDLE, VIDEO),
    answers=(
        json_answer(HTTPStatus.OK, "What is known of it.", "VideoTrace", headers=NO_STORE),
        problem_answer(HTTPStatus.BAD_REQUEST, "Broken parameters, every one named in `errors`."),
        problem_answer(
            HTTPStatus.SERVICE_UNAVAILABLE,
            "The database does not answer at the moment.",
            headers=RETRY_AFTER,
        ),
        UNEXPECTED,
    ),
)
MONITORING_CALLS = (HEALTH, LIVENESS, READINESS, WORKER, DATABASE, METRICS)
OPERATIONS_CALLS = (STATISTICS, *MONITORING_CALLS)
_PROBES = (LIVENESS, READINESS)


def public_calls(settings: Settings) -> list[Call]:
    """What is left on the public port; a load balancer finds its probes there in any case."""
    monitoring = _PROBES if settings.operations_port else MONITORING_CALLS
    has_clients = settings.service_role != "worker"
    return [*([STATISTICS] if has_clients and settings.public_stats else []), *monitoring]


def operations_document(calls: Sequence[Call] = OPERATIONS_CALLS) -> DocumentPart:
    """What the document says of the operators' calls, or of those among them that are served."""
    return DocumentPart(
        tags=[{"name": _TAG, "description": "For those who run the service."}],
        paths=paths(calls),
        schemas=operation_schemas(),
    )
