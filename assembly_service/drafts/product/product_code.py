"""Product codes: how one is normalised and judged."""

import re
from dataclasses import dataclass

SHORTEST, LONGEST = 3, 255


def normalised(text: str) -> str:
    """A text in the form in which codes are kept and compared, whether it is one or not."""
    return text.strip().upper()


def is_storable(code: str) -> bool:
    """Whether a normalised text could be a code by some rule, today's or one before it."""
    return 0 < len(code) <= LONGEST and code.isprintable()


@dataclass(frozen=True, slots=True)
class ProductCodeRule:
    """What a normalised code has to match, and the words for clients whose code does not."""

    pattern: re.Pattern[str]
    hint: str

    def normalise(self, text: str) -> str | None:
        """The code trimmed and in upper case; None if it does not fit then."""
        code = normalised(text)
        fits = len(code) >= SHORTEST and is_storable(code) and self.pattern.fullmatch(code)
        return code if fits else None
