"""A request that waits is answered as soon as something changes, and misses nothing."""

import asyncio
import itertools
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import ClientResponse, ClientSession, web

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.shop import held_requests
from assembly_service.shop.held_requests import HeldRequests
from tests.harness.hooks import after_call, before_call
from tests.harness.web import NOON, Shelf, make_product, products_path

PATIENCE = 20
LONG = 30
SINCE = format_milliseconds(NOON - 3_600_000)
PRODUCT = f"{products_path()}/v9"


async def tag(api: ClientSession, path: str = products_path(), **parameters: str) -> str:
    async with api.get(path, params=parameters) as response:
        return response.headers["ETag"]


async def get(
    api: ClientSession, held: str = "", path: str = products_path(), **parameters: str
) -> tuple[ClientResponse, Any]:
    """The answer to a request that waits for long, and its body."""
    headers = {"Prefer": f"wait={LONG}", **({"If-None-Match": held} if held else {})}
    async with (
        asyncio.timeout(PATIENCE),
        api.get(path, params=parameters, headers=headers) as response,
    ):
        return response, await response.json(content_type=None)


class Calls:
    """Counts the calls of one method of the database's client."""

    def __init__(self, dynamodb: Any, method: str) -> None:
        self.begun = 0
        self.done = asyncio.Semaphore(0)
        before_call(dynamodb, method, self._begin)
        after_call(dynamodb, method, lambda _: self.done.release())

    def _begin(self) -> None:
        self.begun += 1

    async def until_done(self, count: int = 1) -> None:
        async with asyncio.timeout(PATIENCE):
            for _ in range(count):
                await self.done.acquire()


@pytest.mark.parametrize("parameters", [{}, {"since": SINCE}], ids=str)
async def test_a_list_is_answered_when_a_product_comes(
    api: ClientSession, shelf: Shelf, dynamodb: Any, parameters: dict[str, str]
) -> None:
    held = await tag(api, **parameters)
    queries = Calls(dynamodb, "query")
    answer = asyncio.create_task(get(api, held, **parameters))
    await queries.until_done()
    await shelf.put(make_product("v1", updated_at=NOON))
    response, body = await answer
    assert response.status == 200
    assert response.headers["Preference-Applied"] == f"wait={LONG}"
    assert [each["video_id"] for each in body["products"]] == ["v1"]
    assert response.headers["ETag"] == await tag(api, **parameters)


async def test_a_product_is_answered_when_it_comes(
    api: ClientSession, shelf: Shelf, dynamodb: Any
) -> None:
    reads = Calls(dynamodb, "get_item")
    answer = asyncio.create_task(get(api, path=PRODUCT))
    await reads.until_done()
    await shelf.put(make_product("v9", updated_at=NOON))
    response, body = await answer
    assert (response.status, body["video_id"]) == (200, "v9")
    assert response.headers["Preference-Applied"] == f"wait={LONG}"


async def test_a_product_is_answered_when_it_changes(
    api: ClientSession, shelf: Shelf, dynamodb: Any
) -> None:
    await shelf.put(make_product("v9"))
    held = await tag(api, PRODUCT)
    reads = Calls(dynamodb, "get_item")
    answer = asyncio.create_task(get(api, held, PRODUCT))
    await reads.until_done()
    await shelf.put(make_product("v9", updated_at=NOON, title="Saucer"))
    response, body = await answer
    assert (response.status, body["title"]) == (200, "Saucer")


@pytest.mark.parametrize("path", [products_path(), PRODUCT], ids=["list", "product"])
async def test_what_is_committed_during_the_read_is_not_missed(
    api: ClientSession, shelf: Shelf, dynamodb: Any, path: str
) -> None:
    held = await tag(api) if path == products_path() else ""
    commits = [make_product("v9", updated_at=NOON)]

    async def commit(_: object) -> None:
        """After the database has answered, and before the answer arrives."""
        if commits:
            await shelf.put(commits.pop())

    after_call(dynamodb, "query" if held else "get_item", commit)
    response, _ = await get(api, held, path)
    assert response.status == 200


