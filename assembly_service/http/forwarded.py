"""What proxies say of a request: who sent it, and where to.

Only trusted proxies are believed: `trusted` is how many of one's own a request comes through, or
their networks. `X-Forwarded-*` is read, and `Forwarded` (RFC 7239) where there is none of those.
"""

import re
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import hdrs, web

from assembly_service.domain.origins import normalised_origin, origins_of_host
from assembly_service.settings.values import PATH_PREFIX, Networks, TrustedProxies

_PREFIX = "X-Forwarded-Prefix"

Address = IPv4Address | IPv6Address


def client_address(request: web.BaseRequest, trusted: TrustedProxies) -> str:
    """Who sent the request, as the last proxy that is trusted saw it.

    Each proxy adds whom it got the request from; what stands further left is whatever a client
    wrote there.
    """
    chosen = _chain(request)[-(_hops(request, trusted) + 1) :][0]
    found = _address(chosen) or _address(request.remote or "")
    return "unknown" if found is None else str(found)


def is_proxy(peer: str, trusted: TrustedProxies) -> bool:
    """Whether a connection from this address is one of a trusted proxy."""
    if isinstance(trusted, int):
        return trusted > 0
    return _is_within(peer, trusted)


def origin_sent_to(request: web.BaseRequest, trusted: TrustedProxies) -> str | None:
    """The origin under which the client knows this service, normalised; None if it is none."""
    scheme = _said(request, trusted, "proto") or request.scheme
    # Without the header aiohttp would ask DNS for a host.
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
    """Whether an origin is among those that are `listed`, or the service's own.

    Its own are those of the `public_hosts`, else the one that the request was sent to. That one is
    whatever a client names: a page can have its own host resolve to this service's address.
    """
    origin = normalised_origin(sent)
    if origin is None:
        return False
    if origin in listed:
        return True
    if public_hosts:
        return any(origin in origins_of_host(host) for host in public_hosts)
    return origin == origin_sent_to(request, trusted)


def stripped_prefix(request: web.BaseRequest, trusted: TrustedProxies) -> str:
    """The path that proxies took away before the one that is seen here, as in `/assembly`."""
    hops = _hops(request, trusted)
    parts = _listed(request, _PREFIX)[-hops:] if hops else []
    prefix = "".join(part.rstrip("/") for part in parts)
    return prefix if re.fullmatch(PATH_PREFIX, prefix) else ""


def _said(request: web.BaseRequest, trusted: TrustedProxies, name: str) -> str:
    """What the outermost trusted proxy said; empty if nothing."""
    hops, said = _hops(request, trusted), _forwarded(request, name)
    return said[-hops:][0] if hops and said else ""


def _hops(request: web.BaseRequest, trusted: TrustedProxies) -> int:
    """How many trusted proxies the request came through."""
    if isinstance(trusted, int):
        return trusted
    chain = _chain(request)
    strangers = (n for n, each in enumerate(reversed(chain)) if not _is_within(each, trusted))
    return next(strangers, len(chain))


def _chain(request: web.BaseRequest) -> list[str]:
    """Everybody whom a proxy saw, the client's side first, and whom this service sees."""
    return [*_forwarded(request, "for"), request.remote or ""]


def _forwarded(request: web.BaseRequest, name: str) -> list[str]:
    if any(f"X-Forwarded-{each}" in request.headers for each in ("For", "Proto", "Host")):
        return _listed(request, f"X-Forwarded-{name}")
    # One entry for each proxy, so that nobody's word is taken for another's.
    return [said.get(name, "") for said in request.forwarded]


def _listed(request: web.BaseRequest, header: str) -> list[str]:
    parts = ",".join(request.headers.getall(header, ())).split(",")
    return [part.strip() for part in parts if part.strip()]


def _is_within(text: str, networks: Networks) -> bool:
    address = _address(text)
    return address is not None and any(address in network for network in networks)


def _address(text: str) -> Address | None:
    """The address of a text that may name a port too; None if there is none in it."""
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
