"""The issuer is asked for its keys at start, and may be unreachable then."""

import asyncio

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from assembly_service.access.tokens import KeysUnavailable, open_verifier
from assembly_service.settings.drafts import TokenSettings
from tests.access.issuer import private_key, running_issuer
from tests.access.tokens import bearer, signed_by


async def test_an_unreachable_issuer_is_logged_at_start_and_asked_again(
    unused_tcp_port: int,
) -> None:
    registry = CollectorRegistry()
    url = f"http://127.0.0.1:{unused_tcp_port}/jwks.json"
    with capture_logs() as logs:
        async with open_verifier(TokenSettings(jwt_jwks_url=url), registry) as verifier:
            [warning] = logs
            assert (warning["event"], warning["log_level"]) == ("token_keys_not_fetched", "warning")
            with pytest.raises(KeysUnavailable):
                await verifier.caller(bearer(signed_by(private_key("first"), "first")))
    assert registry.get_sample_value("assembly_token_keys_fetch_failures_total") == 2


async def test_the_log_line_of_a_broken_answer_does_not_contain_the_query_of_the_url() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nbroken\x00header\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    settings = TokenSettings(jwt_jwks_url=f"http://127.0.0.1:{port}/keys?code=hush")
    with capture_logs() as logs:
        async with server, open_verifier(settings, CollectorRegistry()):
            [warning] = logs
    assert warning["event"] == "token_keys_not_fetched"
    assert "hush" not in str(warning)


async def test_the_issuer_is_asked_once_at_start() -> None:
    async with (
        running_issuer() as issuer,
        open_verifier(TokenSettings(jwt_jwks_url=issuer.url), CollectorRegistry()) as verifier,
    ):
        assert issuer.asked == 1
        assert await verifier.caller(bearer(signed_by(private_key("first"), "first")))
        assert issuer.asked == 1
