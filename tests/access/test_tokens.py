"""Only a genuine, current token for this service says who calls."""

import time
from collections.abc import AsyncIterator

import jwt
import pytest
from structlog.testing import capture_logs

from assembly_service.access.caller import Caller, Privilege
from assembly_service.access.tokens import TokenVerifier, Unauthorized
from tests.access.tokens import SECRET, bearer, claims, encode, opened, segment, signed


@pytest.fixture
async def verifier() -> AsyncIterator[TokenVerifier]:
    async with opened() as made:
        yield made


async def test_a_valid_token_says_who_calls(verifier: TokenVerifier) -> None:
    assert await verifier.caller(bearer(signed())) == Caller(
        user_id="user-1", privilege=Privilege.ADMIN, organization="org-1"
    )


async def test_the_scheme_may_be_in_any_case(verifier: TokenVerifier) -> None:
    for scheme in ("bearer", "BEARER"):
        assert (await verifier.caller(f"{scheme} {signed()}")).user_id == "user-1"


async def test_the_user_may_be_named_by_the_claim_user_id(verifier: TokenVerifier) -> None:
    caller = await verifier.caller(bearer(signed(sub=None, userId="user-2")))
    assert caller.user_id == "user-2"
    caller = await verifier.caller(bearer(signed(userId="user-2")))
    assert caller.user_id == "user-1"


@pytest.mark.parametrize("audience", ["assembly-service", ["other", "assembly-service"]])
async def test_a_token_may_have_several_audiences(
    verifier: TokenVerifier, audience: object
) -> None:
    assert (await verifier.caller(bearer(signed(aud=audience)))).user_id == "user-1"


async def test_the_audience_is_the_one_of_the_settings() -> None:
    async with opened(jwt_audience="shop") as verifier:
        assert (await verifier.caller(bearer(signed(aud="shop")))).user_id == "user-1"
        with pytest.raises(Unauthorized):
            await verifier.caller(bearer(signed()))


@pytest.mark.parametrize("number", [7, 7.0])
async def test_a_user_whose_id_is_a_number_is_that_number_as_a_text(
    verifier: TokenVerifier, number: float
) -> None:
    for named in ({"sub": number}, {"sub": None, "userId": number}):
        assert (await verifier.caller(bearer(signed(**named)))).user_id == "7"


@pytest.mark.parametrize("organization", [None, "", "  ", 7, ["org-1"], "\ud800", "o" * 256])
async def test_an_invalid_organization_is_none(
    verifier: TokenVerifier, organization: object
) -> None:
    caller = await verifier.caller(bearer(signed(organizationGuid=organization)))
    assert caller.organization is None


@pytest.mark.parametrize(
    ("claim", "business_id"),
    [("osot-0000123", "osot-0000123"), (None, None), ("", None), (7, None), ("b" * 256, None)],
)
async def test_a_business_id_is_a_valid_text_or_none(
    verifier: TokenVerifier, claim: object, business_id: str | None
) -> None:
    caller = await verifier.caller(bearer(signed(userBusinessId=claim)))
    assert caller.business_id == business_id


@pytest.mark.parametrize("iv", ["0f" * 16, "0F" * 16])
async def test_an_encrypted_organization_is_none_and_the_log_says_why(
    verifier: TokenVerifier, iv: str
) -> None:
    with capture_logs() as logs:
        caller = await verifier.caller(bearer(signed(organizationGuid=f"{iv}:{'a1' * 48}")))
    assert caller.organization is None
    [line] = logs
    assert line["event"] == "token_organization_encrypted"
    assert line["log_level"] == "warning"
    assert "the issuer has to put the clear id" in line["reason"]
    assert "a1a1" not in str(line)


@pytest.mark.parametrize(
    "organization",
    [
        "7d7c1d2e-5d1f-4c0e-9a51-1f0a2f6f3b10",
        "0f" * 16,
        f"{'0f' * 15}:a1",
        f"{'0f' * 16}:",
        f"{'0f' * 16}:north",
    ],
)
async def test_an_organization_that_is_not_encrypted_is_taken_as_it_is(
    verifier: TokenVerifier, organization: str
) -> None:
    caller = await verifier.caller(bearer(signed(organizationGuid=organization)))
    assert caller.organization == organization


