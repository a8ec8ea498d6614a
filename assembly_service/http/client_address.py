"""The address of the client that a request came from, also behind proxies."""

from ipaddress import IPv4Address, IPv6Address, ip_address

from aiohttp import web

from assembly_service.setting_types import TrustedProxies

_FORWARDED = "X-Forwarded-For"

Address = IPv4Address | IPv6Address


def client_address(request: web.Request, trusted: TrustedProxies) -> str:
    """Who sent the request, as the last proxy that is trusted saw it.

    Each proxy adds to `X-Forwarded-For` whom it got the request from; what stands further left is
    whatever a client wrote there. `trusted` is how many proxies there are, or their networks.
    """
    chain = [*_forwarded(request), request.remote or ""]
    if isinstance(trusted, int):
        chosen = chain[-(trusted + 1) :][0]
    else:
        chosen = chain.pop()
        while chain and (address := _address(chosen)) is not None:
            if not any(address in network for network in trusted):
                break
            chosen = chain.pop()
    found = _address(chosen) or _address(request.remote or "")
    return "unknown" if found is None else str(found)


def _forwarded(request: web.Request) -> list[str]:
    listed = ",".join(request.headers.getall(_FORWARDED, ()))
    return [part.strip() for part in listed.split(",") if part.strip()]


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
