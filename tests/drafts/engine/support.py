"""Drafts of a system that exists only in tests, their events, and AWS clients for their table."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from botocore.exceptions import ClientError

from assembly_service.drafts.engine.draft import Draft, Lease, Owner
from assembly_service.drafts.engine.events import Event
from assembly_service.drafts.engine.outbox import Outbox
from tests.harness.drafts import (
    YEAR_2100,
)

SYSTEM = "test-system"
NOW = YEAR_2100
END = NOW + 60_000
"""When a draft's lifetime ends."""
UNTIL = END + 5_000
"""When a lease ends that outlives its draft's lifetime."""
LEASE = Lease(token="first", until=UNTIL, record={"guid": "g-1", "number": 7})
RESULT = {"guid": "g-1"}


def a_draft(**changed: Any) -> Draft:
    """A draft that lives from NOW to END; `changed` are fields."""
    draft = Draft(
        id="draft-1",
        reference="draft-1",
        system=SYSTEM,
        owner=Owner("ada", "organization-1"),
        state="open",
        version=1,
        created_at=NOW,
        updated_at=NOW,
        expires_at=END,
        parts={"part": {"name": "A day of practice", "price": 120}},
    )
    # The reference is the id unless it is given too.
    return replace(draft, **{"reference": changed.get("id", draft.id), **changed})


def held_draft(**changed: Any) -> Draft:
    """A draft that a commit holds until UNTIL."""
    return a_draft(**{"state": "committing", "lease": LEASE, **changed})


def next_of(draft: Draft, **changed: Any) -> Draft:
    """A draft after its next write."""
    return replace(draft, **{"version": draft.version + 1, **changed})


def an_event(name: str = "changed", at: int = NOW) -> Event:
    """Something that happened to a draft."""
    return Event(name=name, operation_id="operation-1", at=at, payload={"draftId": "draft-1"})


async def stored_events(outbox: Outbox) -> list[tuple[str, str]]:
    """The names and sequences of all events."""
    return [(each.name, each.sequence) async for page in outbox.waiting() for each in page]


def refused(code: str) -> ClientError:
    """AWS's refusal of a call."""
    return ClientError({"Error": {"Code": code, "Message": "-"}}, "TransactWriteItems")


def cancelled(*codes: str) -> ClientError:
    """AWS's refusal of a transaction, with a code for each action."""
    refusal: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "-"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(refusal, "TransactWriteItems")


class Observed:
    """An AWS client that records its requests, and answers queries with a few rows at a time."""

    def __init__(self, client: Any, *, rows: int | None = None) -> None:
        self._client = client
        self._page = {} if rows is None else {"Limit": rows}
        self.sent: list[dict[str, Any]] = []

    def __getattr__(self, operation: str) -> Callable[..., Awaitable[Any]]:
        async def call(**arguments: Any) -> Any:
            self.sent.append(arguments)
            page = self._page if operation == "query" else {}
            return await getattr(self._client, operation)(**arguments, **page)

        return call
