"""The test cases of the specification are numbered 1 to 37, and each has its tests."""

import re
from pathlib import Path

CASES = range(1, 38)


def test_every_case_for_a_tester_has_a_test_that_names_its_number() -> None:
    sources = (path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    names = re.findall(r"^async def test_case_(\d\d)_", "\n".join(sources), re.MULTILINE)
    assert {int(number) for number in names} == {*CASES}
