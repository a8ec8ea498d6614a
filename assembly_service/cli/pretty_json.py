"""Indents JSON, with every token as it was written."""

import re
from collections.abc import Iterator

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson
from assembly_service.runtime.terminal import one_line

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{},:]|[^\s"\[\]{},:]+')
_INDENT = "  "


def pretty(text: str) -> str:
    """Indent the text if it is JSON, else put it on one line. The result is safe for a terminal.

    Numbers, escapes and repeated names stay as they are: one of them may be the mistake.
    """
    try:
        exact_json.loads(text)
    except NotJson:
        return one_line(text)
    return "".join(_spaced([one_line(token.group()) for token in _TOKEN.finditer(text)]))


def _spaced(parts: list[str]) -> Iterator[str]:
    depth = 0
    for before, part in zip(["", *parts], parts, strict=False):
        depth -= part in {"}", "]"}
        begins = before in {"{", "[", ","} or part in {"}", "]"}
        if begins and before + part not in {"{}", "[]"}:
            yield "\n" + _INDENT * depth
        yield ": " if part == ":" else part
        depth += part in {"{", "["}
