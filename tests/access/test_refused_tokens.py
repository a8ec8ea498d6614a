"""Refused tokens show at `/metrics`, by what is wrong with them."""

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict
from prometheus_client import CollectorRegistry

from assembly_service.access.requests import caller_of
from assembly_service.access.tokens import Unauthorized, open_verifier
from assembly_service.settings.drafts import TokenSettings
from tests.access.tokens import SECRET, bearer, claims, encode, signed


def request(*authorizations: str) -> web.Request:
    headers = CIMultiDict([("Authorization", each) for each in authorizations])
    return make_mocked_request("GET", "/", headers=headers)


@pytest.mark.parametrize(
    ("authorizations", "reason"),
    [
        ([], "missing"),
        ([bearer(signed())] * 2, "malformed"),
        ([bearer("garbage")], "malformed"),
        ([bearer(signed(exp=1))], "expired"),
        ([bearer(signed(nbf=2**33))], "not_in_force"),
        ([bearer(signed(aud="shop"))], "audience"),
        ([bearer(signed(exp=None))], "incomplete"),
        ([bearer(signed(sub=None))], "user"),
        ([bearer(encode(claims(), SECRET * 2, "HS256"))], "signature"),
        ([bearer(encode(claims(), SECRET * 2, "HS512"))], "algorithm"),
    ],
)
async def test_a_refused_token_counts_once_by_what_is_wrong_with_it(
    authorizations: list[str], reason: str
) -> None:
    registry = CollectorRegistry()
    async with open_verifier(TokenSettings(jwt_secret=SECRET), registry) as verifier:
        assert await caller_of(request(bearer(signed())), verifier)
        assert set(refusals(registry).values()) == {0}
        with pytest.raises(Unauthorized):
            await caller_of(request(*authorizations), verifier)
    assert {name for name, count in refusals(registry).items() if count == 1} == {reason}


def refusals(registry: CollectorRegistry) -> dict[str, float]:
    """The count of each reason."""
    name = "assembly_tokens_refused_total"
    samples = (sample for family in registry.collect() for sample in family.samples)
    return {each.labels["reason"]: each.value for each in samples if each.name == name}
