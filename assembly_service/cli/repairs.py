"""Repairs dead letters for `dlq redrive --set`: shows each difference and keeps the old bodies."""

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import click
import structlog

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
    """The repairs of one run. `send --raw` accepts the file of old bodies."""

    def __init__(self, edits: Sequence[Edit], *, directory: Path) -> None:
        self.file: Path | None = None
        self._edits = edits
        self._directory = directory

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
        """Print and log the repair, store the old body on disk, and return the new one.

        Raises CannotRepair.
        """
        found = self.preview(letter)
        self._keep(letter)
        # Manual changes of data belong into the log, but bodies may be private.
        log.warning(
            "dead_letter_repaired",
            queue=letter.queue.value,
            message_id=letter.message_id,
            paths=[edit.where for edit in self._edits],
            **found.key._asdict(),
        )
        return found.body

    def _keep(self, letter: DeadLetter) -> None:
        if self.file is None:
            self.file = self._directory / f"before-repair-{datetime.now(UTC):%Y%m%dT%H%M%SZ}.jsonl"
            self.file.touch(mode=0o600)
        old = {
            "queue": letter.queue.value,
            "body": letter.body,
            "message_id": letter.message_id,
        }
        with self.file.open("a") as file:
            file.write(f"{json.dumps(old)}\n")
            file.flush()
            os.fsync(file.fileno())
