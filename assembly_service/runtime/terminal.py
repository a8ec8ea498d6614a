"""Text from elsewhere, made fit for a terminal."""

import re

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_NAMED = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def one_line(text: str) -> str:
    """The text with everything escaped that could steer a terminal, as JSON escapes it.

    Those are control characters, line breaks among them, and marks that turn the direction of
    writing. JSON in which they stand in strings stays the same JSON.
    """
    return _UNFIT.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    character = found.group()
    return _NAMED.get(character) or f"\\u{ord(character):04x}"