@pytest.mark.parametrize("path", [products_path(), PRODUCT], ids=["list", "product"])
async def test_what_nobody_tells_this_instance_is_found_by_itself(
    api: ClientSession,
    shelf: Shelf,
    dynamodb: Any,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(held_requests, "_WATCH_SECONDS", 0.01)
    shelf.told.clear()
    held = await tag(api) if path == products_path() else ""
    reads = Calls(dynamodb, "query")
    answer = asyncio.create_task(get(api, held, path))
    await reads.until_done(3)
    # Stamped by the clock that is furthest behind, by the writer that was the slowest.
    await shelf.put(make_product("v9", updated_at=NOON - 9_999))
    response, _ = await answer
    assert response.status == 200


async def test_no_window_from_before_a_request_makes_it_wait(
    api: ClientSession, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_requests, "_WATCH_SECONDS", PATIENCE)
    shelf.told.clear()
    held = await tag(api, since=SINCE)
    await shelf.put(make_product("v1", updated_at=NOON))
    response, _ = await get(api, held, since=SINCE)
    assert response.status == 200


async def test_those_who_wait_share_their_reads(
    api: ClientSession, shelf: Shelf, dynamodb: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(held_requests, "_WATCH_SECONDS", PATIENCE)
    held = await tag(api)
    of_changes = await tag(api, since=SINCE)
    numbers, all_wait = itertools.count(1), asyncio.Event()
    add = HeldRequests._add

    def count(held_ones: HeldRequests, *request: Any) -> None:
        add(held_ones, *request)
        if next(numbers) == 40:
            all_wait.set()

    monkeypatch.setattr(HeldRequests, "_add", count)
    reads = Calls(dynamodb, "query")
    before_call(dynamodb, "query", all_wait.wait)
    answers = [asyncio.create_task(get(api, held)) for _ in range(20)]
    answers += [asyncio.create_task(get(api, of_changes, since=SINCE)) for _ in range(20)]
    await reads.until_done(2)
    await shelf.put(make_product("v1", updated_at=NOON))
    assert [(await answer)[0].status for answer in answers] == [200] * 40
    assert reads.begun <= 12


@pytest.mark.parametrize(
    ("headers", "path"),
    [
        ({"Prefer": "wait=30"}, products_path()),
        ({"Prefer": "wait=30", "If-None-Match": "nonsense"}, products_path()),
        ({"Prefer": "wait=soon", "If-None-Match": "*"}, products_path()),
        ({"Prefer": "wait=0", "If-None-Match": "*"}, products_path()),
        ({"If-None-Match": "*"}, products_path()),
        ({"Prefer": "respond-async"}, PRODUCT),
    ],
)
async def test_without_a_tag_or_a_wait_the_answer_comes_at_once(
    api: ClientSession, headers: Mapping[str, str], path: str
) -> None:
    async with asyncio.timeout(PATIENCE), api.get(path, headers=headers) as response:
        assert response.status in {200, 304, 404}
        assert "Preference-Applied" not in response.headers


async def test_a_later_page_does_not_wait(api: ClientSession, shelf: Shelf) -> None:
    await shelf.put(make_product("v1"), make_product("v2"))
    async with api.get(products_path(), params={"limit": 1}) as first:
        last_key = (await first.json())["pagination"]["lastEvaluatedKey"]
    response, _ = await get(api, "*", lastKey=last_key)
    assert response.status == 304
    assert "Preference-Applied" not in response.headers


async def test_a_tag_that_does_not_fit_is_answered_at_once(api: ClientSession) -> None:
    response, _ = await get(api, '"other"')
    assert response.status == 200
    assert response.headers["Preference-Applied"] == f"wait={LONG}"


@pytest.mark.parametrize(
    ("path", "held", "status"), [(products_path(), "*", 304), (PRODUCT, "", 404)]
)
async def test_a_waiting_request_is_answered_when_the_service_stops(
    api: ClientSession,
    application: web.Application,
    dynamodb: Any,
    path: str,
    held: str,
    status: int,
) -> None:
    reads = Calls(dynamodb, "query" if held else "get_item")
    answer = asyncio.create_task(get(api, held, path))
    await reads.until_done()
    await application.shutdown()
    response, _ = await answer
    assert response.status == status
    assert response.headers["Preference-Applied"] == f"wait={LONG}"


async def test_a_wait_ends_after_the_seconds_that_the_client_gave(
    api: ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = []
    hold = HeldRequests.hold

    async def in_no_time(self: HeldRequests, *seller: str, seconds: float, **more: Any) -> Any:
        given.append(seconds)
        return await hold(self, *seller, seconds=seconds / 1_000, **more)

    monkeypatch.setattr(HeldRequests, "hold", in_no_time)
    held = await tag(api)
    for path, status in ((products_path(), 304), (PRODUCT, 404)):
        response, _ = await get(api, held, path)
        assert response.status == status
    assert given == [LONG, LONG]
