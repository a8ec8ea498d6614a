"""Finds the lines of the values in JSON text."""

import json
import re
from collections.abc import Mapping

Location = tuple[int | str, ...]
"""The keys and indexes that lead to a value."""

_SYMBOLS = re.compile(r'"(?:[^"\\]|\\.)*"|[^\s"{}\[\],:]+|[{}\[\],:\n]')


def lines_by_location(text: str) -> dict[Location, int]:
    """Return the line, from 1 on, of each value's key, or of the value where it has none.

    The text is valid JSON. Of a key that an object has twice the last one counts.
    """
    lines: dict[Location, int] = {}
    path: list[int | str] = []
    line, is_key = 1, False
    for symbol in _SYMBOLS.findall(text):
        match symbol:
            case "\n":
                line += 1
            case "}" | "]":
                path.pop()
                is_key = False
            case ",":
                is_key = isinstance(path[-1], str)
                if isinstance(path[-1], int):
                    path[-1] += 1
            case ":":
                is_key = False
            case _ if is_key:
                path[-1] = json.loads(symbol)
                lines[tuple(path)] = line
            case _:
                lines.setdefault(tuple(path), line)
                if symbol in "{[":
                    path.append("" if symbol == "{" else 0)
                    is_key = symbol == "{"
    return lines


def line_of(location: Location, lines: Mapping[Location, int]) -> int:
    """Return the line of a value or, if it is missing, of what it is missing in."""
    while location not in lines:
        location = location[:-1]
    return lines[location]
