"""A stream that ends while its client is caught up leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from assembly_service.notification import event_door
from assembly_service.notification.socketio import connection
from tests.notification.clients import python_client
from tests.notification.streams import PATH, open_streams, reading
from tests.notification.support import Instance, Table, running_instance, until

LONG_AGO = "2026-01-01T00:00:00.000Z"
PATIENCE = 20


@pytest.fixture
def table() -> Table:
    """A table whose reads wait for the test."""
    table = Table()
    table.go_on.clear()
    return table


@pytest.fixture
async def instance(table: Table) -> AsyncIterator[Instance]:
    async with running_instance(changed_since=table.changed_since, newest=table.newest) as running:
        yield running


def is_empty(instance: Instance) -> bool:
    """Whether nothing is left of any client."""
    return (
        not open_streams(instance)
        and not instance.notification._rooms.sellers()
        and not instance.notification.subscriptions.total_connections
        and instance.metric("event_streams") == 0
    )


@pytest.mark.parametrize("wanted", [f"since={LONG_AGO}", "snapshot=20"])
async def test_clients_that_leave_during_the_read_are_forgotten_and_not_read_for(
    instance: Instance, table: Table, wanted: str
) -> None:
    async with AsyncExitStack() as opened:
        for number in range(20):
            path = f"/api/v1/shop/seller{number}/events?{wanted}"
            await opened.enter_async_context(reading(instance, path))
        await until(lambda: instance.notification.subscriptions.total_connections == 20)
    await until(lambda: is_empty(instance))
    assert table.reads < 20
    table.go_on.set()
    async with reading(instance, f"{PATH}?{wanted}") as staying:
        # Its turn comes after that of all who asked before it.
        await staying.until_subscribed()
    assert table.reads < 20


async def test_the_service_closes_at_once_during_a_read(
    instance: Instance, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (event_door, connection):
        monkeypatch.setattr(module, "CLOSE_SECONDS", 10 * PATIENCE)
    async with reading(instance, f"{PATH}?snapshot=1") as stream, python_client(instance) as client:
        await client.emit("subscribe_to_seller", {"seller_handle": "baraka", "snapshot": 1})
        await until(lambda: table.reads == 2)
        async with asyncio.timeout(PATIENCE):
            await instance.notification.close("The service stops.")
            assert "The service stops." in await stream.ended()
            await until(lambda: is_empty(instance))
    assert "shared-reads" not in {task.get_name() for task in asyncio.all_tasks()}
