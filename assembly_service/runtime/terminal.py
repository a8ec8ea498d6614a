"""Makes untrusted text safe for a terminal."""

import codecs
import json
import re
import sys
from io import TextIOWrapper
from typing import TextIO

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str) -> str:
    """Escape what could control a terminal, as JSON escapes it.

    That is control characters, including line breaks, and bidirectional marks. JSON that has them
    in strings keeps its meaning.
    """
    return _UNFIT.sub(_escaped, text)


def encoded(text: str, stream: TextIO | None) -> bytes:
    """Encode the text for a stream; escape what it cannot encode, as JSON escapes it."""
    return text.encode(stream.encoding if stream else "utf-8", _ESCAPED)


def escape_what_cannot_be_encoded() -> None:
    """Have standard output and standard error escape what they cannot encode, as `encoded` does."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=_ESCAPED)


def _escape_unencodable(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end


_ESCAPED = "assembly-service-escaped"
codecs.register_error(_ESCAPED, _escape_unencodable)


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return _NAMED.get(character) or f"\\u{ord(character):04x}"
