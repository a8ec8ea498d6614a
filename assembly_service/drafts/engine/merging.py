"""Merges single keys into a draft without writing the rest: two people who change different keys
at the same time both keep their input.

A merge does not know the version that results. So its condition is that the draft was not written
as a whole since it was read; its event is ordered after that write's and before the next one's.
Events of concurrent merges come in either order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from secrets import token_hex
from typing import Any

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.call_limits import Counting, add_counting
from assembly_service.drafts.engine.draft import Draft
from assembly_service.drafts.engine.expressions import Expressions
from assembly_service.drafts.engine.rows import draft_key, time_to_live

NOT_HELD = "(attribute_not_exists(lease_until) OR lease_until <= :now)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """Keys to set in the parts of a draft, and keys to remove from them.

    `state` and `expires_at` are those after the merge; `counting` counts this call for its limit.
    With an `expected_version` the merge fails if there was another write since.
    """

    state: str
    expires_at: int
    put: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    gone: Mapping[str, Sequence[str]] = field(default_factory=dict)
    counting: Counting | None = None
    expected_version: int | None = None


def merge_action(table: str, draft: Draft, merge: Merge, now: int) -> dict[str, Any]:
    """Return the update, which has to find the draft alive, uncommitted, and held by no commit.

    Further conditions: it was not written as a whole since it was read, its end does not become
    earlier, and it has the expected version, if there is one.
    """
    made = Expressions(now=now)
    made.conditions += [
        "expires_at > :now",
        "expires_at <= :expires_at",
        f"attribute_not_exists({made.name('result')})",
        NOT_HELD,
        _not_replaced(draft, made),
    ]
    _set_keys(draft, merge, made)
    if merge.expected_version is not None:
        made.conditions.append(f"version = {made.value(merge.expected_version)}")
    if merge.counting is not None:
        add_counting(draft.counted, merge.counting, made)
    return {"TableName": table, "Key": draft_key(draft.id), **made.parameters()}


def sequence_of(draft: Draft) -> str:
    """Return the sequence of the event of a merge into the draft as it was read."""
    since = draft.version if draft.merged_since is None else draft.merged_since
    return f"{since:08d}.{draft.version + 1:08d}.{token_hex(4)}"


def merged(draft: Draft, merge: Merge, now: int) -> Draft:
    """Return the draft after the merge, without what others merge at the same time."""
    parts = {name: dict(part) for name, part in draft.parts.items()}
    for name, values in merge.put.items():
        parts[name] |= values
    for name, keys in merge.gone.items():
        parts[name] = {key: value for key, value in parts[name].items() if key not in keys}
    return replace(
        draft,
        parts=parts,
        state=merge.state,
        version=draft.version + 1,
        updated_at=now,
        expires_at=merge.expires_at,
        errors=(),
        lease=None,
        counted=merge.counting.count if merge.counting else draft.counted,
        merged_since=draft.version if draft.merged_since is None else draft.merged_since,
    )


def _not_replaced(draft: Draft, made: Expressions) -> str:
    if draft.merged_since is not None:
        return f"merged_since = {made.value(draft.merged_since)}"
    version = made.value(draft.version)
    made.sets.append(f"merged_since = {version}")
    return f"(attribute_not_exists(merged_since) AND version = {version})"


def _set_keys(draft: Draft, merge: Merge, made: Expressions) -> None:
    after = replace(draft, expires_at=merge.expires_at, lease=None)
    made.sets += [
        f"{made.name('state')} = {made.value(merge.state)}",
        f"version = version + {made.value(1)}",
        "updated_at = :now",
        "expires_at = :expires_at",
        f"{made.name('ttl')} = {made.value(time_to_live(after))}",
        f"{made.name('errors')} = {made.value([])}",
    ]
    made.values[":expires_at"] = {"N": str(merge.expires_at)}
    # Of an expired lease: late writes of its commit find the token gone.
    made.removes += ["commit_token", "lease_until", made.name("record")]
    for part, values in merge.put.items():
        made.sets += [
            f"{made.path('parts', part, key)} = {made.value(value)}"
            for key, value in values.items()
        ]
    for part, keys in merge.gone.items():
        made.removes += [made.path("parts", part, key) for key in keys]
