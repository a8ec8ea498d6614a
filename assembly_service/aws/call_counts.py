"""Counts AWS calls, their errors and the capacity they consume."""

from collections.abc import Iterator
from functools import cache, partial
from typing import Any

from assembly_service.aws.errors import (
    ErrorKind,
    cancellation_codes_in,
    code_in,
    kind_of_code,
    label_of_code,
)
from assembly_service.runtime.metrics import AwsMetrics


def count_calls(client: Any, metrics: AwsMetrics) -> None:
    """Count every call of a low-level client from now on."""
    counts = CallCounts(client.meta.service_model, metrics)

    def answered(*, model: Any, parsed: dict[str, Any], **_: object) -> None:
        counts.answered(model.name, parsed)

    def unanswered(*, exception: BaseException, event_name: str, **_: object) -> None:
        counts.failed(event_name.rsplit(".", 1)[-1], exception)

    name = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"after-call.{name}", answered)
    client.meta.events.register(f"after-call-error.{name}", unanswered)


class CallCounts:
    """Counts the calls of one service; `model` is botocore's model of it."""

    def __init__(self, model: Any, metrics: AwsMetrics) -> None:
        self._service = model.service_name
        self._model_codes = _model_codes(model)
        self._metrics = metrics
        # Kept by their labels: finding them takes longer than counting.
        self._calls = cache(partial(metrics.calls.labels, self._service))
        self._units = cache(metrics.consumed_capacity.labels)

    def answered(self, operation: str, answer: dict[str, Any]) -> None:
        """Count a call that was answered, with a result or an error."""
        self._calls(operation).inc()
        if retries := answer.get("ResponseMetadata", {}).get("RetryAttempts", 0):
            self._metrics.retries.labels(self._service, operation).inc(retries)
        if codes := list(_codes(answer)):
            self._count_codes(operation, codes)
        consumed = answer.get("ConsumedCapacity") or []
        for entry in consumed if isinstance(consumed, list) else [consumed]:
            units = entry.get("CapacityUnits", 0)
            self._units(entry.get("TableName", ""), operation).inc(units)

    def failed(self, operation: str, error: BaseException) -> None:
        """Count a call without an answer: no connection, no credentials, a timeout."""
        self._calls(operation).inc()
        self._metrics.errors.labels(self._service, operation, type(error).__name__).inc()

    def repeated(self, operation: str) -> None:
        """Count an attempt that is repeated within the same call."""
        self._metrics.retries.labels(self._service, operation).inc()

    def _count_codes(self, operation: str, codes: list[str]) -> None:
        """Count lost conditions apart, since they are not errors, and other codes once per call."""
        errors = [code for code in codes if kind_of_code(code) is not ErrorKind.CONDITION_FAILED]
        if lost := len(codes) - len(errors):
            self._metrics.conditions_lost.labels(operation).inc(lost)
        for label in {label_of_code(code, self._model_codes) for code in errors}:
            self._metrics.errors.labels(self._service, operation, label).inc()


def _codes(parsed: dict[str, Any]) -> Iterator[str]:
    """Yield the error codes of a call and of its entries, which can fail one by one.

    A cancelled transaction has the codes of its actions instead, which say why.
    """
    if cancelled := cancellation_codes_in(parsed):
        yield from (code for code in cancelled if code != "None")
    elif code := code_in(parsed):
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
