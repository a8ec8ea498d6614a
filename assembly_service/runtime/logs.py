"""Structured logs: one line per event, as JSON or as coloured text for a console."""

import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from io import StringIO
from typing import Literal, TextIO

import orjson
import structlog
from aiohttp.http_exceptions import HttpProcessingError

from assembly_service.runtime.line_writer import LineWriter
from assembly_service.runtime.recent_lines import keep_line
from assembly_service.runtime.terminal import one_line

_writers: list[LineWriter] = []
"""The writers of this process: one for the log, one for standard error."""
_Processors = Sequence[structlog.typing.Processor]
_SHARED: _Processors = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    keep_line,
)


def configure_logs(
    *, level: str, log_format: Literal["json", "console"], stream: TextIO | None = None
) -> None:
    """Set up logging for this process: events go to `stream`, else to standard output.

    Records of libraries go through the same renderer to standard error. Neither blocks.
    """
    least = logging.getLevelNamesMapping()[level]
    output = stream or sys.stdout
    rendering = _json() if log_format == "json" else _console(output)
    processors = [*_SHARED, *rendering]
    rendered = structlog.wrap_logger(structlog.ReturnLogger(), processors, structlog.BoundLogger)
    _writers.clear()
    writer = _writer(output, rendered)
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=True,
    )
    _configure_libraries(max(logging.WARNING, least), rendering, _writer(sys.stderr, rendered))


def lines_dropped() -> int:
    """Return how many lines were dropped, unread or unwritable."""
    return sum(writer.dropped for writer in _writers)


def _writer(
    stream: TextIO | None, rendered: structlog.typing.FilteringBoundLogger
) -> LineWriter | structlog.PrintLogger:
    if stream is not None and not _is_file(stream):
        return structlog.PrintLogger(stream)
    writer = LineWriter(
        stream, dropped_line=lambda count: rendered.warning("log_lines_dropped", lines=count)
    )
    _writers.append(writer)
    return writer


def _is_file(stream: TextIO) -> bool:
    try:
        stream.fileno()
    except (OSError, ValueError):
        return False
    return True


def _json() -> _Processors:
    return (
        # Local variables would leak message bodies and secrets.
        structlog.processors.ExceptionRenderer(
            structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
        ),
        structlog.processors.JSONRenderer(serializer=_json_text),
    )


def _json_text(event: structlog.typing.EventDict, **_: object) -> str:
    try:
        return orjson.dumps(event, default=str).decode()
    except TypeError:
        # orjson refuses lone surrogates; no line is lost to them.
        return json.dumps(event, default=str)


def _console(stream: TextIO | None) -> _Processors:
    return (
        _fit_for_a_terminal,
        structlog.dev.ConsoleRenderer(
            colors=_in_colour(stream), exception_formatter=_write_traceback
        ),
    )


def _fit_for_a_terminal(
    _: object, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Escape text values: they come from messages and requests."""
    return {
        name: one_line(value) if isinstance(value, str) else value for name, value in event.items()
    }


def _write_traceback(stream: TextIO, exc_info: structlog.typing.ExcInfo) -> None:
    written = StringIO()
    structlog.dev.plain_traceback(written, exc_info)
    stream.write("\n".join(map(one_line, written.getvalue().split("\n"))))


class _Handler(logging.Handler):
    """Passes log records to a writer."""

    def __init__(self, write: Callable[[str], object]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        """Queue a record for writing."""
        try:
            self._write(self.format(record))
        except Exception:
            self.handleError(record)


def _configure_libraries(
    level: int, rendering: _Processors, writer: LineWriter | structlog.PrintLogger
) -> None:
    handler = _Handler(writer.info)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_SHARED,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *rendering],
        )
    )
    logging.getLogger("aiohttp.server").addFilter(_is_about_this_service)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)


def _in_colour(stream: TextIO | None) -> bool:
    """Whether to use colour. Both streams share a renderer, so both must be terminals."""
    both = all(each is not None and each.isatty() for each in (stream, sys.stderr))
    # See no-color.org.
    return both and not os.environ.get("NO_COLOR")


def _is_about_this_service(record: logging.LogRecord) -> bool:
    """Requests that are not HTTP are the sender's mistake: a 400 is enough."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)
