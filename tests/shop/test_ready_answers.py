"""Everyone who loads a shop is sent the same bytes, compressed once for all who accept that."""

import asyncio
import gzip
from typing import Any

import pytest
from aiohttp import ClientSession, web

from assembly_service.http.responses import ReadyBody
from assembly_service.shop.recent_changes import RecentChanges
from tests.harness.web import SELLER, Shelf, make_product, products_path

_compress = gzip.compress


@pytest.fixture
def compressed(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size of each body that was compressed."""
    sizes: list[int] = []

    def compress(content: bytes, **options: Any) -> bytes:
        sizes.append(len(content))
        return _compress(content, **options)

    monkeypatch.setattr(gzip, "compress", compress)
    return sizes


async def answer(api: ClientSession, coding: str) -> tuple[str | None, str, bytes]:
    async with api.get(products_path(), headers={"Accept-Encoding": coding}) as response:
        assert response.status == 200
        assert "Accept-Encoding" in response.headers["Vary"]
        return (
            response.headers.get("Content-Encoding"),
            response.headers["ETag"],
            (await response.read()),
        )


async def test_a_page_is_compressed_once_for_all_and_only_for_who_accepts_it(
    api: ClientSession,
    shelf: Shelf,
    recent_changes: RecentChanges,
    compressed: list[int],
    queries: list[Any],
) -> None:
    await shelf.put(*(make_product(f"v{n}") for n in range(3)))
    answers = await asyncio.gather(*(answer(api, "gzip, br") for _ in range(20)))
    plain, refused = await answer(api, "identity"), await answer(api, "gzip;q=0")
    assert {coding for coding, _, _ in answers} == {"gzip"}
    assert (plain[0], refused[0]) == (None, None)
    assert len({found[1:] for found in [*answers, plain, refused]}) == 1
    assert len(compressed) == 1
    recent_changes.add(SELLER, make_product("v9").shown())
    assert b'"v9"' in (await answer(api, "gzip"))[2]
    assert len(compressed) == 2
    assert len(queries) == 1


@pytest.fixture
def queries(application: web.Application, dynamodb: Any) -> list[Any]:
    """The queries of the table so far."""
    found: list[Any] = []
    query = dynamodb.query

    async def counted(**request: Any) -> Any:
        found.append(request)
        return await query(**request)

    dynamodb.query = counted
    return found


async def test_who_leaves_during_the_compression_leaves_it_to_the_others() -> None:
    ready = ReadyBody(b"x" * 2_000, version=[])
    leaving, staying = (asyncio.create_task(ready.compressed()) for _ in range(2))
    await asyncio.sleep(0)
    leaving.cancel()
    assert gzip.decompress(await staying) == ready.content
