"""Reads what proxies say about a request: the client's address, and the URL it used.

Only trusted proxies are believed: `trusted` is the number of own proxies in front, or their
networks. `X-Forwarded-*` headers take precedence over `Forwarded` (RFC 7239).
"""

import re
from collections.abc import Callable, Collection
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import hdrs, web

from assembly_service.domain.origins import normalised_origin, origins_of_host
from assembly_service.settings.service import Settings
from assembly_service.settings.values import PATH_PREFIX, Networks, TrustedProxies

_PREFIX = "X-Forwarded-Prefix"

Address = IPv4Address | IPv6Address


def client_address(request: web.BaseRequest, trusted: TrustedProxies) -> str:
    """Return the address from which the outermost trusted proxy received the request.

    Each proxy appends the address it received the request from. Anything further left may have
    been written by the client.
    """
    chosen = _chain(request)[-(_hops(request, trusted) + 1) :][0]
    found = _address(chosen) or _address(request.remote or "")
    return "unknown" if found is None else str(found)


def is_proxy(peer: str, trusted: TrustedProxies) -> bool:
    """Whether this is the address of a trusted proxy."""
    if isinstance(trusted, int):
        return trusted > 0
    return _is_within(peer, trusted)


def is_https(request: web.BaseRequest, trusted: TrustedProxies) -> bool:
    """Whether the client used https, as far as trusted proxies say."""
    return _said(request, trusted, "proto") == "https"


def origin_sent_to(request: web.BaseRequest, trusted: TrustedProxies) -> str | None:
    """Return the normalised origin that the client used for this service; None if invalid."""
    scheme = _said(request, trusted, "proto") or request.scheme
    # Without the header aiohttp would look up a host name by DNS.
    host = _said(request, trusted, "host") or request.headers.get(hdrs.HOST, "")
    return normalised_origin(f"{scheme}://{host}")


def admits_origin(
    request: web.BaseRequest,
    sent: str,
    *,
    listed: Collection[str],
    public_hosts: Collection[str],
    trusted: TrustedProxies,
) -> bool:
    """Whether an origin is `listed` or is the service's own.

    The service's own origins are those of its `public_hosts`, or without these the one the request
    was sent to, which is not safe: any host can be made to resolve to this service's address.
    """
    origin = normalised_origin(sent)
    if origin is None:
        return False
    if origin in listed:
        return True
    if public_hosts:
        return any(origin in origins_of_host(host) for host in public_hosts)
    return origin == origin_sent_to(request, trusted)


def admits_live(settings: Settings) -> Callable[[web.BaseRequest, str], bool]:
    """Return the check of the origins whose pages may connect by socket or event stream."""
    return partial(
        admits_origin,
        listed=settings.websocket_cors_origins,
        public_hosts=settings.public_hosts,
        trusted=settings.trusted_proxies,
    )


def stripped_prefix(request: web.BaseRequest, trusted: TrustedProxies) -> str:
    """Return the path prefix that proxies removed, as in `/assembly`."""
    hops = _hops(request, trusted)
    parts = _listed(request, _PREFIX)[-hops:] if hops else []
    prefix = "".join(part.rstrip("/") for part in parts)
    return prefix if re.fullmatch(PATH_PREFIX, prefix) else ""


def _said(request: web.BaseRequest, trusted: TrustedProxies, name: str) -> str:
    """Return what the outermost trusted proxy said, or an empty string."""
    hops, said = _hops(request, trusted), _forwarded(request, name)
    return said[-hops:][0] if hops and said else ""


def _hops(request: web.BaseRequest, trusted: TrustedProxies) -> int:
    """Count the trusted proxies that the request came through."""
    if isinstance(trusted, int):
        return trusted
    chain = _chain(request)
    untrusted = (n for n, each in enumerate(reversed(chain)) if not _is_within(each, trusted))
    return next(untrusted, len(chain))


def _chain(request: web.BaseRequest) -> list[str]:
    """Return the addresses that proxies received the request from, and finally this service."""
    return [*_forwarded(request, "for"), request.remote or ""]


def _forwarded(request: web.BaseRequest, name: str) -> list[str]:
    if any(f"X-Forwarded-{each}" in request.headers for each in ("For", "Proto", "Host")):
        return _listed(request, f"X-Forwarded-{name}")
    # One entry for each proxy, so that the positions of all names correspond.
    return [said.get(name, "") for said in request.forwarded]


def _listed(request: web.BaseRequest, header: str) -> list[str]:
    parts = ",".join(request.headers.getall(header, ())).split(",")
    return [part.strip() for part in parts if part.strip()]


def _is_within(text: str, networks: Networks) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """Parse an address with or without a port; None if it is invalid."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
