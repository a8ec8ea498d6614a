"""Which proxy a URL is reached through: as AWS's client library decides it for its own calls."""

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
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for a URL; None: reached directly.

    Names in small letters come first; a proxy without a scheme is one of http.
    """
    proxy: str | None = ProxyConfiguration(get_environ_proxies(url)).proxy_url_for(url)
    return proxy


def is_of_a_proxy(error: BaseException) -> bool:
    """Whether a call failed at the proxy, before what was called was reached."""
    if isinstance(error, _OF_A_PROXY) or code_of(error) == _PASSWORD_WANTED:
        return True
    cause = error.kwargs["error"] if isinstance(error, EndpointConnectionError) else error
    # The host of a proxy that is not known is told by aiohttp as any other host.
    return isinstance(cause, aiohttp.ClientConnectorError) and any(
        (cause.host, cause.port) == _end_of(proxy)
        for scheme in _PORTS
        if (proxy := proxy_for(f"{scheme}://aws.invalid")) is not None
    )


def _end_of(proxy: str) -> tuple[str | None, int]:
    parts = urlsplit(proxy)
    return parts.hostname, parts.port or _PORTS[parts.scheme]
