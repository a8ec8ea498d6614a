"""What becomes of the event streams that clients ask for shows at `/metrics`, each stream once."""

import math
from collections.abc import AsyncIterator
from typing import NoReturn

import pytest
from structlog.testing import capture_logs

from assembly_service.http.event_streams import EVENTS_PATH
from assembly_service.notification import event_door, event_stream
from assembly_service.notification.event_stream import EventStream
from assembly_service.storage.catalogue import CatalogueBusy
from tests.notification.streams import PATH, reading, silent_connection, watching
from tests.notification.support import Instance, Table, product, running_instance, until

SINCE = "since=2026-01-01T00:00:00Z"
NOTHING = {"served": 0, "late": 0, "refused": 0, "failed": 0}

with_a_read = pytest.mark.parametrize("wanted", [SINCE, "snapshot=20"])


@pytest.fixture
def table() -> Table:
    return Table(product("v1"))


@pytest.fixture
async def instance(table: Table) -> AsyncIterator[Instance]:
    async with running_instance(changed_since=table.changed_since, newest=table.newest) as running:
        yield running


def outcomes(instance: Instance) -> dict[str, float | None]:
    return {each: instance.metric("event_stream_requests_total", outcome=each) for each in NOTHING}


def broken(*_: object, **__: object) -> NoReturn:
    raise KeyError("a bug")


@pytest.mark.parametrize("wanted", ["", SINCE, "snapshot=20"])
async def test_a_stream_that_gets_all_it_asked_for_is_served(
    instance: Instance, wanted: str
) -> None:
    assert outcomes(instance) == NOTHING
    async with reading(instance, f"{PATH}?{wanted}") as stream:
        await stream.until_subscribed()
        assert outcomes(instance) == NOTHING | {"served": 1}
    await watching(instance, 0)
    assert outcomes(instance) == NOTHING | {"served": 1}


@pytest.mark.parametrize("error", [CatalogueBusy("busy"), TimeoutError(), KeyError("title")])
@with_a_read
async def test_a_stream_whose_products_cannot_be_read_has_failed(
    instance: Instance, table: Table, error: Exception, wanted: str
) -> None:
    table.error = error
    async with reading(instance, f"{PATH}?{wanted}") as stream:
        await stream.ended()
    assert outcomes(instance) == NOTHING | {"failed": 1}


async def test_a_stream_that_fails_after_it_was_served_counts_as_served_alone(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EventStream, "stay_open", broken)
    async with reading(instance, f"{PATH}?{SINCE}") as stream:
        await stream.until_subscribed()
        assert ": The service failed." in await stream.ended()
    assert outcomes(instance) == NOTHING | {"served": 1}


async def test_a_stream_that_fails_before_its_client_is_subscribed_counts_as_failed_alone(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_door, "event_frame", broken)
    with capture_logs() as logs:
        async with reading(instance) as stream:
            await stream.ended()
    assert outcomes(instance) == NOTHING | {"failed": 1}
    [failed] = [line for line in logs if line["event"] == "request_failed"]
    assert (failed["method"], failed["path"]) == ("GET", EVENTS_PATH)


@with_a_read
async def test_a_stream_whose_reads_fail_late_counts_as_failed_alone(
    instance: Instance, table: Table, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr(event_door, "_LATE_SECONDS", 0)
    table.error = TimeoutError()
    async with reading(instance, f"{PATH}?{wanted}") as stream:
        await stream.ended()
    assert outcomes(instance) == NOTHING | {"failed": 1}


async def test_a_client_that_does_not_read_what_it_missed_is_slow_and_not_served(
    instance: Instance, table: Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_stream, "STALL_SECONDS", 0.1)
    table.products = [product(f"v{number}", padding=500_000) for number in range(40)]
    async with silent_connection(instance, f"{PATH}?{SINCE}"):
        await until(lambda: instance.metric("websocket_slow_clients_total") == 1)
        await watching(instance, 0)
    assert outcomes(instance) == NOTHING


@with_a_read
async def test_a_stream_whose_products_are_read_slowly_is_late_whether_or_not_its_client_waits(
    instance: Instance, table: Table, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr(event_door, "_LATE_SECONDS", 0)
    table.go_on.clear()
    async with reading(instance, f"{PATH}?{wanted}"):
        await table.reading.wait()
    await until(lambda: outcomes(instance) == NOTHING | {"late": 1})
    table.go_on.set()
    async with reading(instance, f"{PATH}?{wanted}") as stream:
        await stream.until_subscribed()
    assert outcomes(instance) == NOTHING | {"late": 2}


@with_a_read
async def test_a_client_that_leaves_before_its_stream_is_late_does_not_count(
    instance: Instance, table: Table, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr(event_door, "_LATE_SECONDS", math.inf)
    table.go_on.clear()
    async with reading(instance, f"{PATH}?{wanted}"):
        await table.reading.wait()
    await watching(instance, 0)
    assert outcomes(instance) == NOTHING


async def test_a_stop_refuses_and_ends_streams_without_a_failure(instance: Instance) -> None:
    async with reading(instance) as stream:
        await stream.until_subscribed()
        await instance.notification.close("The service stops.")
        async with reading(instance) as refused:
            await refused.ended()
    assert outcomes(instance) == NOTHING | {"served": 1}
