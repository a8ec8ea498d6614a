from collections.abc import Mapping

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from assembly_service.aws.signature import Signer

TEXT = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


@given(
    key=TEXT,
    secret=TEXT,
    token=st.none() | TEXT,
    host=st.sampled_from(["dynamodb.eu-west-1.amazonaws.com", "127.0.0.1:4566", "[::1]:80"]),
    path=st.sampled_from(["/", "/api/sqs"]),
    body=st.binary(max_size=300),
    now=st.integers(0, 4_000_000_000),
)
def test_a_request_is_signed_as_botocore_signs_it(
    key: str, secret: str, token: str | None, host: str, path: str, body: bytes, now: int
) -> None:
    credentials = Credentials(key, secret, token)
    signed = Signer(service="sqs", region="eu-west-1", host=host, path=path).headers(
        credentials,
        target="AmazonSQS.ReceiveMessage",
        content_type="application/x-amz-json-1.0",
        body=body,
        now=now,
    )
    unsigned = {name: value for name, value in signed.items() if name != "authorization"}
    request = AWSRequest("POST", f"http://{host}{path}", headers=unsigned, data=body)
    request.context["timestamp"] = signed["x-amz-date"]
    auth = SigV4Auth(credentials, "sqs", "eu-west-1")
    canonical = auth.canonical_request(request)
    expected = auth.signature(auth.string_to_sign(request, canonical), request)
    assert signed["authorization"] == (
        f"AWS4-HMAC-SHA256 Credential={auth.scope(request)}, "
        f"SignedHeaders={auth.signed_headers(auth.headers_to_sign(request))}, "
        f"Signature={expected}"
    )


def test_an_empty_session_token_is_not_sent() -> None:
    def signed(token: str | None) -> Mapping[str, str]:
        signer = Signer(service="sqs", region="eu-west-1", host="127.0.0.1", path="/")
        return signer.headers(
            Credentials("key", "secret", token),
            target="AmazonSQS.ReceiveMessage",
            content_type="application/x-amz-json-1.0",
            body=b"{}",
            now=0,
        )

    assert "x-amz-security-token" not in signed("")
    assert signed("") == signed(None)
