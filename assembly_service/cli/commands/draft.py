"""`assembly-service draft`: looks into drafts."""

import asyncio

import click

from assembly_service.cli.dynamodb import open_dynamodb
from assembly_service.cli.environment import load
from assembly_service.cli.failures import told_in_a_sentence
from assembly_service.cli.pretty_json import pretty
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
    """Look into the drafts that people prepare over REST."""


@draft.command(short_help="Print a draft of any system.")
@click.argument("draft_id", metavar="ID")
def show(draft_id: str) -> None:
    """Print a draft of any system: its state, what was given so far, and events not published yet.

    Whoever it belongs to, and as long as its row is there, even when its lifetime is over.
    """

    settings = load(DraftsTableSettings)
    with told_in_a_sentence("look into the drafts"):
        found, events = asyncio.run(_look(settings, draft_id.lower()))
    if found is None:
        raise click.ClickException(
            f"There is no draft {draft_id}: it never was, or was swept away after its end."
        )
    click.echo(_text(found, events, wall_clock()))


@draft.command(short_help="Print who did what to records, and when.")
@click.argument("draft_id", metavar="[ID]", required=False)
@click.option("--record", metavar="GUID", help="All that was ever done to this record.")
def audit(draft_id: str | None, record: str | None) -> None:
    """Print who did what to records, and when: those that a draft became, or one that is named.

    In place of a draft's id that of an operation will do in which it stands.
    """
    if (draft_id is None) == (record is None):
        raise click.UsageError("Give the id of a draft, or --record GUID.")
    with told_in_a_sentence("look into the records"):
        if record is not None:
            what, work = f"the record {record}", _audit_record(record)
        else:
            what, work = f"the draft {draft_id}", _audit_draft(str(draft_id))
        entries = asyncio.run(work)
    if not entries:
        raise click.ClickException(f"There is no audit item of {what}.")
    click.echo("\n\n".join(map(_entry_text, entries)))


async def _audit_record(record: str) -> list[Entry]:
    settings = load(RecordsTableSettings)
    async with open_dynamodb(settings) as dynamodb:
        trail = AuditTrail(client=dynamodb, table=settings.dynamodb_records_table)
        return await trail.of_record(record.lower())


async def _audit_draft(named: str) -> list[Entry]:
    settings = load(DraftTablesSettings)
    async with open_dynamodb(settings) as dynamodb:
        store = DraftStore(client=dynamodb, table=settings.dynamodb_drafts_table)
        found = await store.read(session_id_in(named) or named.lower())
        if found is None:
            raise click.ClickException(
                f"There is no draft {named}: it never was, or was swept away after its end."
                " The event of its commit, on the topic and in the log, names its record: use"
                " --record GUID."
            )
        trail = AuditTrail(client=dynamodb, table=settings.dynamodb_records_table)
        return await trail.of_draft(found)


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
    width = max(map(len, described)) + 2
    lines = [f"{name + ':':<{width}}{_plain(value)}" for name, value in described.items()]
    return "\n".join(map(one_line, lines))


def _plain(value: Value) -> str:
    return value if isinstance(value, str) else exact_json.dumps(value).decode()


async def _look(
    settings: DraftsTableSettings, draft_id: str
) -> tuple[Draft | None, list[StoredEvent]]:
    async with open_dynamodb(settings) as dynamodb:
        table = settings.dynamodb_drafts_table
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
        "Held until": _instant(draft.lease.until) if draft.lease and draft.is_held(now) else None,
        "Replayed until": _instant(draft.purge_at),
    }
    width = max(map(len, described)) + 2
    lines = [f"{name + ':':<{width}}{value}" for name, value in described.items() if value]
    lines += [f"Error: {line}" for line in draft.errors]
    lines += [f"Event not published yet: {event.name} {event.body}" for event in events]
    given = {**draft.parts, **({"result": draft.result} if draft.result else {})}
    return "\n".join([*map(one_line, lines), "", pretty(exact_json.dumps(given).decode())])


def _how_it_ended(draft: Draft, now: int) -> str:
    if draft.is_visible(now):
        return ""
    return f" (over: its owner gets a {410 if draft.is_known_as_expired(now) else 404})"


def _instant(milliseconds: int | None) -> str | None:
    return None if milliseconds is None else format_milliseconds(milliseconds)
