"""The lines of values in JSON text are found whatever the text looks like."""

import json

import pytest

from assembly_service.cli.json_lines import Location, line_of, lines_by_location
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from tests.harness.small_events import event


def _locations(value: Value, at: Location = ()) -> list[Location]:
    """Every value's location, in the order of the text."""
    inner: list[tuple[int | str, Value]] = []
    if isinstance(value, dict):
        inner = list(value.items())
    if isinstance(value, list):
        inner = list(enumerate(value))
    return [at, *(each for key, value in inner for each in _locations(value, (*at, key)))]


@pytest.mark.parametrize("kind", HalfKind)
def test_every_value_of_an_event_is_found_in_its_line(kind: HalfKind) -> None:
    value = event(kind, 1) | {"tags": ["a", ["b", {}], []], "odd": {'{"\\,:': [1], "é\n": None}}
    text = json.dumps(value, indent=1)
    found = lines_by_location(text)
    # `json` begins a line with each value, and has lines that only close an array or object.
    begun = [
        number
        for number, line in enumerate(text.split("\n"), start=1)
        if line.strip(" ,") not in {"]", "}"}
    ]
    assert found == dict(zip(_locations(value), begun, strict=True))


def test_values_that_share_a_line_are_found_too() -> None:
    text = '\n{"a": [1,\n 2], "b":\n\n {"c": "\\"d\\":", "e": true}, "a"\n: 3}'
    assert lines_by_location(text) == {
        (): 2,
        ("a",): 5,
        ("a", 0): 2,
        ("a", 1): 3,
        ("b",): 3,
        ("b", "c"): 5,
        ("b", "e"): 5,
    }


def test_what_is_missing_is_missing_where_its_parent_begins() -> None:
    lines = lines_by_location('{\n "a": [\n  {}\n ]\n}')
    assert line_of(("a", 0, "b"), lines) == 3
    assert line_of(("title",), lines) == 1
