"""Repairs dead letters for `dlq redrive --set`: shows each difference and keeps the old bodies."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkstemp
from typing import Self

import click
import structlog

from assembly_service.domain.product import ProductKey
from assembly_service.operations.dead_letters import DeadLetter
from assembly_service.operations.repairing import CannotRepair, Edit, Repaired, parse_edit, repaired
from assembly_service.runtime.terminal import one_line

log = structlog.get_logger()


class EditType(click.ParamType[Edit]):
    """`path=value` on the command line."""

    name = "path=value"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Edit:
        """Parse the edit, or fail with a sentence."""
        try:
            return parse_edit(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Repairs:
    """The repairs of one run: a block in which old bodies are kept in a file of their own.

    `send --raw` accepts the file. The block fails at once if the file cannot be made, and removes
    it if nothing was repaired.
    """

    _file: Path

    def __init__(self, edits: Sequence[Edit], *, directory: Path) -> None:
        self._edits = edits
        self._directory = directory
        self._keys: dict[str, ProductKey] = {}

    def __enter__(self) -> Self:
        with _writing_to(self._directory):
            # Private, never an existing file, and never through a link.
            descriptor, name = mkstemp(
                prefix=f"before-repair-{datetime.now(UTC):%Y%m%dT%H%M%SZ}-",
                suffix=".jsonl",
                dir=self._directory,
            )
        os.close(descriptor)
        self._file = Path(name)
        return self

    def __exit__(self, *_: object) -> None:
        if self._keys:
            click.echo(f"The old bodies are in {self._file.name}.")
        else:
            self._file.unlink(missing_ok=True)

    def preview(self, letter: DeadLetter) -> Repaired:
        """Print what the repair would change. Raises CannotRepair."""
        found = repaired(letter.body, self._edits, letter.queue)
        for where, old, new in found.differences:
            before = "nothing" if old is None else old
            click.echo(one_line(f"{letter.message_id}  {where}: {before} -> {new}"))
        return found

    def would_repair(self, letter: DeadLetter) -> bool:
        """Print what the repair would change, or why it cannot be made. Returns whether it can."""
        try:
            self.preview(letter)
        except CannotRepair as error:
            click.echo(one_line(f"{letter.message_id}  stays: {error}"))
            return False
        return True

    def repair(self, letter: DeadLetter) -> str:
        """Print the repair, store the old body on disk, and return the new one.

        Raises CannotRepair.
        """
        found = self.preview(letter)
        self._keep(letter)
        self._keys[letter.message_id] = found.key
        return found.body

    def log_sent(self, letter: DeadLetter) -> None:
        """Log that a repaired letter has gone back."""
        # Manual changes of data belong into the log, but bodies may be private.
        log.warning(
            "dead_letter_repaired",
            queue=letter.queue.value,
            message_id=letter.message_id,
            paths=[edit.where for edit in self._edits],
            **self._keys[letter.message_id]._asdict(),
        )

    def _keep(self, letter: DeadLetter) -> None:
        old = {
            "queue": letter.queue.value,
            "body": letter.body,
            "message_id": letter.message_id,
        }
        with _writing_to(self._file), self._file.open("a") as file:
            file.write(f"{json.dumps(old)}\n")
            file.flush()
            os.fsync(file.fileno())


@contextmanager
def _writing_to(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise click.ClickException(
            f"The old bodies cannot be kept in {path}: {error.strerror}. Nothing is repaired "
            "without that: run this in a directory that can be written."
        ) from None
