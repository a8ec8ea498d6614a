"""What is wrong at the moment, in words: failing checks, then the log's warnings and errors."""

from collections.abc import Iterable, Sequence

from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.flow.log_sentences import sentence_of
from assembly_service.operations.health import Check, CheckStatus
from assembly_service.runtime.recent_lines import RecentLine

MOST_PROBLEMS = 20
_ACTIONS = frozenset({"dead_letters_redriven", "products_announced_again"})
"""Logged as warnings, so that no LOG_LEVEL hides who did what; but they are no problems."""


def problems(
    *, unread: Iterable[str], checks: Sequence[Check], lines: Iterable[RecentLine], now: int
) -> list[dict[str, str]]:
    """Return the problems with their instants: those of now, then the log's, newest first.

    `unread` are sentences about what could not be read. Of lines that read alike the newest counts.
    """
    wrong = [check.detail for check in checks if check.status is not CheckStatus.OK]
    found: dict[str, int] = dict.fromkeys([*unread, *wrong], now)
    for line in lines:
        if line.event not in _ACTIONS:
            found.setdefault(sentence_of(line), line.at)
    return [
        {"at": format_milliseconds(at), "sentence": sentence}
        for sentence, at in list(found.items())[:MOST_PROBLEMS]
    ]
