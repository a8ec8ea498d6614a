"""Untrusted text never controls a terminal."""

import io
import json
import unicodedata
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from assembly_service.cli.formatting import as_text
from assembly_service.cli.pretty_json import pretty
from assembly_service.cli.tables import print_table
from assembly_service.runtime.logs import configure_logs
from assembly_service.runtime.terminal import one_line

STEERING = "\x1b]0;owned\x07\x9b31m\u202e\u2066\n\r\x00\x7f\u2028\ud800"
"""A window title, a colour, bidirectional marks, line breaks, a lone surrogate."""
LETTERS = "Perles ✨ خرز שלום"


def steers(text: str) -> list[str]:
    """The characters that a terminal would obey, or cannot show."""
    return [
        each
        for each in text
        if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(each) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI"}
    ]


def fail() -> None:
    raise LookupError(STEERING)


def test_control_characters_are_escaped_and_letters_are_not() -> None:
    assert one_line("a\x1bb\nc\u202ed\x9be") == "a\\u001bb\\nc\\u202ed\\u009be"
    assert one_line(LETTERS) == LETTERS


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_controls_a_terminal(text: str) -> None:
    assert steers(one_line(text)) == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_stays_the_same_json(text: str) -> None:
    assert json.loads(one_line(json.dumps({"title": text}, ensure_ascii=False))) == {"title": text}


def test_a_body_is_printed_without_control_characters() -> None:
    for body in (STEERING, json.dumps({"title": STEERING}, ensure_ascii=False)):
        assert steers(pretty(body).replace("\n", "")) == []


def test_a_table_prints_no_control_characters(capsys: pytest.CaptureFixture[str]) -> None:
    print_table(title="Dead letters", columns=["Reason"], rows=[[STEERING]])
    assert steers(capsys.readouterr().out.replace("\n", "")) == []


def test_the_line_of_a_product_is_one_line() -> None:
    product: dict[str, object] = {
        "seller_handle": "s",
        "video_id": "v",
        "title": STEERING,
        "price": None,
        "sizes": None,
        "thumbnails": [],
        "updated_at": "",
    }
    assert steers(one_line(as_text("new_product", {"product": product}))) == []


@pytest.fixture
def console() -> io.StringIO:
    """Where console log lines go."""
    stream = io.StringIO()
    configure_logs(level="INFO", log_format="console", stream=stream)
    # Loggers cached here would write to a closed stream in later tests.
    structlog.configure(cache_logger_on_first_use=False)
    return stream


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_neither_a_console_log_line_nor_its_traceback_controls_the_terminal(
    console: io.StringIO,
) -> None:
    try:
        fail()
    except LookupError:
        structlog.get_logger().exception(STEERING, title=STEERING, given={"title": STEERING})
    written = console.getvalue()
    assert "LookupError" in written
    assert steers(written.replace("\n", "")) == []
    # All line breaks are those of the traceback, none is from a value.
    assert len(written.splitlines()) < 10