@pytest.mark.parametrize("privilege", [None, "root", True])
async def test_an_unknown_privilege_is_none(verifier: TokenVerifier, privilege: object) -> None:
    assert (await verifier.caller(bearer(signed(privilege=privilege)))).privilege is None


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other-service"},
        {"aud": ["other-service"]},
        {"aud": None},
        {"aud": ""},
        {"aud": {"assembly-service": 1}},
        {"exp": None},
        {"exp": "never"},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": []},
        pytest.param({"nbf": int(time.time()) + 3_600}, id="not yet"),
        pytest.param({"iat": int(time.time()) + 3_600}, id="not issued yet"),
        {"iat": "yesterday"},
        {"iat": float("inf")},
        {"sub": None},
        {"sub": ""},
        {"sub": True},
        {"sub": 7.5},
        {"sub": 1e300},
        {"sub": ["user-1"]},
        {"sub": "\ud800"},
        {"sub": "u" * 256},
        {"sub": "", "userId": "user-2"},
    ],
    ids=str,
)
async def test_invalid_claims_are_refused(
    verifier: TokenVerifier, changes: dict[str, object]
) -> None:
    with pytest.raises(Unauthorized):
        await verifier.caller(bearer(signed(**changes)))


@pytest.mark.parametrize(
    ("authorization", "fault"),
    [
        (None, None),
        ("Basic dXNlcg==", None),
        ("Bearer", None),
        ("Bearer  ", None),
        (bearer("garbage"), "The token is malformed"),
        (bearer("ÿ.ÿ.ÿ"), "The token is malformed"),
        (bearer(signed(exp=1)), "The token has expired"),
        (bearer(signed(exp=None)), "The token lacks the claim exp"),
        (bearer(signed(aud=None)), "The token lacks the claim aud"),
        (bearer(signed(nbf=2**33)), "The token is not in force yet"),
        (bearer(signed(aud="shop")), "The token is not meant for this service"),
        (bearer(signed(sub=None)), "The token names no user"),
        (bearer(signed(sub=[7])), "The token names no user"),
        (bearer(signed(sub="u" * 256)), "The token names a user of more than 255 characters"),
        (bearer(encode(claims(), SECRET * 2, "HS256")), "The signature of the token is not"),
        (bearer(encode(claims(), SECRET * 2, "HS512")), "The token was signed with another"),
    ],
)
async def test_the_sender_of_a_refused_token_learns_what_is_wrong_with_it(
    verifier: TokenVerifier, authorization: str | None, fault: str | None
) -> None:
    with pytest.raises(Unauthorized) as refused:
        await verifier.caller(authorization)
    assert (refused.value.fault or "").startswith(fault or "")
    assert (refused.value.fault is None) == (fault is None)


def _altered() -> str:
    header, _, signature = signed().split(".")
    return ".".join([header, segment(claims(privilege=3)), signature])


@pytest.mark.parametrize(
    "token",
    [
        encode(claims(), SECRET.upper(), "HS256"),
        encode(claims(), SECRET, "HS256", {"crit": ["exp"], "exp": 1}),
        encode(claims(), SECRET, "HS256", {"kid": "a" * 7}).replace("e", "f", 1),
        encode([claims()], SECRET, "HS256"),
        encode("user-1", SECRET, "HS256"),
        jwt.PyJWS().encode(b"[" * 5_000, SECRET, "HS256"),
        encode(claims(), SECRET, "HS384"),
        encode(claims(), SECRET, "HS512"),
        f"{segment({'alg': 'none', 'typ': 'JWT'})}.{segment(claims())}.",
        f"{segment({'alg': 'NONE'})}.{segment(claims())}.",
        f"{segment({'alg': None})}.{segment(claims())}.",
        f"{segment({'typ': 'JWT'})}.{segment(claims())}.",
        f"{segment({'alg': ['HS256']})}.{segment(claims())}.AAAA",
        f"{segment({'alg': 'HS256', 'kid': 7})}.{segment(claims())}.AAAA",
        f"{segment({'alg': 'HS256', 'b64': False, 'crit': ['b64']})}..AAAA",
        f"{segment('HS256')}.{segment(claims())}.AAAA",
        _altered(),
        signed() + "A",
        signed()[:-1],
        signed().rpartition(".")[0] + ".",
        signed().rpartition(".")[0],
        f"{signed()} {signed()}",
        f"{signed()},Bearer",
        "ÿ.ÿ.ÿ",
        "\udcff.\udcff.\udcff",
        "garbage",
        "..",
        "",
    ],
)
async def test_a_token_that_is_not_genuine_is_refused(verifier: TokenVerifier, token: str) -> None:
    with pytest.raises(Unauthorized):
        await verifier.caller(bearer(token))


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        " ",
        "Bearer",
        signed(),
        f" {signed()}",
        f"Basic {signed()}",
        f"Bearer:{signed()}",
        f"Bearer\t{signed()}",
        f"Token {signed()}",
    ],
)
async def test_a_header_of_another_form_is_refused(
    verifier: TokenVerifier, authorization: str | None
) -> None:
    with pytest.raises(Unauthorized):
        await verifier.caller(authorization)
