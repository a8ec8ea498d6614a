"""The issuer's keys: which of them verifies a token, and for which none does."""

import base64
import hmac
import json

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

from assembly_service.access.tokens import TokenVerifier, Unauthorized
from tests.access.issuer import Issuer, private_key, public_key
from tests.access.tokens import SECRET, bearer, claims, encode, segment, signed, signed_by


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
