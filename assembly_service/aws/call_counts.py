"""Counts the calls of a client: how many, what failed in them, what capacity they took."""

from collections.abc import Iterator
from typing import Any

from assembly_service.aws.errors import ErrorKind, code_in, kind_of_code, label_of_code
from assembly_service.monitoring.metrics import Metrics


def count_calls(client: Any, metrics: Metrics) -> None:
    """From now on every call of the low-level client is counted."""
    service = client.meta.service_model
    counts = _CallCounts(
        service=service.service_name, model_codes=_model_codes(service), metrics=metrics
    )
    name = service.service_id.hyphenize()
    client.meta.events.register(f"after-call.{name}", counts.answered)
    client.meta.events.register(f"after-call-error.{name}", counts.unanswered)


class _CallCounts:
    def __init__(self, *, service: str, model_codes: frozenset[str], metrics: Metrics) -> None:
        self._service = service
        self._model_codes = model_codes
        self._metrics = metrics

    def answered(self, *, model: Any, parsed: dict[str, Any], **_: object) -> None:
        """A call was answered, be it with an error."""
        self._metrics.aws_calls.labels(self._service, model.name).inc()
        if retries := parsed.get("ResponseMetadata", {}).get("RetryAttempts", 0):
            self._metrics.aws_retries.labels(self._service, model.name).inc(retries)
        self._count_codes(model.name, list(_codes(parsed)))
        consumed = parsed.get("ConsumedCapacity") or []
        for entry in consumed if isinstance(consumed, list) else [consumed]:
            self._metrics.consumed_capacity.labels(entry.get("TableName", ""), model.name).inc(
                entry.get("CapacityUnits", 0)
            )

    def unanswered(self, *, exception: BaseException, event_name: str, **_: object) -> None:
        """A call came to nothing: no connection, no credentials, no answer in time."""
        operation = event_name.rsplit(".", 1)[-1]
        self._metrics.aws_calls.labels(self._service, operation).inc()
        self._metrics.aws_errors.labels(self._service, operation, type(exception).__name__).inc()

    def _count_codes(self, operation: str, codes: list[str]) -> None:
        """A lost condition is how writers meet, not an error; any other code counts once a call."""
        errors = [code for code in codes if kind_of_code(code) is not ErrorKind.CONDITION_FAILED]
        if lost := len(codes) - len(errors):
            self._metrics.conditions_lost.labels(operation).inc(lost)
        for label in {label_of_code(code, self._model_codes) for code in errors}:
            self._metrics.aws_errors.labels(self._service, operation, label).inc()


def _codes(parsed: dict[str, Any]) -> Iterator[str]:
    """The codes of the call and of its entries, which fail one by one in an answer of 200."""
    if code := code_in(parsed):
        yield code
    responses = parsed.get("Responses")
    for response in responses if isinstance(responses, list) else []:
        if code := code_in(response):
            yield code
    for failed in parsed.get("Failed", []):
        yield failed["Code"]
    if parsed.get("UnprocessedKeys") or parsed.get("UnprocessedItems"):
        yield "UnprocessedKeys"


def _model_codes(service: Any) -> frozenset[str]:
    shapes = service.error_shapes
    return frozenset({shape.name for shape in shapes} | {shape.error_code for shape in shapes})
