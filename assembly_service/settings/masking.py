"""Masks the parts of URLs that may contain a secret."""

import re

_URL = re.compile(r"://\S+")
_USER_QUERY_OR_FRAGMENT = re.compile(r"(?<=://)[^/?#]*@|[?#][^\"'<>]*")


def mask_urls(text: str) -> str:
    """Replace the user, the query and the fragment of every URL in a text by `***`."""
    return _URL.sub(lambda url: _USER_QUERY_OR_FRAGMENT.sub("***", url[0]), text)
