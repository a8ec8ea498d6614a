"""What is wrong at the moment, in words: failing checks, then the log's warnings and errors."""

from collections.abc import Iterable, Sequence

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.flow.log_sentences import sentence_of
from assembly_service.operations.health import Check, CheckStatus
from assembly_service.runtime.recent_lines import RecentLine

MOST_PROBLEMS = 20
_ACTIONS = frozenset({"dead_letters_redriven", "products_announced_again"})
"""Logged as warnings, so that no LOG_LEVEL hides who did what; but nothing is wrong."""

_KIND = ("queue", "reason", "code", "path")
"""Lines of one event that agree in these are alike."""


def problems(
    *, unread: Iterable[str], checks: Sequence[Check], lines: Iterable[RecentLine], now: int
) -> list[dict[str, str]]:
    """Return the problems with their instants: those of now, then the log's, newest first.

    `unread` are sentences about what could not be read. Lines of one kind are told as one.
    """
    wrong = [check.detail for check in checks if check.status is not CheckStatus.OK]
    found = [(now, sentence) for sentence in dict.fromkeys([*unread, *wrong])]
    kinds: dict[tuple[object, ...], list[RecentLine]] = {}
    for line in lines:
        if line.event not in _ACTIONS:
            kind = (line.event, *map(line.values.get, _KIND))
            kinds.setdefault(kind, []).append(line)
    found += [(alike[0].at, _told(alike)) for alike in kinds.values()]
    return [
        {"at": format_milliseconds(at), "sentence": sentence}
        for at, sentence in found[:MOST_PROBLEMS]
    ]


def _told(alike: Sequence[RecentLine]) -> str:
    sentence = sentence_of(alike[0])
    return sentence if len(alike) == 1 else f"{sentence} {len(alike) - 1} more like it."
