"""Nothing from elsewhere steers a terminal, wherever it is printed."""

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
"""A title that is set, a colour, two turns of direction, line breaks, half of a character."""
LETTERS = "Perles ✨ خرز שלום"


def steers(text: str) -> list[str]:
    """The characters that a terminal would obey, or could not show."""
    return [
        each
        for each in text
        if unicodedata.category(each) in {"Cc", "Cs", "Zl", "Zp"}
        or unicodedata.bidirectional(each) in {"RLO", "LRO", "RLE", "LRE", "RLI", "LRI", "FSI"}
    ]


def fail() -> None:
    raise LookupError(STEERING)


def test_what_steers_a_terminal_is_shown_escaped_and_letters_as_they_are() -> None:
    assert one_line("a\x1bb\nc\u202ed\x9be") == "a\\u001bb\\nc\\u202ed\\u009be"
    assert one_line(LETTERS) == LETTERS


@given(st.text(st.characters(exclude_categories=())))
def test_no_text_steers(text: str) -> None:
    assert steers(one_line(text)) == []


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_json_stays_the_same_json(text: str) -> None:
    assert json.loads(one_line(json.dumps({"title": text}, ensure_ascii=False))) == {"title": text}


def test_a_body_is_printed_without_anything_that_steers() -> None:
    for body in (STEERING, json.dumps({"title": STEERING}, ensure_ascii=False)):
        assert steers(pretty(body).replace("\n", "")) == []


def test_a_table_prints_nothing_that_steers(capsys: pytest.CaptureFixture[str]) -> None:
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
    """What a console's log lines go to."""
    stream = io.StringIO()
    configure_logs(level="INFO", log_format="console", stream=stream)
    # Loggers that keep what they are now would write nowhere in later tests.
    structlog.configure(cache_logger_on_first_use=False)
    return stream


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def test_a_log_line_on_a_console_steers_nothing_its_traceback_neither(
    console: io.StringIO,
) -> None:
    try:
        fail()
    except LookupError:
        structlog.get_logger().exception(STEERING, title=STEERING, given={"title": STEERING})
    written = console.getvalue()
    assert "LookupError" in written
    assert steers(written.replace("\n", "")) == []
    # The lines are those of the traceback: no value has made one.
    assert len(written.splitlines()) < 10
