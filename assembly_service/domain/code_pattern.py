"""Checks the pattern for codes that an operator sets."""

import re

# Letters that match nothing themselves: escapes, and the heads of groups and conditions. An escape
# with the number or the name of a character does match it.
_NOT_LITERAL = re.compile(
    r"(?P<character>\\(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]+\}|[0-3][0-7]{2}))"
    r"|\\."
    r"|\(\?(?:P<\w+>|P=\w+\)|\(\w+\)|#[^)]*\)|[aiLmsux-]+[:)])",
    re.DOTALL,
)


def compile_pattern(text: str) -> re.Pattern[str]:
    r"""Compile a pattern for codes in upper case; `\d` and `\w` match only ASCII.

    Raises ValueError with a sentence about why it can never match.
    """
    try:
        pattern = re.compile(text, re.ASCII)
    except re.error as error:
        place = "" if error.pos is None else f": look at character {error.pos + 1}"
        raise ValueError(f"it is not a regular expression{place}") from None
    except (OverflowError, RecursionError):
        raise ValueError("it is too large for a regular expression") from None
    except ValueError as error:
        raise ValueError(f"it is not a regular expression for ASCII: {error}") from None
    literal = _NOT_LITERAL.sub(_matched, text)
    if literal != literal.upper():
        raise ValueError(
            "it holds a lower-case letter, and codes are in upper case when they are compared: "
            "write it in upper case"
        )
    return pattern


def _matched(part: re.Match[str]) -> str:
    """The character that an escape matches, in a pattern that compiles."""
    return (part["character"] or "").encode().decode("unicode_escape")
