"""What a request for a stream may say, and that an EventSource is never turned away for good."""

import time

import aiohttp
import pytest
from multidict import CIMultiDict

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.shop import shared_reads
from tests.notification.streams import PATH, THEN, Reader, instance, reading
from tests.notification.support import Instance, Table, product

__all__ = ["instance"]

ALLOWANCE = 10_000


@pytest.fixture
def table() -> Table:
    return Table(product("v1", updated_at=THEN + 1), product("v2", updated_at=THEN + 2))


async def test_the_last_event_id_goes_before_since_and_since_before_snapshot(
    instance: Instance,
) -> None:
    before, after = (format_milliseconds(THEN + ALLOWANCE + n) for n in (0, 2))
    path = f"{PATH}?since={after}&snapshot=20"
    async with reading(instance, path) as stream:
        name, subscribed, _ = await stream.event()
        assert name == "subscribed"
        assert "snapshot" not in subscribed
    async with reading(instance, path, **{"Last-Event-ID": before}) as stream:
        assert len(await stream.until_subscribed()) == 3
    async with reading(instance, f"{PATH}?snapshot=1", **{"Last-Event-ID": before}) as stream:
        assert len(await stream.until_subscribed()) == 3


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/shop/ama%20ni/events",
        f"{PATH}?since=yesterday",
        f"{PATH}?snapshot=0",
        f"{PATH}?snapshot=51",
        f"{PATH}?snapshot=many",
    ],
)
async def test_invalid_parameters_are_a_problem(instance: Instance, path: str) -> None:
    async with reading(instance, path) as stream:
        assert stream.response.status == 400
        assert stream.response.content_type == "application/problem+json"


@pytest.mark.parametrize("last_event_id", ["42", "2026-11-18", "é", ","])
@pytest.mark.parametrize("query", ["", "?snapshot=20", "?since=2026-01-01T00:00:00Z"])
async def test_an_event_source_with_an_unknown_id_is_asked_to_reload_and_goes_on(
    instance: Instance, last_event_id: str, query: str
) -> None:
    async with reading(instance, PATH + query, **{"Last-Event-ID": last_event_id}) as stream:
        assert stream.response.status == 200
        name, asked, event_id = await stream.event()
        assert (name, asked["reason"], event_id) == ("resync", "unknown_mark", None)
        name, subscribed, event_id = await stream.event()
        assert (name, event_id) == ("subscribed", subscribed["timestamp"])
        assert "snapshot" not in subscribed


async def test_an_id_that_is_sent_twice_is_unknown(instance: Instance) -> None:
    twice = CIMultiDict([("Last-Event-ID", format_milliseconds(THEN))] * 2)
    async with (
        aiohttp.ClientSession(instance.url) as session,
        session.get(PATH, headers=twice) as response,
    ):
        assert (await Reader(response).event())[1]["reason"] == "unknown_mark"


async def test_an_empty_id_is_none(instance: Instance) -> None:
    async with reading(instance, f"{PATH}?snapshot=1", **{"Last-Event-ID": ""}) as stream:
        assert "snapshot" in (await stream.event())[1]


@pytest.mark.parametrize("wanted", ["since=1970-01-01T00:00:00Z", "snapshot=50"])
async def test_a_client_that_asks_again_and_again_is_slowed_and_not_made_deaf(
    instance: Instance, monkeypatch: pytest.MonkeyPatch, wanted: str
) -> None:
    monkeypatch.setattr(shared_reads, "_READS_IN_A_ROW", 1)
    began = time.monotonic()
    for _ in range(3):
        async with reading(instance, f"{PATH}?{wanted}") as stream:
            assert (await stream.until_subscribed())[-1] == "subscribed"
    assert time.monotonic() - began >= 2 / shared_reads._READS_PER_SECOND * 0.9
