"""Calls that take a limited number of things get all of them, in order."""

import pytest

from assembly_service.runtime.chunks import chunks


@pytest.mark.parametrize(
    ("count", "sizes"), [(0, []), (1, [1]), (10, [10]), (11, [10, 1]), (25, [10, 10, 5])]
)
def test_every_thing_is_in_one_chunk_in_order(count: int, sizes: list[int]) -> None:
    parts = chunks(range(count), 10)
    assert [len(part) for part in parts] == sizes
    assert [thing for part in parts for thing in part] == list(range(count))
