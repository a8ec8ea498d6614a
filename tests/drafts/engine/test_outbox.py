"""The outbox holds the events of each draft in order until they are cleared."""

import asyncio
import json
from itertools import groupby
from typing import Any

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.outbox import Outbox
from assembly_service.drafts.engine.rows import LAST, event_to_item
from tests.drafts.engine.support import NOW, Observed, an_event
from tests.harness.drafts import TroubledClient, timed_out

pytestmark = pytest.mark.conditions

SEQUENCES = ["00000001", "00000002", "00000009", "00000010", "00000100", LAST]


async def write(client: Any, table: str, draft_id: str, *sequences: str) -> None:
    for sequence in sequences:
        row = event_to_item(draft_id, sequence, an_event(f"event-{sequence}"))
        await client.put_item(TableName=table, Item=row)


async def waiting(outbox: Outbox, draft_id: str = "") -> list[list[StoredEvent]]:
    return [page async for page in outbox.waiting(draft_id)]


def ids(pages: list[list[StoredEvent]]) -> list[str]:
    return [event.event_id for page in pages for event in page]


async def test_an_event_is_read_as_it_is_published(
    client: TroubledClient, table: str, outbox: Outbox
) -> None:
    await client.put_item(TableName=table, Item=event_to_item("draft-1", LAST, an_event("done")))
    [[event]] = await waiting(outbox)
    assert event[:3] == ("draft-1", LAST, "done")
    assert (event.at, event.event_id) == (NOW, f"draft-1#{LAST}")
    assert json.loads(event.body) == {
        "draftId": "draft-1",
        "timestamp": "2100-01-01T00:00:00.000Z",
        "operationId": "operation-1",
    }


@pytest.mark.parametrize("rows", [1, 2, 5, None], ids=str)
async def test_the_events_of_each_draft_are_in_order_however_small_the_pages(
    clients: Clients, table: str, rows: int | None
) -> None:
    for draft_id in ("draft-2", "draft-1", "draft-10"):
        await write(clients.dynamodb, table, draft_id, *reversed(SEQUENCES))
    outbox = Outbox(client=Observed(clients.dynamodb, rows=rows), table=table)
    pages = await waiting(outbox)
    assert all(0 < len(page) <= (rows or 18) for page in pages)
    for draft_id in ("draft-1", "draft-2", "draft-10"):
        own = [f"{draft_id}#{sequence}" for sequence in SEQUENCES]
        assert [each for each in ids(pages) if each.startswith(f"{draft_id}#")] == own
        assert ids(await waiting(outbox, draft_id)) == own
    assert len(ids(pages)) == 18
    drafts = [draft_id for draft_id, _ in groupby(each.partition("#")[0] for each in ids(pages))]
    assert sorted(drafts) == ["draft-1", "draft-10", "draft-2"]  # one after another


async def test_an_event_can_be_read_as_soon_as_it_is_written(clients: Clients, table: str) -> None:
    observed = Observed(clients.dynamodb)
    outbox = Outbox(client=observed, table=table)
    assert await waiting(outbox) == await waiting(outbox, "draft-1") == []
    assert [sent["ConsistentRead"] for sent in observed.sent] == [True, True]


async def test_a_page_without_events_does_not_end_the_query() -> None:
    row, key = event_to_item("draft-1", LAST, an_event()), {"pk": {"S": "OUTBOX"}}
    answers = [{"Items": [], "LastEvaluatedKey": key}, {"Items": [row]}]

    class Client:
        async def query(self, **_: Any) -> Any:
            return answers.pop(0)

    pages = await waiting(Outbox(client=Client(), table="table"))
    assert [len(page) for page in pages] == [1]


@pytest.mark.parametrize("published", [0, 1, 24, 25, 26, 60])
async def test_only_published_events_are_cleared(
    clients: Clients, table: str, published: int
) -> None:
    client = Observed(clients.dynamodb)
    outbox = Outbox(client=client, table=table)
    await write(client, table, "draft-1", *(f"{each:08d}" for each in range(published)), LAST)
    await write(client, table, "draft-2", LAST)
    [events] = await waiting(outbox)
    client.sent.clear()
    await outbox.clear(events[:published])
    assert len(client.sent) == -(-published // 25)
    assert ids(await waiting(outbox)) == [f"draft-1#{LAST}", f"draft-2#{LAST}"]
    await outbox.clear(events[:published])  # another relay may have done so meanwhile


async def test_those_who_clear_at_one_moment_share_a_call_and_its_failure(
    client: TroubledClient, table: str, outbox: Outbox
) -> None:
    for draft_id in ("draft-1", "draft-2"):
        await write(client, table, draft_id, *SEQUENCES[:2])
    [[*events]] = await waiting(outbox)
    client.orders["batch_write_item"].append(timed_out)

    async def clear() -> list[bool | BaseException]:
        halves = (events[:2], events[2:])
        return await asyncio.gather(*map(outbox.clear, halves), return_exceptions=True)

    assert [type(each) for each in await clear()] == [TimeoutError, TimeoutError]
    assert len(ids(await waiting(outbox))) == len(events)
    assert await clear() == [True, True]
    assert client.called["batch_write_item"] == 2
    assert await waiting(outbox) == []
