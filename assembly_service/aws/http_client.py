"""The HTTP client of AWS calls: POST requests to one endpoint, each sent once.

Connections, TLS, proxies and timeouts are pyreqwest's, which takes half of aiohttp's time
(docs/decisions/2026-11-29-pyreqwest-for-aws-calls.md).
"""

import asyncio
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple, Self

from botocore.httpsession import where
from pyreqwest.client import ClientBuilder
from pyreqwest.exceptions import RequestError, RequestTimeoutError
from pyreqwest.http import HeaderMap
from pyreqwest.proxy import ProxyBuilder
from yarl import URL

_CONNECTIONS = 50
_CONNECT_SECONDS = 2
_IDLE_SECONDS = 15
"""AWS closes idle connections too, and a request sent at that moment has no answer."""
_CERTIFICATE = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n", re.DOTALL)
_NOT_CONNECTED = "client error (Connect)"
_BEFORE_TLS = ("dns error", "tcp connect error", "tunnel error")


class NotConnected(ConnectionError):
    """Nothing was sent, because there is no connection.

    `at_proxy`: the one to the proxy is missing, or the proxy refused.
    """

    def __init__(self, sentence: str, *, at_proxy: bool) -> None:
        super().__init__(sentence)
        self.at_proxy = at_proxy


class NotAnswered(ConnectionError):
    """A request without an answer, or with a part of one: AWS may have acted on it."""


class HttpAnswer(NamedTuple):
    """A whole answer, with any status."""

    status: int
    headers: HeaderMap
    content: bytes


class HttpClient:
    """Keeps connections to one endpoint. Follows no redirects and repeats no request."""

    def __init__(
        self, url: str, *, proxy: str | None, bundle: str | None, answer_seconds: float
    ) -> None:
        """`bundle` is a file of the only certificates to trust; None: the system's and botocore's.

        `answer_seconds` is the most that an answer may take once there is a connection.
        """
        # A response that never ends would hold its messages.
        seconds = _CONNECT_SECONDS + answer_seconds
        builder = (
            ClientBuilder()
            .pool_idle_timeout(timedelta(seconds=_IDLE_SECONDS))
            .connect_timeout(timedelta(seconds=_CONNECT_SECONDS))
            .timeout(timedelta(seconds=seconds))
            .follow_redirects(enable=False)
            .http1_lower_case_headers()
            .user_agent("assembly-service")
            .no_proxy()
        )
        # Compressed responses of DynamoDB cost more than they save.
        builder = builder.gzip(enable=False).deflate(enable=False)
        builder = builder.brotli(enable=False).zstd(enable=False)
        if proxy is not None:
            builder = builder.proxy(ProxyBuilder.all(proxy))
        for certificate in _CERTIFICATE.findall(Path(bundle or where()).read_bytes()):
            builder = builder.add_root_certificate_pem(certificate)
        with _only_trusted(bundle):
            self._client = builder.build()
        self._url = url
        self._seconds = seconds
        # pyreqwest's own limit would send a call that was cancelled while it waited.
        self._free = asyncio.Semaphore(_CONNECTIONS)
        self._proxy = None if proxy is None else str(URL(proxy).with_user(None))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.close()

    async def post(self, body: bytes, headers: Mapping[str, str]) -> HttpAnswer:
        """Send a request and read the answer. Raises TimeoutError, NotConnected or NotAnswered.

        Cancelled while it waits for a connection, it is never sent; cancelled later, the exchange
        ends in the background.
        """
        request = self._client.post(self._url).headers(headers).body_bytes(body).build()
        try:
            async with asyncio.timeout(self._seconds), self._free:
                response = await request.send()
                content = (await response.bytes()).to_bytes()
        except RequestTimeoutError as error:
            raise TimeoutError(f"{self._url} did not answer in time") from error
        except RequestError as error:
            raise self._failure(error) from error
        return HttpAnswer(response.status, response.headers, content)

    def _failure(self, error: RequestError) -> NotConnected | NotAnswered:
        causes = [cause["message"] for cause in error.details["causes"] or ()] or [error.message]
        if _NOT_CONNECTED not in causes:
            return NotAnswered(f"{self._url}: {causes[-1]}")
        at_proxy = self._proxy is not None and any(each.startswith(_BEFORE_TLS) for each in causes)
        end = self._proxy if at_proxy else self._url
        return NotConnected(f"{end}: {causes[-1]}", at_proxy=at_proxy)


@contextmanager
def _only_trusted(bundle: str | None) -> Iterator[None]:
    """Have a client that is built meanwhile not add the system's certificates to a bundle.

    On Linux they are those of OpenSSL's variables, and the client looks there just once.
    """
    if bundle is None:
        yield
        return
    variables = {name: os.environ.pop(name, None) for name in ("SSL_CERT_FILE", "SSL_CERT_DIR")}
    os.environ["SSL_CERT_FILE"] = bundle
    try:
        yield
    finally:
        os.environ.pop("SSL_CERT_FILE")
        os.environ.update({name: value for name, value in variables.items() if value is not None})
