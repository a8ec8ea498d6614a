"""Which values of W3C's trace context are taken, and what is understood of later versions."""

import pytest

from assembly_service.domain.trace_context import NO_TRACE, trace_context_of

IDS = f"{'a' * 32}-{'b' * 16}"


@pytest.mark.parametrize(
    ("later", "first"),
    [
        (f"cc-{IDS}-01", f"00-{IDS}-01"),
        (f"01-{IDS}-ff-what-else", f"00-{IDS}-01"),
        (f"01-{IDS}-02-", f"00-{IDS}-00"),
    ],
)
def test_of_a_later_version_the_ids_and_whether_it_is_sampled_are_taken(
    later: str, first: str
) -> None:
    assert trace_context_of(later, None) == {"traceparent": first}


@pytest.mark.parametrize(
    "wrong",
    [
        f"ff-{IDS}-01",
        f"00-{IDS}-01-more",
        f"01-{IDS}-01more",
        f"01-{IDS}-1",
        f"01-{IDS}-0g",
        f"01-{IDS}".upper() + "-01",
        f"01-{'0' * 32}-{'b' * 16}-01",
        None,
    ],
)
def test_what_no_version_allows_is_no_trace(wrong: object) -> None:
    assert trace_context_of(wrong, "us=1") == NO_TRACE
