"""Normalises origins of pages (RFC 6454)."""

import re

NULL = "null"
"""Browsers send this for pages without an origin, such as files and sandboxed frames."""
_FORM = re.compile(r"([a-zA-Z][a-zA-Z0-9+.-]*)://([^/\s*?#@,]+)")
_DEFAULT_PORTS = {"http": ":80", "https": ":443"}
_OF_SOCKETS = {"ws": "http", "wss": "https"}


def origins_of_host(host: str) -> set[str]:
    """Return the origins of a host, with or without a port, over http and https."""
    found = (normalised_origin(f"{scheme}://{host}") for scheme in _DEFAULT_PORTS)
    return {origin for origin in found if origin is not None}


def normalised_origin(text: str) -> str | None:
    """Return an origin in lower case without the default port; None if the text is none.

    Some clients send the `ws` or `wss` of their socket instead of `http` or `https`.
    """
    if text.lower() == NULL:
        return NULL
    match = _FORM.fullmatch(text)
    if match is None:
        return None
    scheme, host = match.group(1).lower(), match.group(2).lower()
    scheme = _OF_SOCKETS.get(scheme, scheme)
    return f"{scheme}://{host.removesuffix(_DEFAULT_PORTS.get(scheme, ''))}"
