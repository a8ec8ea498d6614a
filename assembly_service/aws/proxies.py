"""Which proxy a URL is reached through: as AWS's client library decides it for its own calls."""

from botocore.httpsession import ProxyConfiguration
from botocore.utils import get_environ_proxies


def proxy_for(url: str) -> str | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name for a URL; None: reached directly.

    Names in small letters come first; a proxy without a scheme is one of http.
    """
    proxy: str | None = ProxyConfiguration(get_environ_proxies(url)).proxy_url_for(url)
    return proxy
