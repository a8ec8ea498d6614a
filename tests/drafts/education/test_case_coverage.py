"""Each of the test cases 1 to 26 has a test."""

import re
from pathlib import Path

CASES = range(1, 27)


def test_every_case_has_a_test_with_its_number() -> None:
    sources = (path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    names = re.findall(r"^(?:async )?def test_case_(\d\d)_", "\n".join(sources), re.MULTILINE)
    assert {int(number) for number in names} == {*CASES}
