"""`assembly-service draft`: shows drafts, and the audit trail of records."""

from typing import Any

import click

from assembly_service.cli.pretty_json import pretty
from assembly_service.cli.session import run_with_dynamodb
from assembly_service.cli.wording import labelled
from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.engine.audit import AuditTrail, Entry
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.identifiers import session_id_in
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.store import DraftStore
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.terminal import one_line
from assembly_service.settings.service import (
    DraftsTableSettings,
    DraftTablesSettings,
    RecordsTableSettings,
)


@click.group()
def draft() -> None:
    """Inspect drafts, and who did what to records."""


@draft.command(short_help="Print a draft of any system.")
@click.argument("draft_id", metavar="ID")
def show(draft_id: str) -> None:
    """Print a draft of any system: its state, its data so far, and events not published yet.

    Works for every owner, and after the draft has expired, until its row is deleted.
    """

    async def work(
        settings: DraftsTableSettings, dynamodb: Any
    ) -> tuple[Draft | None, list[StoredEvent]]:
        return await _read(dynamodb, settings.dynamodb_drafts_table, draft_id.lower())

    found, events = run_with_dynamodb(DraftsTableSettings, "read the drafts", work)
    if found is None:
        raise click.ClickException(
            f"There is no draft {draft_id}: it never existed, or was deleted after it ended."
        )
    click.echo(_text(found, events, wall_clock()))


@draft.command(short_help="Print who did what to records, and when.")
@click.argument("draft_id", metavar="[ID]", required=False)
@click.option("--record", metavar="GUID", help="Everything that was ever done to this record.")
def audit(draft_id: str | None, record: str | None) -> None:
    """Print who did what, and when, to the records that a draft became, or to one record.

    ID is the id of a draft, or an operation id that contains it.
    """
    if (draft_id is None) == (record is None):
        raise click.UsageError("Give the id of a draft, or --record GUID.")
    if record is not None:
        what, entries = f"the record {record}", _audit_record(record.lower())
    else:
        what, entries = f"the draft {draft_id}", _audit_draft(str(draft_id))
    if not entries:
        raise click.ClickException(f"There is no audit item for {what}.")
    click.echo("\n\n".join(map(_entry_text, entries)))


def _audit_record(record: str) -> list[Entry]:
    async def work(settings: RecordsTableSettings, dynamodb: Any) -> list[Entry]:
        trail = AuditTrail(client=dynamodb, table=settings.dynamodb_records_table)
        return await trail.of_record(record)

    return run_with_dynamodb(RecordsTableSettings, "read the records", work)


def _audit_draft(named: str) -> list[Entry]:
    async def work(settings: DraftTablesSettings, dynamodb: Any) -> list[Entry]:
        store = DraftStore(client=dynamodb, table=settings.dynamodb_drafts_table)
        found = await store.read(session_id_in(named) or named.lower())
        if found is None:
            raise click.ClickException(
                f"There is no draft {named}: it never existed, or was deleted after it ended."
                " The event of its commit, on the topic and in the log, names its record: use"
                " --record GUID."
            )
        trail = AuditTrail(client=dynamodb, table=settings.dynamodb_records_table)
        return await trail.of_draft(found)

    return run_with_dynamodb(DraftTablesSettings, "read the records", work)


def _entry_text(entry: Entry) -> str:
    described = {
        "At": entry["at"],
        "Action": entry["action"],
        "By": entry["actor"],
        "Record": entry["record"],
        "Operation": entry["operationId"],
    }
    shown = {"at", "action", "actor", "record", "operationId", "pk", "sk"}
    described |= {name: value for name, value in entry.items() if name not in shown}
    lines = labelled({name: _plain(value) for name, value in described.items()})
    return "\n".join(map(one_line, lines))


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else exact_json.dumps(value).decode()


async def _read(dynamodb: Any, table: str, draft_id: str) -> tuple[Draft | None, list[StoredEvent]]:
    found = await DraftStore(client=dynamodb, table=table).read(draft_id)
    named = draft_id if found is None else found.reference
    waiting = Outbox(client=dynamodb, table=table).waiting(named)
    return found, [event async for page in waiting for event in page]


def _text(draft: Draft, events: list[StoredEvent], now: int) -> str:
    described = {
        "Draft": draft.id,
        "System": draft.system,
        "State": draft.state + _how_it_ended(draft, now),
        "Version": str(draft.version),
        "User": draft.owner.user_id if draft.owner else None,
        "Organization": draft.owner.organization if draft.owner else None,
        "Created": format_milliseconds(draft.created_at),
        "Updated": format_milliseconds(draft.updated_at),
        "Expires": format_milliseconds(draft.expires_at),
        "Held until": _time(draft.lease.until) if draft.lease and draft.is_held(now) else None,
        "Replayed until": _time(draft.purge_at),
    }
    lines = labelled({name: value for name, value in described.items() if value})
    lines += [f"Error: {line}" for line in draft.errors]
    lines += [f"Event not published yet: {event.name} {event.body}" for event in events]
    given = {**draft.parts, **({"result": draft.result} if draft.result else {})}
    return "\n".join([*map(one_line, lines), "", pretty(exact_json.dumps(given).decode())])


def _how_it_ended(draft: Draft, now: int) -> str:
    if draft.is_visible(now):
        return ""
    return f" (over: its owner gets a {410 if draft.is_known_as_expired(now) else 404})"


def _time(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else format_milliseconds(milliseconds)
