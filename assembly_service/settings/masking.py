"""How URLs are shown: without the parts that may hold a secret."""

import re

_URL = re.compile(r"://\S+")
_USER_QUERY_OR_FRAGMENT = re.compile(r"(?<=://)[^/?#]*@|[?#][^\"'<>]*")


def mask_urls(text: str) -> str:
    """The text with `***` for the user, the query and the fragment of every URL in it."""
    return _URL.sub(lambda url: _USER_QUERY_OR_FRAGMENT.sub("***", url[0]), text)
