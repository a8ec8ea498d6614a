"""What settings require of a token besides its signature and audience."""

import time

import pytest

from assembly_service.access.tokens import Unauthorized
from tests.access.tokens import SECRET, bearer, claims, encode, opened, signed


@pytest.mark.parametrize(
    "changes",
    [{"nbf": 2}, {"nbf": 25}, {"iat": 25}, {"iat": -86_400}, {"exp": -25}],
    ids=str,
)
async def test_clocks_may_differ_by_half_a_minute(changes: dict[str, int]) -> None:
    claim = {name: int(time.time()) + seconds for name, seconds in changes.items()}
    async with opened() as verifier:
        assert (await verifier.caller(bearer(signed(**claim)))).user_id == "user-1"


@pytest.mark.parametrize("claim", ["nbf", "iat", "exp"])
async def test_clocks_may_differ_by_no_more_than_the_leeway(claim: str) -> None:
    async with opened(jwt_leeway_seconds=5) as strict:
        beyond = int(time.time()) + (-5 if claim == "exp" else 60)
        with pytest.raises(Unauthorized):
            await strict.caller(bearer(signed(**{claim: beyond})))


async def test_a_token_of_another_issuer_is_refused_if_one_is_set() -> None:
    async with opened(jwt_issuer="https://login.example") as verifier:
        assert await verifier.caller(bearer(signed(iss="https://login.example")))
        with pytest.raises(Unauthorized, match="The token is of another issuer"):
            await verifier.caller(bearer(signed(iss="https://login.example/")))
        with pytest.raises(Unauthorized, match="The token lacks the claim iss"):
            await verifier.caller(bearer(signed()))


@pytest.mark.parametrize(
    ("typ", "taken"),
    [
        ("at+jwt", True),
        ("AT+JWT", True),
        ("application/at+jwt", True),
        ("JWT", False),
        ("", False),
    ],
)
async def test_a_token_of_another_type_is_refused_if_one_is_set(typ: str, taken: bool) -> None:
    token = encode(claims(), SECRET, "HS256", {"typ": typ})
    async with opened(jwt_type="at+jwt") as verifier:
        if taken:
            assert (await verifier.caller(bearer(token))).user_id == "user-1"
        else:
            with pytest.raises(Unauthorized, match=r"the type that|malformed"):
                await verifier.caller(bearer(token))


async def test_a_token_with_too_long_a_lifetime_is_refused_if_a_limit_is_set() -> None:
    now = int(time.time())
    async with opened(jwt_max_lifetime_seconds=900) as verifier:
        assert await verifier.caller(bearer(signed(iat=now, exp=now + 900)))
        with pytest.raises(Unauthorized, match="valid for longer than this service allows"):
            await verifier.caller(bearer(signed(iat=now, exp=now + 901)))
        with pytest.raises(Unauthorized, match="The token lacks the claim iat"):
            await verifier.caller(bearer(signed(exp=now + 900)))


async def test_without_a_leeway_a_token_is_refused_from_the_second_it_expires() -> None:
    async with opened(jwt_leeway_seconds=0) as verifier:
        for end in (0, 1):
            with pytest.raises(Unauthorized):
                await verifier.caller(bearer(signed(exp=int(time.time()) - end)))
