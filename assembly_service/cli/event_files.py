"""Reads files of events: one message body a line, kept exactly as it is."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import click

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.product import HalfKind

STANDARD_INPUT = Path("-")


@dataclass(frozen=True, kw_only=True)
class EventLine:
    """A message body, the half whose queue it goes to, and the line it comes from."""

    kind: HalfKind
    body: str
    origin: str


def read_events(path: Path, kind: HalfKind) -> list[EventLine]:
    """Read a file with an event of this kind on each line, without parsing them."""
    return [EventLine(kind=kind, body=line, origin=origin) for origin, line in numbered_lines(path)]


def read_raw(path: Path) -> list[EventLine]:
    """Read a file with an SNS envelope or an object `{queue, body}` on each line."""
    return [_raw(line, origin) for origin, line in numbered_lines(path)]


def parse(text: str, origin: str) -> dict[str, Value]:
    """Parse the JSON object of a line, with exact numbers."""
    try:
        value = exact_json.loads(text)
    except NotJson as error:
        raise click.ClickException(f"{origin} is not JSON: {error}.") from None
    if not isinstance(value, dict):
        raise click.ClickException(f"{origin} is not a JSON object.")
    return value


def numbered_lines(path: Path) -> list[tuple[str, str]]:
    """Read the lines that are not blank, each after its origin."""
    return lines_of(read_text(path), str(path))


def read_text(path: Path) -> str:
    """Read a file of UTF-8 text, without a byte order mark; `-` is standard input."""
    try:
        content = sys.stdin.buffer.read() if path == STANDARD_INPUT else path.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise click.ClickException(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError as error:
        raise click.ClickException(f"{path} is not UTF-8 text at byte {error.start}.") from None


def lines_of(text: str, source: str) -> list[tuple[str, str]]:
    """Split a text into the lines that are not blank, each after its origin."""
    # Not splitlines(): captions may contain Unicode's other line separators.
    lines = (line.removesuffix("\r") for line in text.split("\n"))
    return [(f"{source}, line {n}", line) for n, line in enumerate(lines, start=1) if line.strip()]


def kind_of_topic(envelope: Mapping[str, Value]) -> HalfKind | None:
    """Return the half whose topic an SNS envelope names; None if it is neither's."""
    topic = str(envelope.get("TopicArn", "")).rpartition(":")[2]
    return next((kind for kind in HalfKind if kind in topic), None)


def _raw(line: str, origin: str) -> EventLine:
    value = parse(line, origin)
    if "Type" in value:
        return EventLine(kind=_kind_of_envelope(value, origin), body=line, origin=origin)
    queue, body = value.get("queue"), value.get("body")
    if isinstance(queue, str) and queue in set(HalfKind) and isinstance(body, str):
        return EventLine(kind=HalfKind(queue), body=body, origin=origin)
    raise click.ClickException(
        f"{origin} is neither an SNS envelope nor an object with a `queue` "
        "(caption or thumbnail) and a `body`."
    )


def _kind_of_envelope(envelope: dict[str, Value], origin: str) -> HalfKind:
    if kind := kind_of_topic(envelope):
        return kind
    raise click.ClickException(
        f"{origin} is an envelope whose TopicArn is neither of captions nor of thumbnails."
    )
