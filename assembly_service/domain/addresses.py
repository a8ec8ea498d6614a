"""Addresses as they are written."""


def url_of(host: str, port: int) -> str:
    """The URL of what listens at a host; an address of IPv6 stands in brackets."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
