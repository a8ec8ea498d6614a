"""The rows of drafts and their events in the drafts table.

A draft is one row, and one more for each part that is stored apart.
"""

from collections.abc import Sequence
from dataclasses import replace

from assembly_service.drafts.engine.draft import CallCount, Draft, Lease, Owner
from assembly_service.drafts.engine.events import Event, StoredEvent
from assembly_service.storage.attribute_values import (
    Item,
    from_attribute_value,
    to_attribute_value,
)

OUTBOX = "OUTBOX"
LAST = "~"
"""The sequence of a draft's last event: it sorts after every number."""
_META = "META"
_APART = "PART#"
_TTL_GRACE_SECONDS = 3_600


class TornRead(Exception):
    """Rows were read while a transaction replaced them, or after the store deleted one of them.

    `rest` is the draft without its parts apart if no row is of another version, but one is absent.
    """

    def __init__(self, rest: Draft | None) -> None:
        super().__init__()
        self.rest = rest


def draft_key(draft_id: str) -> Item:
    """Return the primary key of a draft."""
    return {"pk": {"S": f"DRAFT#{draft_id}"}, "sk": {"S": _META}}


def open_drafts(system: str) -> str:
    """Return the index partition of a system's open drafts."""
    return f"{system}#open"


def draft_to_item(draft: Draft) -> Item:
    """Return the row of a draft that is not committed, without the parts that are apart."""
    values = {
        "id": draft.id,
        "system": draft.system,
        "state": str(draft.state),
        "version": draft.version,
        "created_at": draft.created_at,
        "updated_at": draft.updated_at,
        "expires_at": draft.expires_at,
        "parts": {name: part for name, part in draft.parts.items() if name not in draft.apart},
        "errors": list(draft.errors),
        "ttl": time_to_live(draft),
    }
    if draft.reference != draft.id:
        values["reference"] = draft.reference
    if draft.owner is not None:
        values |= {"user_id": draft.owner.user_id, "organization": draft.owner.organization}
    if draft.apart:
        values["apart"] = dict(draft.apart)
    if draft.gone_window:
        values["gone_window"] = draft.gone_window
    if not draft.expiry_noted:
        values["lifecycle"] = open_drafts(draft.system)
    if draft.lease is not None:
        values |= {
            "commit_token": draft.lease.token,
            "lease_until": draft.lease.until,
            "record": dict(draft.lease.record),
        }
    if draft.counted is not None:
        values |= {"call_minute": draft.counted.minute, "calls": draft.counted.calls}
    return draft_key(draft.id) | {name: to_attribute_value(value) for name, value in values.items()}


def parts_to_items(draft: Draft) -> list[Item]:
    """Return the rows of the parts apart that this version of the draft replaces."""
    # Due after the draft, even if it is held when it ends; but the store deletes in no order.
    ttl = time_to_live(draft) + 2 * _TTL_GRACE_SECONDS
    return [
        {
            "pk": draft_key(draft.id)["pk"],
            "sk": {"S": _APART + name},
            "version": {"N": str(version)},
            "part": to_attribute_value(dict(draft.parts[name])),
            "ttl": {"N": str(ttl)},
        }
        for name, version in draft.apart.items()
        if version == draft.version
    ]


def draft_from_items(items: Sequence[Item]) -> Draft | None:
    """Return the draft of all its rows; None if there is none.

    A draft whose expiry is noted may lack parts. Raises TornRead if another one does, or if the
    rows are not of one version.
    """
    rows = {item["sk"]["S"]: item for item in items}
    if _META not in rows:
        return None
    draft = draft_from_item(rows[_META])
    apart = {name: rows[_APART + name] for name in draft.apart if _APART + name in rows}
    if any(row["version"] != {"N": str(draft.apart[name])} for name, row in apart.items()):
        raise TornRead(None)
    if len(apart) < len(draft.apart):
        rest = replace(draft, apart={})
        if not draft.expiry_noted:
            raise TornRead(rest)
        return rest
    parts = {name: from_attribute_value(row["part"]) for name, row in apart.items()}
    return replace(draft, parts={**parts, **draft.parts}) if parts else draft


def time_to_live(draft: Draft) -> int:
    """Return when the store may delete the row, in seconds since 1970.

    Not during a commit, nor while calls still answer that the draft expired.
    """
    known_until = draft.expires_at + draft.gone_window
    if draft.lease is not None:
        return max(known_until, draft.lease.until) // 1000 + _TTL_GRACE_SECONDS
    return -(-known_until // 1000)


def draft_from_item(item: Item) -> Draft:
    """Return the draft of a row, without the parts that are apart."""
    values = {name: from_attribute_value(attribute) for name, attribute in item.items()}
    lease = None
    if "commit_token" in values:
        lease = Lease(
            token=values["commit_token"],
            until=values["lease_until"],
            record=values.get("record", {}),
        )
    return Draft(
        id=values["id"],
        reference=values.get("reference", values["id"]),
        system=values["system"],
        owner=Owner(values["user_id"], values["organization"]) if "user_id" in values else None,
        state=values["state"],
        version=values["version"],
        created_at=values["created_at"],
        updated_at=values["updated_at"],
        expires_at=values["expires_at"],
        parts=values.get("parts", {}),
        # A commit removes the parts, and lets the rows apart expire.
        apart=values.get("apart", {}) if "parts" in values else {},
        errors=tuple(values.get("errors", ())),
        lease=lease,
        result=values.get("result"),
        purge_at=values.get("purge_at"),
        gone_window=values.get("gone_window", 0),
        merged_since=values.get("merged_since"),
        counted=CallCount(values["call_minute"], values["calls"]) if "calls" in values else None,
        expiry_noted="lifecycle" not in values and "result" not in values,
    )


def sequence_of_version(version: int) -> str:
    """Return the sequence of the event of a draft's change to this version."""
    return f"{version:08d}"


def event_to_item(reference: str, sequence: str, event: Event, *, system: str = "") -> Item:
    """Return the row of an event in the outbox.

    The system is stored only if the event's name does not begin with it.
    """
    named = {} if system in {"", _prefix(event.name)} else {"system": {"S": system}}
    return {
        "pk": {"S": OUTBOX},
        "sk": {"S": f"{reference}#{sequence}"},
        "event": {"S": event.name},
        "body": {"S": event.body()},
        "at": {"N": str(event.at)},
        **named,
    }


def event_from_item(item: Item) -> StoredEvent:
    """Return the event of a row in the outbox."""
    reference, _, sequence = item["sk"]["S"].partition("#")
    return StoredEvent(
        reference=reference,
        sequence=sequence,
        name=item["event"]["S"],
        body=item["body"]["S"],
        at=int(item["at"]["N"]),
        system=item.get("system", {}).get("S") or _prefix(item["event"]["S"]),
    )


def _prefix(name: str) -> str:
    return name.partition(".")[0]
