"""Addresses as they are written, and where to reach what listens at them."""


def url_of(host: str, port: int) -> str:
    """The URL of what listens at a host; an address of IPv6 stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def reachable(host: str) -> str:
    """The host at which this machine reaches what listens on it; "any address" is none to call."""
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
