"""The issuer's keys are fetched when needed, rarely, and kept while the issuer is unreachable."""

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from assembly_service.access.key_set import KeySet
from assembly_service.access.tokens import KeysUnavailable, TokenVerifier, Unauthorized
from tests.access.conftest import Time, hurry
from tests.access.issuer import Issuer, private_key, public_key
from tests.access.tokens import bearer, signed_by


async def test_concurrent_callers_share_one_fetch(keys: KeySet, issuer: Issuer) -> None:
    issuer.may_answer.clear()
    async with asyncio.TaskGroup() as group:
        found = [group.create_task(keys.find("first")) for _ in range(20)]
        hangs_up = group.create_task(keys.find("first"))
        await issuer.is_asked.wait()
        hangs_up.cancel()
        issuer.may_answer.set()
    assert all(task.result() is not None for task in found)
    assert issuer.asked == 1


async def test_keys_are_valid_for_ten_minutes(keys: KeySet, issuer: Issuer, passing: Time) -> None:
    await keys.find("first")
    passing.seconds += 299
    await keys.find("first")
    assert issuer.asked == 1
    issuer.keys = [public_key("second")]
    passing.seconds += 301
    assert await keys.find("first") is None
    assert await keys.find("second") is not None
    assert issuer.asked == 2


async def test_keys_are_renewed_after_five_minutes_and_nobody_waits_for_it(
    keys: KeySet, issuer: Issuer, passing: Time
) -> None:
    await keys.find("first")
    issuer.keys = [public_key("second")]
    passing.seconds += 300
    assert await keys.find("first") is not None
    await keys.refresh()
    assert await keys.find("first") is None
    assert issuer.asked == 2


async def test_only_the_first_after_ten_minutes_waits_for_a_silent_issuer(
    keys: KeySet, issuer: Issuer, passing: Time
) -> None:
    await keys.find("first")
    hurry(keys)
    issuer.may_answer.clear()
    issuer.is_asked.clear()
    passing.seconds += 600
    first = asyncio.ensure_future(keys.find("first"))
    await issuer.is_asked.wait()
    assert not first.done()
    assert await first is not None
    for asked in range(3, 6):
        passing.seconds += 30
        issuer.is_asked.clear()
        found = asyncio.ensure_future(keys.find("first"))
        await asyncio.sleep(0)
        assert found.done()
        assert found.result() is not None
        await issuer.is_asked.wait()
        assert issuer.asked == asked
        await keys.refresh()


async def test_an_unknown_key_id_triggers_a_fetch_but_not_for_every_token(
    keys: KeySet, issuer: Issuer, passing: Time
) -> None:
    await keys.find("first")
    issuer.keys = [public_key("first"), public_key("second")]
    assert await keys.find("second") is None
    assert issuer.asked == 1
    passing.seconds += 30
    assert await keys.find("second") is not None
    for _ in range(10):
        assert await keys.find("third") is None
    assert issuer.asked == 2


def _failing() -> web.Response:
    return web.Response(status=503)


async def test_without_the_issuer_its_last_keys_are_used_for_a_day(
    keys: KeySet, issuer: Issuer, passing: Time
) -> None:
    await keys.find("first")
    issuer.answer = _failing
    passing.seconds += 86_399
    for _ in range(5):
        assert await keys.find("first") is not None
    assert issuer.asked == 2
    passing.seconds += 1
    with pytest.raises(KeysUnavailable):
        await keys.find("first")
    issuer.answer = issuer.published
    assert await keys.find("first") is not None


@pytest.mark.parametrize(
    "answer",
    [
        _failing,
        lambda: web.Response(status=404),
        lambda: web.Response(status=302, headers={"Location": "/elsewhere.json"}),
        lambda: web.Response(body=b"not JSON"),
        lambda: web.Response(body=b"\xff"),
        lambda: web.Response(body=b"[" * 100_000),
        lambda: web.Response(body=b"[]"),
        lambda: web.Response(body=b'{"keys": {}}'),
        lambda: web.Response(body=b'{"keys": []}' + b" " * 1_048_577),
    ],
)
async def test_an_answer_that_is_no_key_set_makes_the_keys_unavailable(
    verifier: TokenVerifier, issuer: Issuer, answer: Callable[[], web.Response]
) -> None:
    issuer.answer = answer
    with pytest.raises(KeysUnavailable):
        await verifier.caller(bearer(signed_by(private_key("first"), "first")))
    issuer.answer = issuer.published
    caller = await verifier.caller(bearer(signed_by(private_key("first"), "first")))
    assert caller.user_id == "user-1"


async def test_waiting_for_a_silent_issuer_is_limited(keys: KeySet, issuer: Issuer) -> None:
    hurry(keys)
    issuer.may_answer.clear()
    with pytest.raises(KeysUnavailable):
        await keys.find("first")


async def test_a_malformed_token_triggers_no_fetch(verifier: TokenVerifier, issuer: Issuer) -> None:
    with pytest.raises(Unauthorized):
        await verifier.caller("Bearer garbage")
    assert issuer.asked == 0


async def test_closing_cancels_a_running_fetch(keys: KeySet, issuer: Issuer) -> None:
    issuer.may_answer.clear()
    call = asyncio.create_task(keys.find("first"))
    await issuer.is_asked.wait()
    await keys.close()
    with pytest.raises(asyncio.CancelledError):
        await call


async def test_the_age_of_the_keys_and_failures_to_fetch_them_are_metrics(
    keys: KeySet, issuer: Issuer, passing: Time, registry: CollectorRegistry
) -> None:
    def figures() -> list[float | None]:
        names = ("age_seconds", "fetch_failures_total")
        return [registry.get_sample_value(f"assembly_token_keys_{name}") for name in names]

    assert figures() == [float("inf"), 0]
    await keys.find("first")
    passing.seconds += 700
    issuer.answer = _failing
    await keys.find("first")
    assert figures() == [700, 1]
