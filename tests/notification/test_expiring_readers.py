"""Whoever watches a seller by a token does so until the token expires."""

import asyncio
import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from aiohttp import ClientSession, WSMsgType

from assembly_service.access.tickets import Tickets
from assembly_service.access.tokens import KeysUnavailable, TokenVerifier
from assembly_service.notification import expiries
from assembly_service.notification.expiries import Expiries
from assembly_service.runtime.clock import wall_clock
from tests.access.tokens import SECRET, bearer, signed
from tests.harness.web import ManualClock
from tests.notification.clients import python_client, stock_client
from tests.notification.raw import CONNECT, polling_session, raw_websocket, subscribe
from tests.notification.readers import HOUR, lasting, served
from tests.notification.streams import PATH, Reader
from tests.notification.support import (
    Table,
    plain_settings,
    product,
    running_instance,
    until,
)


@pytest.fixture(autouse=True)
def quick_ticks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiries, "_TICK_SECONDS", 0.01)


@pytest.mark.parametrize("transport", ["websocket", "polling"])
async def test_a_stock_client_is_told_that_its_token_expired_and_comes_back_with_another(
    transport: str,
) -> None:
    clock = ManualClock(wall_clock())
    async with (
        served(clock) as instance,
        stock_client(instance, transports=(transport,), auth={"token": lasting(1)}) as client,
        python_client(instance, token=lasting(3)) as other,
    ):
        await client.subscribe("amani")
        await other.subscribe("amani")
        await client.record.first("subscribed")
        await client.command(auth={"token": lasting(3)})
        clock.now += 2 * HOUR
        assert (await client.record.first("error"))["code"] == "token_expired"
        await client.record.first("connected", count=2)
        assert client.record.of("disconnect") == [{"reason": "transport close"}]
        assert instance.notification.subscriptions.clients_per_seller() == {"amani": 1}
        await instance.announce(product("v1"))
        await other.record.first("new_product")
        await client.subscribe("amani")
        await client.record.first("subscribed", count=2)
        assert client.record.of("new_product") == []


async def test_a_poller_is_told_that_its_token_expired_though_no_poll_of_it_waits() -> None:
    clock = ManualClock(wall_clock())
    async with served(clock) as instance, polling_session(instance) as session:
        await session.send(CONNECT + json.dumps({"token": lasting(1)}))
        assert "connected" in "".join(await session.receive())
        clock.now += 2 * HOUR
        connection = instance.connections[session.sid]
        polling = connection.polling
        assert polling is not None
        await until(lambda: polling.unread > 2)
        *told, last = await session.receive()
        assert ("token_expired" in "".join(told), last) == (True, "1")


@pytest.mark.parametrize("asked", [{"since": "2020-01-01T00:00:00.000Z"}, {"snapshot": 5}], ids=str)
async def test_what_is_read_while_the_token_expires_is_not_shown(asked: dict[str, Any]) -> None:
    clock, table = ManualClock(wall_clock()), Table(product("v1"))
    table.go_on.clear()
    reads = {"changed_since": table.changed_since, "newest": table.newest}
    async with served(clock, reads=reads) as instance, polling_session(instance) as session:
        await session.send(CONNECT + json.dumps({"token": lasting(1)}))
        await session.receive()
        await session.send(subscribe("amani", **asked))
        await table.reading.wait()
        connection = instance.connections[session.sid]
        polling = connection.polling
        assert polling is not None
        clock.now += 2 * HOUR
        await until(lambda: polling.unread > 2)
        table.go_on.set()
        await until(lambda: connection.inbox is None)
        packets = "".join(await session.receive())
        assert ("v1" in packets, "subscribed" in packets) == (False, False)
        assert packets.count("token_expired") == 2


async def test_after_the_goodbye_nothing_is_handled_that_a_poller_still_sends() -> None:
    clock = ManualClock(wall_clock())
    async with served(clock) as instance, polling_session(instance) as session:
        await session.send(CONNECT + json.dumps({"token": lasting(1)}))
        await session.receive()
        connection = instance.connections[session.sid]
        clock.now += 2 * HOUR
        await until(lambda: connection.is_dismissed)
        await session.send(subscribe("amani"))
        assert not instance.notification.subscriptions.clients_per_seller()
        assert "seller_handle" not in "".join(await session.receive())


async def test_a_connection_ends_with_the_third_token_that_is_refused() -> None:
    connect = CONNECT + json.dumps({"token": signed(exp=1)})
    async with served(ManualClock(wall_clock())) as instance:
        async with raw_websocket(instance) as ws:
            for _ in range(10):
                await ws.send_str(connect)
            refused = [await ws.receive_str() for _ in range(3)]
            assert all("token_refused" in each for each in refused)
            assert (await ws.receive()).type is WSMsgType.CLOSE
        async with polling_session(instance) as session:
            await session.send("\x1e".join([connect] * 10))
            connection = instance.connections[session.sid]
            await until(lambda: connection.is_dismissed and connection.inbox is None)
            await session.send(connect)
            *refused, last = await session.receive()
            assert (len(refused), last) == (3, "1")


async def test_a_stream_ends_when_the_token_of_its_ticket_expires() -> None:
    clock = ManualClock(wall_clock())
    async with served(clock) as instance, ClientSession(instance.url) as http:
        headers = {"Authorization": bearer(lasting(1))}
        async with http.post(f"{PATH}/ticket", headers=headers) as answer:
            ticket = (await answer.json())["ticket"]
        async with http.get(PATH, params={"ticket": ticket}) as answer:
            reader = Reader(answer)
            assert await reader.until_subscribed() == ["subscribed"]
            clock.now += 2 * HOUR
            event, data, _ = await reader.event()
            assert (event, data["code"]) == ("token_expired", "token_expired")
            assert await reader.ended() == ""
        await until(lambda: not instance.notification.subscriptions.clients_per_seller())


