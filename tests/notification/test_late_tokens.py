"""Whoever has a token that is verified only during the goodbyes is not let in any more."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import ClientSession

from assembly_service.access.tokens import TokenVerifier
from assembly_service.notification.socketio import connection
from assembly_service.runtime.clock import wall_clock
from tests.access.tokens import bearer
from tests.harness.web import ManualClock
from tests.notification.raw import CONNECT, polling_session
from tests.notification.readers import lasting, served
from tests.notification.streams import PATH, open_streams
from tests.notification.support import PATIENCE_SECONDS, until


@dataclass
class SlowTokens:
    """Tokens whose verification waits for the test."""

    asked: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)


@pytest.fixture
def slow_tokens(monkeypatch: pytest.MonkeyPatch) -> SlowTokens:
    claims_of, tokens = TokenVerifier.claims, SlowTokens()

    async def claims(verifier: TokenVerifier, token: str) -> dict[str, Any]:
        tokens.asked.set()
        await tokens.go_on.wait()
        return await claims_of(verifier, token)

    monkeypatch.setattr(TokenVerifier, "claims", claims)
    return tokens


async def test_a_stream_whose_token_is_verified_while_the_service_closes_is_told_so_and_ends(
    slow_tokens: SlowTokens,
) -> None:
    headers = {"Authorization": bearer(lasting(1))}
    async with (
        served(ManualClock(wall_clock())) as instance,
        ClientSession(instance.url) as http,
        asyncio.TaskGroup() as tasks,
    ):
        answering = tasks.create_task(http.get(PATH, headers=headers))
        await slow_tokens.asked.wait()
        await instance.notification.close("The service stops.")
        slow_tokens.go_on.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert "The service stops." in await (await answering).text()
        assert not open_streams(instance)


async def test_a_client_whose_token_is_verified_during_its_goodbye_does_not_join(
    slow_tokens: SlowTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "CLOSE_SECONDS", 10 * PATIENCE_SECONDS)
    async with served(ManualClock(wall_clock())) as instance, polling_session(instance) as session:
        await session.send(CONNECT + json.dumps({"token": lasting(1)}))
        await slow_tokens.asked.wait()
        leaving = instance.connections[session.sid]
        leaving.dismiss(None, "The service stops.")
        slow_tokens.go_on.set()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await until(lambda: leaving.inbox is None)
        assert (leaving.client_id, instance.notification.subscriptions.total_connections) == ("", 0)
