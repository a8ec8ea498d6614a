"""Product codes: how one is normalised, and the pattern that an operator may set for them."""

import re
from dataclasses import dataclass

_SHORTEST, _LONGEST = 3, 255
# Escapes, names of groups and flags: letters that are no literals.
_SYNTAX = re.compile(
    r"\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|.)|\(\?(?:P<\w+>|P=\w+\)|[aimsx-]+[:)])", re.DOTALL
)


@dataclass(frozen=True, slots=True)
class ProductCodeRule:
    """What a normalised code has to match, and the words that tell a client so."""

    pattern: re.Pattern[str]
    hint: str

    def normalise(self, text: str) -> str | None:
        """The code trimmed and in upper case; None if it does not fit then."""
        code = text.strip().upper()
        fits = _SHORTEST <= len(code) <= _LONGEST and self.pattern.fullmatch(code)
        return code if fits else None


def compile_pattern(text: str) -> re.Pattern[str]:
    """The pattern for normalised codes, in which `\\d` and `\\w` mean ASCII.

    Raises ValueError with a sentence if it does not compile, or has a lower-case literal, which
    no normalised code can match.
    """
    try:
        pattern = re.compile(text, re.ASCII)
    except (re.error, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"it has to be a regular expression ({error})") from None
    literals = _SYNTAX.sub("", text)
    if literals != literals.upper():
        raise ValueError("it has to be in upper case, as codes are when they are matched")
    return pattern
