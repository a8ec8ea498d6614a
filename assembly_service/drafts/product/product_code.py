"""Product codes: how one is normalised and judged."""

import re
from dataclasses import dataclass

_SHORTEST, _LONGEST = 3, 255


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
