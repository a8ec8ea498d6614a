"""Counts the calls of a client: how many, what failed in them, what capacity they took."""

from collections.abc import Iterator
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
    """From now on every call of the low-level client is counted."""
    counts = CallCounts(client.meta.service_model, metrics)

    def answered(*, model: Any, parsed: dict[str, Any], **_: object) -> None:
        counts.answered(model.name, parsed)

    def unanswered(*, exception: BaseException, event_name: str, **_: object) -> None:
        counts.failed(event_name.rsplit(".", 1)[-1], exception)

    name = client.meta.service_model.service_id.hyphenize()
    client.meta.events.register(f"after-call.{name}", answered)
    client.meta.events.register(f"after-call-error.{name}", unanswered)


class CallCounts:
    """Counts the calls of one service, which `model` describes."""

    def __init__(self, model: Any, metrics: AwsMetrics) -> None:
        self._service = model.service_name
        self._model_codes = _model_codes(model)
        self._metrics = metrics

    def answered(self, operation: str, answer: dict[str, Any]) -> None:
        """A call was answered, be it with an error."""
        self._metrics.calls.labels(self._service, operation).inc()
        if retries := answer.get("ResponseMetadata", {}).get("RetryAttempts", 0):
            self._metrics.retries.labels(self._service, operation).inc(retries)
        self._count_codes(operation, list(_codes(answer)))
        consumed = answer.get("ConsumedCapacity") or []
        for entry in consumed if isinstance(consumed, list) else [consumed]:
            self._metrics.consumed_capacity.labels(entry.get("TableName", ""), operation).inc(
                entry.get("CapacityUnits", 0)
            )

    def failed(self, operation: str, error: BaseException) -> None:
        """A call came to nothing: an error, no connection, no credentials, no answer in time."""
        self._metrics.calls.labels(self._service, operation).inc()
        self._metrics.errors.labels(self._service, operation, type(error).__name__).inc()

    def repeated(self, operation: str) -> None:
        """An attempt failed and is made again within the same call."""
        self._metrics.retries.labels(self._service, operation).inc()

    def _count_codes(self, operation: str, codes: list[str]) -> None:
        """A lost condition is how writers meet, not an error; any other code counts once a call."""
        errors = [code for code in codes if kind_of_code(code) is not ErrorKind.CONDITION_FAILED]
        if lost := len(codes) - len(errors):
            self._metrics.conditions_lost.labels(operation).inc(lost)
        for label in {label_of_code(code, self._model_codes) for code in errors}:
            self._metrics.errors.labels(self._service, operation, label).inc()


def _codes(parsed: dict[str, Any]) -> Iterator[str]:
    """The codes of the call and of its entries, which fail one by one in an answer of 200.

    For a cancelled transaction the codes of its actions stand, which say why.
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
