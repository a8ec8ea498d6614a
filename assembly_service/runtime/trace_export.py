"""Starts to export traces, where the environment asks for it and the extra is installed."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog

from assembly_service.runtime.tracing import NO_TRACING, Tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

_PROTOCOL = "http/protobuf"

log = structlog.get_logger()


@asynccontextmanager
async def open_tracing(
    environment: Mapping[str, str], *, flush_seconds: float
) -> AsyncIterator[Tracing]:
    """Yield what records traces, as the standard OTEL_* variables say; by default nothing does.

    At the end, exporting what is left takes `flush_seconds` at most. What traces lack is logged
    and nothing else: the service runs without them.
    """
    if not _asked_for(environment):
        yield NO_TRACING
        return
    try:
        provider = _provider(environment)
        from assembly_service.runtime.open_telemetry import OpenTelemetryTracing, flush

        tracing = OpenTelemetryTracing(provider)
    except Exception as error:
        # The library and what it loads raise whatever they like.
        log.warning("tracing_unavailable", reason=str(error) or type(error).__name__)
        yield NO_TRACING
        return
    log.info("tracing_started")
    try:
        yield tracing
    finally:
        try:
            async with asyncio.timeout(flush_seconds):
                await asyncio.wrap_future(flush(provider))
        except TimeoutError:
            log.warning("traces_not_flushed", seconds=flush_seconds)


def _asked_for(environment: Mapping[str, str]) -> bool:
    """Whether an exporter or its endpoint is named, and neither is switched off."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter == "none" or environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    endpoints = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
    return bool(exporter or any(map(environment.get, endpoints)))


def _provider(environment: Mapping[str, str]) -> "TracerProvider":
    """Return the provider. Raises ImportError and ValueError with what to do about it."""
    exporter = environment.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    if exporter not in ("", "otlp"):
        raise ValueError(f"OTEL_TRACES_EXPORTER is {exporter}: set it to otlp or none.")
    names = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next(filter(None, map(environment.get, names)), _PROTOCOL)
    if protocol.strip().lower() != _PROTOCOL:
        raise ValueError(f"The OTLP protocol is {protocol}: set it to {_PROTOCOL}.")
    try:
        from assembly_service.runtime.open_telemetry import exporting_provider
    except ImportError:
        raise ImportError(
            "OpenTelemetry is not installed: run pip install '.[tracing]' in a clone."
        ) from None
    return exporting_provider()
