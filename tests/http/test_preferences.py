"""`Prefer: wait=N` is understood in every form of RFC 7240, and ignored where it is malformed."""

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from assembly_service.http.preferences import preferred_wait


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ([], None),
        (["wait=10"], 10),
        (["WAIT = 10"], 10),
        (['wait="10"'], 10),
        (["respond-async, wait=10"], 10),
        (["respond-async", "wait=10"], 10),
        (["wait=10; foo=bar, return=minimal"], 10),
        (['foo; bar="a, wait=3", wait=10'], 10),
        (['foo="wait=3, \\" wait=4", wait=10'], 10),
        (["wait=10, wait=20"], 10),
        ([" , wait=1,"], 1),
        (["wait=30"], 30),
        (["wait=31"], 30),
        (["wait=999999999"], 30),
        (["wait=0"], None),
        (["wait"], None),
        (["wait="], None),
        (["wait=-1"], None),
        (["wait=1.5"], None),
        (["wait=ten"], None),
        (["wait=١٠"], None),
        (["wait=, wait=10"], None),
        (["await=10"], None),
        (["wait10"], None),
        (['"wait=10'], None),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_wait_is_read_or_ignored(headers: list[str], seconds: int | None) -> None:
    given = CIMultiDict([("Prefer", header) for header in headers])
    assert preferred_wait(make_mocked_request("GET", "/", headers=given)) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("w" * 60_000, None),
        ('"' * 60_000, None),
        ("a=" * 30_000, None),
        ("a" * 60_000 + '"', None),
        ("a=" + "b" * 60_000 + '"', None),
        ('a="' + "b" * 60_000, None),
        ("a" + '""' * 30_000 + '"', None),
        ("a" + " " * 60_000 + '"', None),
        ("a;" + '"\\' * 20_000, None),
        (", " * 30_000 + '"', None),
        ("a," * 20_000 + "wait=10", 10),
    ],
    ids=lambda value: str(value)[:10],
)
def test_the_longest_header_is_read_at_once_whatever_its_form(
    header: str, seconds: int | None
) -> None:
    assert preferred_wait(make_mocked_request("GET", "/", headers={"Prefer": header})) == seconds
