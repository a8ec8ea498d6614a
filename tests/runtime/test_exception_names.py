"""Exceptions are named in one way, as CONTRIBUTING.md says."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
OTHERWISE = re.compile(r"^ *class (\w+(?:Error|Exception))\b", re.MULTILINE)


def test_the_name_of_an_exception_says_what_happened_without_error() -> None:
    for package in ("assembly_service", "bench", "tests"):
        for source in (ROOT / package).rglob("*.py"):
            found = OTHERWISE.findall(source.read_text(encoding="utf-8"))
            assert not found, source.relative_to(ROOT)
