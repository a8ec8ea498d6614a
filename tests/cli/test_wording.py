"""Nouns agree with their count."""

import pytest

from assembly_service.cli.wording import counted


@pytest.mark.parametrize(
    ("count", "expected"), [(0, "0 records"), (1, "1 record"), (2, "2 records")]
)
def test_one_is_singular_and_any_other_number_plural(count: int, expected: str) -> None:
    assert counted(count, "record") == expected


def test_an_irregular_plural_is_used() -> None:
    assert [counted(count, "line is", "lines are") for count in (1, 2)] == [
        "1 line is",
        "2 lines are",
    ]
