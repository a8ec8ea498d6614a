"""`lastKey`: taken however it was encoded, refused when it was not given by this list."""

import json
from typing import Any
from urllib.parse import quote, unquote

import pytest
from aiohttp import ClientSession
from yarl import URL

from assembly_service.domain.timestamps import format_milliseconds
from tests.harness.web import NOON, SELLER, ManualClock, Shelf, load, make_product, products_path

SINCE = "2026-11-02T10:00:00Z"
NEWEST = {
    "seller_handle": SELLER,
    "video_id": "v1",
    "timestamp": format_milliseconds(NOON),
}
CHANGES = {**NEWEST, "updated_at": format_milliseconds(NOON - 3_600_000)}


async def refusals(api: ClientSession, **parameters: str) -> list[dict[str, str]]:
    """The broken parameters of a list that must be refused."""
    async with api.get(products_path(), params=parameters) as response:
        body = await response.json(content_type="application/problem+json")
        assert response.status == 400, body
        errors: list[dict[str, str]] = body["errors"]
        return errors


@pytest.mark.parametrize("since", [None, SINCE])
@pytest.mark.parametrize("times", [0, 1, 2])
async def test_a_cursor_is_taken_raw_as_given_and_encoded_once_more(
    api: ClientSession, shelf: Shelf, times: int, since: str | None
) -> None:
    await shelf.put(*(make_product(f"v{number}") for number in range(2)))
    parameters = {"limit": "1"} | ({"since": since} if since else {})
    first = await load(api, products_path(), **parameters)
    in_url = unquote(first["pagination"]["lastEvaluatedKey"])
    for _ in range(times):
        in_url = quote(in_url, safe="")

    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    url = URL(f"{products_path()}?{query}&lastKey={in_url}", encoded=times > 0)
    async with api.get(url) as response:
        second = await response.json()

    ids = {page["products"][0]["video_id"] for page in (first, second)}
    assert ids == {"v0", "v1"}
    assert second["pagination"]["hasMore"] is False


async def test_the_key_set_is_fixed_for_each_mode(api: ClientSession, shelf: Shelf) -> None:
    await shelf.put(*(make_product(f"v{number}") for number in range(2)))
    newest = await load(api, products_path(), limit=1)
    changes = await load(api, products_path(), limit=1, since=SINCE)
    keys = [
        json.loads(unquote(page["pagination"]["lastEvaluatedKey"])) for page in (newest, changes)
    ]
    assert keys == [
        {"seller_handle": SELLER, "video_id": "v1", "timestamp": format_milliseconds(NOON)},
        {
            "seller_handle": SELLER,
            "video_id": "v0",
            "updated_at": format_milliseconds(NOON - 3_600_000),
            "timestamp": format_milliseconds(NOON),
        },
    ]


@pytest.mark.parametrize(
    "forged",
    [
        {**NEWEST, "seller_handle": "another_seller"},
        {**NEWEST, "video_id": "v 1"},
        {**NEWEST, "video_id": ""},
        {**NEWEST, "video_id": 1},
        {**NEWEST, "video_id": ["v1"]},
        {**NEWEST, "timestamp": "2026-11-02T12:00:00Z"},
        {**NEWEST, "timestamp": "2026-13-02T12:00:00.000Z"},
        {**NEWEST, "timestamp": "2026-11-02T12:00:00.000Z\n"},
        {**NEWEST, "timestamp": "٢٠٢٦-11-02T12:00:00.000Z"},
        {**NEWEST, "timestamp": NOON},
        {**NEWEST, "timestamp": None},
        {**NEWEST, "timestamp": format_milliseconds(NOON + 5_001)},
        {**NEWEST, "extra": "key"},
        {"seller_handle": SELLER, "video_id": "v1"},
        CHANGES,
        {},
        [],
        "text",
        None,
    ],
)
async def test_a_forged_cursor_of_the_newest_is_refused(api: ClientSession, forged: Any) -> None:
    (error,) = await refusals(api, lastKey=quote(json.dumps(forged)))
    assert error["parameter"] == "lastKey"


@pytest.mark.parametrize(
    "forged",
    [
        NEWEST,
        {**CHANGES, "updated_at": "yesterday"},
        {**CHANGES, "updated_at": "2026-11-02T11:00:00.000+00:00"},
        {**CHANGES, "updated_at": None},
        {**CHANGES, "updated_at": "2026-11-02T09:59:50.000Z"},
        {**CHANGES, "seller_handle": "another_seller"},
    ],
)
async def test_a_forged_cursor_of_changes_is_refused(api: ClientSession, forged: Any) -> None:
    (error,) = await refusals(api, since=SINCE, lastKey=quote(json.dumps(forged)))
    assert error["parameter"] == "lastKey"


@pytest.mark.parametrize("text", ["", "x", "%", "{", "%7B%22", "null", "[" * 2_000, "NaN"])
async def test_what_is_no_json_is_refused(api: ClientSession, text: str) -> None:
    (error,) = await refusals(api, lastKey=text)
    assert error["parameter"] == "lastKey"


async def test_a_clock_ahead_by_the_allowance_is_no_forgery(
    api: ClientSession, clock: ManualClock
) -> None:
    ahead = {**NEWEST, "timestamp": format_milliseconds(NOON + 5_000)}
    page = await load(api, products_path(), lastKey=quote(json.dumps(ahead)))
    assert page["metadata"]["timestamp"] == ahead["timestamp"]