async def test_a_ticket_counts_beside_a_header_for_somebody_else() -> None:
    async with served(ManualClock(wall_clock())) as instance, ClientSession(instance.url) as http:
        ticket = {"ticket": Tickets(SECRET).issue("amani", None)}
        basic = {"Authorization": "Basic dXNlcjpwYXNz"}
        async with http.get(PATH, params=ticket, headers=basic) as answer:
            assert answer.status == 200


async def test_where_no_tokens_are_needed_pages_learn_that_there_are_no_tickets() -> None:
    origin = "https://shop.example"
    settings = plain_settings(websocket_cors_origins=(origin,))
    async with (
        running_instance(settings=settings) as instance,
        ClientSession(instance.url) as http,
    ):
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        async with http.options(f"{PATH}/ticket", headers=asked) as answer:
            assert answer.status == 204
            assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]
        async with http.post(f"{PATH}/ticket", headers={"Origin": origin}) as answer:
            assert answer.status == 404
            assert answer.headers["Access-Control-Allow-Origin"] == origin


async def test_pages_that_may_follow_a_seller_may_get_a_ticket_and_others_may_not() -> None:
    origin = "https://shop.example"
    clock = ManualClock(wall_clock())
    async with (
        served(clock, websocket_cors_origins=(origin,)) as instance,
        ClientSession(instance.url) as http,
    ):
        for asking, admitted in ((origin, origin), ("https://elsewhere.example", None)):
            asked = {"Origin": asking, "Access-Control-Request-Method": "POST"}
            async with http.options(f"{PATH}/ticket", headers=asked) as answer:
                assert answer.headers.get("Access-Control-Allow-Origin") == admitted
                allowed = answer.headers.get("Access-Control-Allow-Headers", "")
                assert ("Authorization" in allowed) == (admitted is not None)
            headers = {"Origin": asking, "Authorization": bearer(lasting(1))}
            async with http.post(f"{PATH}/ticket", headers=headers) as answer:
                assert answer.headers.get("Access-Control-Allow-Origin") == admitted


async def test_while_the_keys_cannot_be_had_clients_are_not_refused_but_come_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    claims_of, asked = TokenVerifier.claims, asyncio.Event()

    async def unavailable(_: TokenVerifier, __: str) -> dict[str, object]:
        asked.set()
        raise KeysUnavailable

    monkeypatch.setattr(TokenVerifier, "claims", unavailable)
    token = lasting(1)
    async with served(ManualClock(wall_clock())) as instance, ClientSession(instance.url) as http:
        async with http.get(PATH, headers={"Authorization": bearer(token)}) as answer:
            # Any other status would end an EventSource for good.
            assert (answer.status, b"retry: " in await answer.read()) == (200, True)
        assert instance.metric("event_stream_requests_total", outcome="refused") == 1
        asked.clear()
        async with stock_client(instance, auth={"token": token}, first=None) as client:
            await asked.wait()
            monkeypatch.setattr(TokenVerifier, "claims", claims_of)
            await client.record.first("connected")
            assert client.record.of("connect_error") == []


async def test_a_token_in_the_header_of_the_handshake_counts_unless_the_client_sends_another() -> (
    None
):
    headers = {"Authorization": bearer(signed(sellers="baraka"))}
    async with served(ManualClock(wall_clock())) as instance:
        for transport in ("websocket", "polling"):
            async with python_client(instance, headers=headers, transport=transport) as client:
                assert (await client.subscribe("baraka"))["seller_handle"] == "baraka"
                assert (await client.subscribe("amani"))["code"] == "seller_not_allowed"
        async with python_client(instance, headers=headers, token=lasting(1)) as client:
            assert (await client.subscribe("amani"))["seller_handle"] == "amani"


@dataclass
class Ends:
    """What ended."""

    names: list[str] = field(default_factory=list)

    def add(self, name: str) -> None:
        self.names.append(name)

    def fail(self) -> None:
        raise ValueError("it does not end")


async def test_what_fails_to_end_fails_nobody_else_and_what_is_forgotten_does_not_end() -> None:
    clock, ends = ManualClock(), Ends()
    wheel = Expiries(clock)
    wheel.add(clock.now + 1, ends.fail)
    forget = wheel.add(clock.now + 1, lambda: ends.add("forgotten"))
    wheel.add(clock.now + 1, lambda: ends.add("first"))
    wheel.add(clock.now + HOUR, lambda: ends.add("second"))
    wheel.add(None, lambda: ends.add("never"))
    forget()
    forget()
    # However far the clock jumps.
    clock.now += HOUR
    await until(lambda: len(ends.names) == 2)
    assert ends.names == ["first", "second"]


async def test_of_those_that_end_together_only_some_end_at_once() -> None:
    clock, ends = ManualClock(), Ends()
    wheel = Expiries(clock)
    counts: set[int] = set()

    def end(name: str) -> None:
        ends.add(name)
        # Once those that end at once have ended.
        asyncio.get_running_loop().call_soon(lambda: counts.add(len(ends.names)))

    for number in range(500):
        wheel.add(clock.now + 1, partial(end, str(number)))
    forget = wheel.add(clock.now + HOUR, lambda: ends.add("later"))
    clock.now += 1_000
    await until(lambda: len(ends.names) >= 500 and max(counts) >= 500)
    assert (counts, "later" in ends.names) == ({200, 400, 500}, False)
    forget()
