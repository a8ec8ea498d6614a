import json
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.item_size import exceeds, item_size
from assembly_service.storage.attribute_values import from_attribute_value, to_attribute_value

DIGITS = st.integers(0, 10**24).map(str)
NUMBERS = st.builds(
    "{}{}{}{}".format,
    st.sampled_from(["", "-"]),
    DIGITS | st.integers(0, 99).map(str),
    st.just("") | DIGITS.map(".{}".format),
    st.just("") | st.integers(-400, 400).map("e{}".format) | st.integers(0, 40).map("E+{}".format),
)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = st.none() | st.booleans() | TEXTS | NUMBERS.map(exact_json.number)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(TEXTS, inner, max_size=5)
)


@given(number=NUMBERS, space=st.sampled_from(["", " ", "\n"]))
@example(number="0.1000000000000000055", space=" ")
@example(number="9007199254740993", space="")
@example(number="12345678901234567", space="")
@example(number="5e-324", space="")
def test_every_number_keeps_its_value_on_the_way_in_and_out(number: str, space: str) -> None:
    text = f'{{"a": "x",{space}"n":{space}{number},{space}"l":[{space}{number}{space}]}}'
    value = exact_json.loads(text)
    assert Decimal(str(value["n"])) == Decimal(str(value["l"][0])) == Decimal(number)
    out = json.loads(exact_json.dumps(value), parse_float=Decimal, parse_int=Decimal)
    assert out == {"a": "x", "n": Decimal(number), "l": [Decimal(number)]}


@given(number=NUMBERS)
@example(number="-1234567890123.45")
@example(number="0.0000001")
@example(number="0.00000000000001")
@example(number="-0.0")
def test_a_value_has_one_form_however_it_is_written(number: str) -> None:
    value = exact_json.loads(f"[{number}]")[0]
    again = exact_json.loads(f"[{Decimal(number):E}]")[0]
    stored = from_attribute_value(to_attribute_value(value))
    assert value == again == stored
    assert type(again) is type(stored)


@pytest.mark.parametrize("text", ["1" * 60, "-" + "1" * 60, "1e30", "0.1" + "0" * 30 + "1"])
def test_a_number_that_is_the_whole_text_keeps_its_value(text: str) -> None:
    assert Decimal(exact_json.loads(text)) == Decimal(text)


@pytest.mark.parametrize("text", ["[1e999999999999999999]", "[-1E+999999999999999999]"])
def test_a_number_beyond_every_decimal_is_nan(text: str) -> None:
    assert exact_json.loads(text)[0].is_nan()


@pytest.mark.parametrize(
    "text",
    ["[NaN]", "[Infinity]", "[01]", "[1.]", "[.5]", "[+1]", "[1e]", "{", "", "[1] 2", "\ud800"],
)
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(exact_json.NotJson):
        exact_json.loads(text)


def test_text_nested_too_deeply_is_refused() -> None:
    with pytest.raises(exact_json.NotJson):
        exact_json.loads("[" * 100_000 + "]" * 100_000)


@given(text=st.text(max_size=50), number=NUMBERS)
def test_text_round_trips_code_point_by_code_point(text: str, number: str) -> None:
    assert exact_json.loads(json.dumps([text, text])) == [text, text]
    assert exact_json.loads(f"[{json.dumps(text)}, {number}]")[0] == text


@given(
    parts=st.lists(st.dictionaries(TEXTS, VALUES, max_size=5), max_size=3),
    limit=st.integers(0, 400),
)
def test_a_row_exceeds_a_limit_exactly_when_its_size_does(
    parts: list[dict[str, Value]], limit: int
) -> None:
    assert exceeds(limit, parts) == (sum(map(item_size, parts)) > limit)
