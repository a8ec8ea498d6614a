"""Values in log events have one name everywhere: whoever searches the log knows it in advance."""

import ast
from pathlib import Path
from typing import TypeGuard

import assembly_service

_SOURCES = Path(assembly_service.__file__).parent
_LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
_OTHER_NAMES = {"because", "cause", "error", "error_code", "why"}
"""Of an error's `code`, and of a cause in words, its `reason`."""


def test_events_name_an_error_by_its_code_and_a_cause_by_its_reason() -> None:
    for source in _SOURCES.rglob("*.py"):
        for call in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
            if _is_event(call):
                named = {keyword.arg for keyword in call.keywords}
                assert not named & _OTHER_NAMES, f"{source.name}, line {call.lineno}"


def _is_event(node: ast.AST) -> TypeGuard[ast.Call]:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _LEVELS
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id in {"log", "_log"}
    )
