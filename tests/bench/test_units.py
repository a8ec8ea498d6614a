"""What DynamoDB bills for single items, with the numbers of its documentation."""

import pytest

from assembly_service.storage.attribute_values import Item
from bench.units import query_units, read_units, write_units


def item(size: int, **attributes: str) -> Item:
    """An item of that many bytes."""
    known: Item = {name: {"S": value} for name, value in attributes.items()}
    taken = sum(len(name) + len(value) for name, value in attributes.items())
    return known | {"x": {"S": "x" * (size - taken - 1)}}


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(0, True, 1), (0, False, 0.5), (4096, True, 1), (4097, True, 2), (4097, False, 1)],
)
def test_a_read_is_billed_by_4_kb_and_a_missing_item_like_the_smallest(
    size: int, consistent: bool, units: float
) -> None:
    assert read_units(item(size) if size else None, consistent=consistent) == units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [(0, 1024, 1), (0, 1025, 2), (3000, 100, 3), (100, 3000, 3), (2600, 0, 3)],
)
def test_a_write_is_billed_by_the_larger_of_old_and_new(
    before: int, after: int, units: int
) -> None:
    old, new = (item(size) if size else None for size in (before, after))

    assert write_units(old, new, index_key=None) == units


@pytest.mark.parametrize(("size", "units"), [(0, 1), (500, 1), (2600, 3)])
def test_a_failed_condition_is_billed_by_the_existing_item(size: int, units: int) -> None:
    there = item(size, at="1") if size else None

    assert write_units(there, there, index_key="at") == units


@pytest.mark.parametrize(
    ("before", "after", "units"),
    [(None, "1", 2), ("1", "2", 3), ("1", "1", 1), ("1", None, 2)],
)
def test_a_keys_only_index_adds_a_unit_for_every_entry_written_or_deleted(
    before: str | None, after: str | None, units: int
) -> None:
    old, new = (item(100, at=at) if at else None for at in (before, after))

    assert write_units(old, new, index_key="at") == units


def test_a_transaction_bills_each_item_twice_and_its_index_once() -> None:
    new = item(1500, at="1")

    assert read_units(item(5000), consistent=True, transactional=True) == 4
    assert write_units(None, new, index_key="at", transactional=True) == 2 * 2 + 1


@pytest.mark.parametrize(
    ("sizes", "consistent", "units"),
    [([], True, 1), ([100] * 9, True, 1), ([3000, 3000], True, 2), ([3000, 3000], False, 1)],
)
def test_a_query_is_billed_by_the_total_size_it_read(
    sizes: list[int], consistent: bool, units: float
) -> None:
    assert query_units([item(size) for size in sizes], consistent=consistent) == units
