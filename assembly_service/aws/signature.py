"""AWS Signature Version 4 for POST requests with a JSON body.

See "Create a signed AWS API request" in the AWS IAM user guide. botocore's signer handles every
kind of request and takes several times as long.
"""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from typing import Protocol

_ALGORITHM = "AWS4-HMAC-SHA256"


class Credentials(Protocol):
    """Credentials to sign with; `token` is set if they are temporary."""

    access_key: str
    secret_key: str
    token: str | None


class Signer:
    """Signs requests without a query to one service in one region.

    `path` is URL-encoded; `host` is the value of the Host header, with a port unless it is the
    scheme's default.
    """

    def __init__(self, *, service: str, region: str, host: str, path: str) -> None:
        self._service = service
        self._region = region
        self._host = host
        self._path = path

    def headers(
        self, credentials: Credentials, *, target: str, content_type: str, body: bytes, now: float
    ) -> Mapping[str, str]:
        """Return all headers of a request, signed at `now` (seconds since 1970)."""
        moment = _moment(int(now))
        headers = {
            "content-type": content_type,
            "host": self._host,
            "x-amz-date": moment,
        }
        if credentials.token:
            headers["x-amz-security-token"] = credentials.token
        headers["x-amz-target"] = target
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        request = f"POST\n{self._path}\n\n{lines}\n{names}\n{sha256(body).hexdigest()}"
        scope = f"{moment[:8]}/{self._region}/{self._service}/aws4_request"
        digest = sha256(request.encode()).hexdigest()
        key = _signing_key(credentials.secret_key, moment[:8], self._region, self._service)
        signature = _hmac(key, f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}").hex()
        headers["authorization"] = (
            f"{_ALGORITHM} Credential={credentials.access_key}/{scope}, "
            f"SignedHeaders={names}, Signature={signature}"
        )
        return headers


@lru_cache(maxsize=1)
def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%SZ")


@lru_cache(maxsize=8)
def _signing_key(secret_key: str, date: str, region: str, service: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (date, region, service, "aws4_request"):
        key = _hmac(key, part)
    return key


def _hmac(key: bytes, text: str) -> bytes:
    return hmac.digest(key, text.encode(), "sha256")
