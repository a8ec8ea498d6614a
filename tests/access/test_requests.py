"""Which headers `Authorization` carry a token for this service."""

import pytest
from aiohttp import hdrs
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from assembly_service.access.requests import authorization_of, caller_if_any
from assembly_service.access.tokens import Unauthorized
from tests.access.tokens import bearer, opened, signed


def headers(*authorizations: str) -> CIMultiDict[str]:
    return CIMultiDict((hdrs.AUTHORIZATION, each) for each in authorizations)


@pytest.mark.parametrize("scheme", ["Basic dXNlcjpwYXNz", "Negotiate x", "", 'Digest realm="x"'])
async def test_a_header_of_another_scheme_is_no_token(scheme: str) -> None:
    request = make_mocked_request("GET", "/", headers=headers(scheme))
    assert authorization_of(request) is None
    async with opened() as verifier:
        assert await caller_if_any(request, verifier) is None


@pytest.mark.parametrize("scheme", ["Bearer x", "bearer x", "BEARER", "Bearer "])
def test_a_header_of_the_scheme_of_tokens_is_one_in_any_case(scheme: str) -> None:
    assert authorization_of(make_mocked_request("GET", "/", headers=headers(scheme))) == scheme


async def test_of_several_headers_none_is_chosen_whatever_their_schemes() -> None:
    request = make_mocked_request("GET", "/", headers=headers("Basic x", bearer(signed())))
    async with opened() as verifier:
        with pytest.raises(Unauthorized, match="several Authorization headers"):
            await caller_if_any(request, verifier)
