"""The issuer's keys: fetched when needed, rarely, and kept while the issuer is unreachable."""

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator, Callable

import aiohttp
import pytest
from aiohttp import web
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm
from prometheus_client import CollectorRegistry

from assembly_service.access.key_set import ALGORITHM, KeySet, KeySetMetrics
from assembly_service.access.token_metrics import TokenMetrics
from assembly_service.access.tokens import (
    KeysUnavailable,
    TokenVerifier,
    Unauthorized,
)
from assembly_service.settings.drafts import TokenSettings
from tests.access.issuer import Issuer, private_key, public_key, running_issuer
from tests.access.tokens import SECRET, bearer, claims, encode, segment, signed, signed_by


class Time:
    """A clock that a test advances."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with running_issuer() as running:
        yield running


@pytest.fixture
def verifier(keys: KeySet, issuer: Issuer) -> TokenVerifier:
    settings = TokenSettings(jwt_jwks_url=issuer.url)
    return TokenVerifier(
        find_key=keys.find,
        algorithm=ALGORITHM,
        settings=settings,
        metrics=TokenMetrics(CollectorRegistry()),
    )


@pytest.fixture
def passing() -> Time:
    return Time()


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
async def keys(issuer: Issuer, passing: Time, registry: CollectorRegistry) -> AsyncIterator[KeySet]:
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=0.5)) as session:
        opened = KeySet(session, issuer.url, KeySetMetrics(registry), passing)
        yield opened
        await opened.close()


async def test_a_token_signed_with_a_published_key_says_who_calls(
    verifier: TokenVerifier, issuer: Issuer
) -> None:
    for _ in range(3):
        assert await verifier.caller(bearer(signed_by(private_key("first"), "first")))
    assert issuer.asked == 1


async def test_a_token_signed_with_another_key_is_refused(verifier: TokenVerifier) -> None:
    with pytest.raises(Unauthorized):
        await verifier.caller(bearer(signed_by(private_key("stranger"), "first")))
    with pytest.raises(Unauthorized):
        await verifier.caller(bearer(signed_by(private_key("stranger"), "stranger")))


@pytest.mark.parametrize("form", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
async def test_the_public_key_is_no_secret_to_sign_with(
    verifier: TokenVerifier, form: PublicFormat
) -> None:
    public = private_key("first").public_key()
    for encoding in (Encoding.PEM, Encoding.DER):
        signing = f"{segment({'alg': 'HS256', 'kid': 'first'})}.{segment(claims())}"
        mac = hmac.digest(public.public_bytes(encoding, form), signing.encode(), "sha256")
        signature = base64.urlsafe_b64encode(mac).rstrip(b"=").decode()
        with pytest.raises(Unauthorized):
            await verifier.caller(bearer(f"{signing}.{signature}"))
    with pytest.raises(Unauthorized):
        await verifier.caller(bearer(signed()))


async def test_another_algorithm_with_the_same_key_is_refused(verifier: TokenVerifier) -> None:
    for algorithm in ("RS384", "RS512", "PS256"):
        token = encode(claims(), private_key("first"), algorithm, {"kid": "first"})
        with pytest.raises(Unauthorized):
            await verifier.caller(bearer(token))


async def test_a_token_without_a_key_id_is_verified_if_there_is_one_key(
    verifier: TokenVerifier,
) -> None:
    caller = await verifier.caller(bearer(signed_by(private_key("first"))))
    assert caller.user_id == "user-1"


async def test_a_token_without_a_key_id_is_refused_if_there_are_more(
    verifier: TokenVerifier, issuer: Issuer
) -> None:
    issuer.keys = [public_key("first"), public_key("second")]
    with pytest.raises(Unauthorized, match="does not say which of the issuer's keys"):
        await verifier.caller(bearer(signed_by(private_key("first"))))
    with pytest.raises(Unauthorized, match="with a key that is not the issuer's"):
        await verifier.caller(bearer(signed_by(private_key("third"), "third")))


async def test_a_token_of_another_algorithm_is_refused_as_such_whatever_the_keys(
    verifier: TokenVerifier, issuer: Issuer
) -> None:
    issuer.keys = [public_key("first"), public_key("second")]
    for key_id in ({}, {"kid": "first"}, {"kid": "third"}):
        with pytest.raises(Unauthorized, match="with another algorithm"):
            await verifier.caller(bearer(encode(claims(), SECRET, "HS256", {**key_id})))
    assert issuer.asked == 0


@pytest.mark.parametrize(
    "unfit",
    [
        public_key("first", use="enc"),
        public_key("first", alg="RS512"),
        public_key("first", key_ops=["encrypt"]),
        public_key("first", kty="EC"),
        public_key("first", n=None),
        public_key("first", e=7),
        public_key("first", n="!"),
        "first",
    ],
    ids=["use", "alg", "key_ops", "kty", "n missing", "e of a wrong type", "n", "no object"],
)
async def test_a_key_for_another_purpose_is_ignored(
    verifier: TokenVerifier, issuer: Issuer, unfit: object
) -> None:
    issuer.keys = [unfit, public_key("second")]
    with pytest.raises(Unauthorized):
        await verifier.caller(bearer(signed_by(private_key("first"), "first")))
    assert (await verifier.caller(bearer(signed_by(private_key("second"))))).user_id == "user-1"


async def test_a_key_without_optional_members_is_used(
    verifier: TokenVerifier, issuer: Issuer
) -> None:
    issuer.keys = [public_key("first", use=None, alg=None, kid=None)]
    assert (await verifier.caller(bearer(signed_by(private_key("first"))))).user_id == "user-1"


async def test_only_the_public_part_of_a_private_key_is_used(
    verifier: TokenVerifier, issuer: Issuer
) -> None:
    whole = json.loads(RSAAlgorithm.to_jwk(private_key("first")))
    issuer.keys = [{**whole, "kid": "first", "key_ops": ["sign", "verify"]}]
    caller = await verifier.caller(bearer(signed_by(private_key("first"), "first")))
    assert caller.user_id == "user-1"


@pytest.mark.filterwarnings("ignore::jwt.InsecureKeyLengthWarning")
async def test_a_key_that_is_too_short_verifies_nothing(
    verifier: TokenVerifier, issuer: Issuer
) -> None:
    issuer.keys = [public_key("short")]
    with pytest.raises(Unauthorized):
        await verifier.caller(bearer(signed_by(private_key("short"), "short")))


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
