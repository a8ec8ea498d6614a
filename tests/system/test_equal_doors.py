"""Whichever door a client takes, it ends with exactly what the table holds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.notification import event_door
from assembly_service.service import running_service
from assembly_service.settings.service import Settings
from tests.harness.door_followers import Follower, Held, event_source_following, polling
from tests.harness.follower import following
from tests.harness.pipeline import Pipeline, eventually
from tests.harness.small_events import event
from tests.harness.valkey import free_port
from tests.notification.proxy import Proxy, proxy_to

SELLER = "amani"
ROUNDS, VIDEOS = 5, 20


async def publish(account: Pipeline, kind: HalfKind, second: int, videos: Sequence[int]) -> None:
    """Publish a half of each video."""
    keys = [ProductKey(SELLER, f"v{video:03}") for video in videos]
    await asyncio.gather(*(account.send(kind, event(kind, second, key=key)) for key in keys))


async def in_table(account: Pipeline) -> Held:
    """Every product as clients have to hold it."""
    products = (await account.products()).values()
    shown = [exact_json.loads(exact_json.dumps(each.shown()).decode()) for each in products]
    return {product["video_id"]: product for product in shown}


async def cut(proxy: Proxy) -> None:
    """Cut every connection; new ones are taken at once."""
    proxy.cut()
    await asyncio.sleep(0)
    proxy.restore()


@asynccontextmanager
async def all_doors(url: str) -> AsyncIterator[dict[str, Follower]]:
    """A client at each door."""
    async with AsyncExitStack() as opened:
        enter = opened.enter_async_context
        yield {
            "socket": await enter(following(url, [SELLER])),
            "event stream": await enter(event_source_following(url, SELLER)),
            "waiting poller": await enter(polling(url, SELLER, prefer="wait=20")),
            "plain poller": await enter(polling(url, SELLER)),
        }


async def test_clients_at_all_doors_hold_what_the_table_holds_after_cuts_and_a_restart(
    account: Pipeline, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_door, "_RETRY_SECONDS", (0.05, 0.1))
    monkeypatch.setattr(event_door, "_DEPLOY_RETRY_SECONDS", (0.05, 0.1))
    fixed = settings.model_copy(update={"port": free_port()})
    async with proxy_to(f"http://127.0.0.1:{fixed.port}") as proxy, AsyncExitStack() as service:
        await service.enter_async_context(running_service(fixed))
        async with all_doors(proxy.url.replace("redis", "http")) as clients:
            for number in range(ROUNDS):
                videos = range(number * VIDEOS, (number + 1) * VIDEOS)
                await publish(account, HalfKind.CAPTION, 1, videos)
                await cut(proxy)
                await publish(account, HalfKind.THUMBNAIL, 1, videos)
                if number == ROUNDS // 2:
                    await service.aclose()
                    await service.enter_async_context(running_service(fixed))
                await publish(account, HalfKind.CAPTION, 2, videos)
                await cut(proxy)
            await account.drained()
            expected = await in_table(account)
            assert len(expected) == ROUNDS * VIDEOS
            assert {product["title"] for product in expected.values()} == {"2"}

            async def all_equal() -> bool:
                return all(client.catalogue == expected for client in clients.values())

            try:
                await eventually(all_equal)
            except TimeoutError:
                for door, client in clients.items():
                    assert client.catalogue == expected, door
