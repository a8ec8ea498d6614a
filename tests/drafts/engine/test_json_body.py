import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assembly_service.domain import exact_json
from assembly_service.drafts.engine.json_body import (
    InvalidBody,
    read_object,
    shortened,
    unknown_lines,
)


def test_an_object_is_read_with_its_exact_values() -> None:
    assert read_object('{"a": [1, 2.50, null, true], "é": "\\ud83d\\ude00"}'.encode()) == {
        "a": [1, 2.5, None, True],
        "é": "😀",
    }


def test_an_empty_body_is_an_empty_object() -> None:
    assert read_object(b"") == read_object(b"{}") == read_object(b" {} ") == {}


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (b'{"a": 1, "a": 1}', "a"),
        (b'{"a": 1, "b": 2, "\\u0061": 3}', "a"),
        (b'{"a": {"b": 1, "c": 2, "b": 3}}', "b"),
        (b'{"a": [0, {"": 1, "": 2}]}', ""),
        (b'{"a": {"a": 1}, "b": [{"a": 1}, {"a": 1}], "A": 1}', None),
        (b'{"a": ' + b"[" * 200 + b"]" * 200 + b', "n": ' + b"9" * 5000 + b"}", None),
    ],
)
def test_a_duplicate_key_in_an_object_is_refused(body: bytes, name: str | None) -> None:
    if name is None:
        assert read_object(body)
        return
    with pytest.raises(InvalidBody) as refused:
        read_object(body)
    assert refused.value.lines == [f"The body names {name} twice"]


@pytest.mark.parametrize("body", [b"[]", b"null", b'"text"', b"1", b"true", b"1e999999999999"])
def test_json_other_than_an_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidBody) as refused:
        read_object(body)
    assert refused.value.lines == ["The body must be a JSON object."]


@pytest.mark.parametrize(
    ("body", "start"),
    [
        (b"{", "The body must be JSON: "),
        (b" ", "The body must be JSON: "),
        (b"{'a': 1}", "The body must be JSON: "),
        (b'{"a": NaN}', "The body must be JSON: NaN is not a JSON number."),
        (b'{"a": -Infinity}', "The body must be JSON: "),
        (b'{"a": 01}', "The body must be JSON: "),
        ('\ufeff{"a": 1}'.encode(), "The body must be JSON: "),
        (b'{"a":' * 100_000, "The body must be JSON: nested too deeply."),
        (b'{"a": "\xff"}', "The body must be JSON in UTF-8."),
        ('{"a": 1}'.encode("utf-16"), "The body must be JSON in UTF-8."),
        (b'{"a": "\xed\xa0\x80"}', "The body must be JSON in UTF-8."),
        (b'{"a": "\\ud800"}', "The body must not hold half of a surrogate pair"),
        (b'{"\\udfff": 1}', "The body must not hold half of a surrogate pair"),
        (b'{"a": [{"b": "x\\ud800x"}]}', "The body must not hold half of a surrogate pair"),
        (b'{"a": ' + b"[" * 500 + b"]" * 500 + b"}", "The body must not hold half of a"),
    ],
)
def test_anything_but_a_json_object_in_utf_8_is_refused_in_one_line(
    body: bytes, start: str
) -> None:
    with pytest.raises(InvalidBody) as refused:
        read_object(body)
    [line] = refused.value.lines
    assert line.startswith(start)
    assert len(line) < 200


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
@example(body=b'{"a": 1e999999999999, "b": -1e-999999999999, "c": 1' + b"0" * 5000 + b"}")
def test_any_bytes_are_read_or_refused_and_what_is_read_can_be_written_again(body: bytes) -> None:
    try:
        value = read_object(body)
    except InvalidBody as refused:
        "".join(refused.lines).encode()
    else:
        exact_json.dumps(value)


def test_unknown_names_are_listed_in_order_and_shortened() -> None:
    lines = unknown_lines(["b", "a", "c", "x" * 5000], {"a"}, "field")
    assert lines == ["Unknown field: b", "Unknown field: c", f"Unknown field: {'x' * 99}…"]
    assert shortened("x" * 100) == "x" * 100
