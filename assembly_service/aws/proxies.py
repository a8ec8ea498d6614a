"""Chooses the proxy for a URL as AWS's client library does."""

from urllib.parse import urlsplit

import aiohttp
from botocore.exceptions import EndpointConnectionError, ProxyConnectionError
from botocore.httpsession import ProxyConfiguration
from botocore.utils import get_environ_proxies

from assembly_service.aws.errors import code_of

_OF_A_PROXY = (
    aiohttp.ClientProxyConnectionError,
    aiohttp.ClientHttpProxyError,
    ProxyConnectionError,
)
_PASSWORD_WANTED = "407"  # noqa: S105 - a status
_PORTS = {"http": 80, "https": 443}


def proxy_for(url: str) -> str | None:
    """Return the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for a URL; None: no proxy.

    Lower-case variables win; a proxy without a scheme is an HTTP proxy.
    """
    proxy: str | None = ProxyConfiguration(get_environ_proxies(url)).proxy_url_for(url)
    return proxy


def is_of_a_proxy(error: BaseException) -> bool:
    """Return whether a call failed at the proxy, before it reached its destination."""
    if isinstance(error, _OF_A_PROXY) or code_of(error) == _PASSWORD_WANTED:
        return True
    cause = error.kwargs["error"] if isinstance(error, EndpointConnectionError) else error
    # aiohttp reports an unknown host of a proxy like any other.
    return isinstance(cause, aiohttp.ClientConnectorError) and any(
        (cause.host, cause.port) == _end_of(proxy)
        for scheme in _PORTS
        if (proxy := proxy_for(f"{scheme}://aws.invalid")) is not None
    )


def _end_of(proxy: str) -> tuple[str | None, int]:
    parts = urlsplit(proxy)
    return parts.hostname, parts.port or _PORTS[parts.scheme]
