"""Product codes: how they are normalised and checked."""

import re
from dataclasses import dataclass

SHORTEST, LONGEST = 3, 255


def normalised(text: str) -> str:
    """Return a text in the form in which codes are stored and compared, valid or not."""
    return text.strip().upper()


def is_storable(code: str) -> bool:
    """Whether a normalised text could be a code under any rule, past or present."""
    return 0 < len(code) <= LONGEST and code.isprintable()


@dataclass(frozen=True, slots=True)
class ProductCodeRule:
    """The pattern of normalised codes, and the hint for clients whose code does not match."""

    pattern: re.Pattern[str]
    hint: str

    def normalise(self, text: str) -> str | None:
        """Return the code trimmed and in upper case; None if it does not match."""
        code = normalised(text)
        fits = len(code) >= SHORTEST and is_storable(code) and self.pattern.fullmatch(code)
        return code if fits else None
