"""Nouns agree with their count, and times name their zone."""

import pytest

from assembly_service.cli.wording import counted, readable_time


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


def test_a_time_is_read_to_the_second_and_names_its_zone() -> None:
    assert readable_time(1_795_000_000_000) == "2026-11-18 11:06:40Z"
