"""The rows of drafts and their events in the drafts table."""

from assembly_service.domain import exact_json
from assembly_service.drafts.engine.draft import CallCount, Draft, Lease, Owner
from assembly_service.drafts.engine.events import Event, StoredEvent
from assembly_service.storage.attribute_values import (
    Item,
    from_attribute_value,
    to_attribute_value,
)

OUTBOX = "OUTBOX"
BY_EXPIRY = "by_expiry"
"""The index of open drafts by their expiry."""
LAST = "~"
"""The sequence of a draft's last event: it sorts after every number."""
_TTL_GRACE_SECONDS = 3_600


def draft_key(draft_id: str) -> Item:
    """Return the primary key of a draft."""
    return {"pk": {"S": f"DRAFT#{draft_id}"}, "sk": {"S": "META"}}


def open_drafts(system: str) -> str:
    """Return the index partition of a system's open drafts."""
    return f"{system}#open"


def draft_to_item(draft: Draft) -> Item:
    """Return the row of a draft that is not committed."""
    values = {
        "id": draft.id,
        "system": draft.system,
        "state": str(draft.state),
        "version": draft.version,
        "created_at": draft.created_at,
        "updated_at": draft.updated_at,
        "expires_at": draft.expires_at,
        "parts": dict(draft.parts),
        "errors": list(draft.errors),
        "ttl": time_to_live(draft),
    }
    if draft.reference != draft.id:
        values["reference"] = draft.reference
    if draft.owner is not None:
        values |= {"user_id": draft.owner.user_id, "organization": draft.owner.organization}
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


def time_to_live(draft: Draft) -> int:
    """Return when the store may delete the row, in seconds since 1970.

    Not during a commit, nor while calls still answer that the draft expired.
    """
    known_until = draft.expires_at + draft.gone_window
    if draft.lease is not None:
        return max(known_until, draft.lease.until) // 1000 + _TTL_GRACE_SECONDS
    return -(-known_until // 1000)


def draft_from_item(item: Item) -> Draft:
    """Return the draft of a row."""
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
        errors=tuple(values.get("errors", ())),
        lease=lease,
        result=values.get("result"),
        purge_at=values.get("purge_at"),
        gone_window=values.get("gone_window", 0),
        merged_since=values.get("merged_since"),
        counted=CallCount(values["call_minute"], values["calls"]) if "calls" in values else None,
        expiry_noted="lifecycle" not in values and "result" not in values,
    )


def event_to_item(reference: str, sequence: str, event: Event, *, system: str = "") -> Item:
    """Return the row of an event in the outbox.

    The system is stored only if the event's name does not begin with it.
    """
    named = {} if system in {"", _prefix(event.name)} else {"system": {"S": system}}
    return {
        "pk": {"S": OUTBOX},
        "sk": {"S": f"{reference}#{sequence}"},
        "event": {"S": event.name},
        "body": {"S": exact_json.dumps(event.body()).decode()},
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
