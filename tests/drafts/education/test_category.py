"""Cases 7 to 9: only graduation year, membership year and date decide the category."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest

from assembly_service.drafts.education.category import (
    UNAVAILABLE,
    Category,
    current_membership_end,
    determine,
    implausible,
    local_time,
)
from assembly_service.drafts.education.checks import Checks
from assembly_service.drafts.education.codes import graduation_code
from tests.drafts.education.reference import membership_year
from tests.drafts.education.support import toronto

GRADUATED, STUDENT, NEW = Category.GRADUATED, Category.STUDENT, Category.NEW_GRADUATED
TODAY = date(2100, 3, 1)
Y = TODAY.year
YEARS = (Y + 1, Y, Y - 1, Y - 2)
ENDS: dict[str, date | Exception | None] = {
    "yesterday": TODAY - timedelta(days=1),
    "today": TODAY,
    "tomorrow": TODAY + timedelta(days=1),
    "unknown": None,
    "lookup error": TimeoutError(),
}
MATRIX = {
    Y + 1: (STUDENT, STUDENT, STUDENT, STUDENT, STUDENT),
    Y: (GRADUATED, NEW, NEW, GRADUATED, GRADUATED),
    Y - 1: (GRADUATED, NEW, NEW, GRADUATED, GRADUATED),
    Y - 2: (GRADUATED, GRADUATED, GRADUATED, GRADUATED, GRADUATED),
}
"""The categories by graduation year, in the order of `ENDS`."""


def row_of_the_table(graduated: int, ends: date | None) -> tuple[Category, str]:
    """The only row that applies to a year and the end of a membership period."""
    is_recent = graduated in {Y, Y - 1}
    is_open = ends is not None and ends >= TODAY
    rows = [
        (STUDENT, f"Graduation year {graduated} is after {Y}", graduated > Y),
        (
            NEW,
            f"Graduated in {graduated}, membership period open until {ends}",
            is_recent and is_open,
        ),
        (
            GRADUATED,
            f"Graduated in {graduated}, no open membership period",
            is_recent and not is_open,
        ),
        (GRADUATED, f"Graduated in {graduated}", graduated < Y - 1),
    ]
    [row] = [(category, rationale) for category, rationale, holds in rows if holds]
    return row


class Lookup:
    """Returns the end of the membership year, or fails."""

    def __init__(self, ends: date | Exception | None) -> None:
        self._ends = ends

    async def membership_ends(self, _: str) -> date | None:
        if isinstance(self._ends, Exception):
            raise self._ends
        return self._ends


@pytest.mark.parametrize(("graduated", "ends"), [*product(YEARS, ENDS)])
async def test_case_07_the_category_follows_from_the_year_and_the_membership_period(
    graduated: int, ends: str
) -> None:
    lookup: Any = Lookup(ENDS[ends])
    unused: Any = None
    now = toronto(f"{TODAY} 12:00")
    checks = Checks(local_rules=unused, records=unused, reference=lookup, clock=lambda: now)
    data = {"graduationYear": graduation_code(graduated), "cotoStatus": 0}
    check = await checks.category(data, "org-1", lenient=True)
    assert check.determined.category is MATRIX[graduated][[*ENDS].index(ends)]
    has_failed = isinstance(ENDS[ends], Exception)
    assert check.determined.membership_ends == (None if has_failed else ENDS[ends])
    assert check.warnings == ((UNAVAILABLE,) if has_failed else ())


@pytest.mark.parametrize("graduated", range(Y - 4, Y + 4))
def test_case_07_exactly_one_row_of_the_table_applies_to_each_year_and_membership_period(
    graduated: int,
) -> None:
    for ends in [*(TODAY + timedelta(days=each) for each in range(-400, 401)), None]:
        found = determine(graduated=graduated, today=TODAY, membership_ends=ends)
        assert (found.category, found.rationale) == row_of_the_table(graduated, ends)


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2100-03-01 23:59", date(2100, 3, 1)),
        ("2100-03-02 00:01", date(2100, 3, 2)),
        ("2099-12-31 23:59", date(2099, 12, 31)),
        ("2100-01-01 00:01", date(2100, 1, 1)),
        ("2104-02-29 23:59", date(2104, 2, 29)),
        ("2104-03-01 00:01", date(2104, 3, 1)),
    ],
)
def test_case_08_a_day_lasts_until_midnight_in_toronto(instant: str, day: date) -> None:
    assert local_time(toronto(instant)).date() == day


def test_case_08_at_new_year_in_utc_it_is_still_the_old_year_in_toronto() -> None:
    new_year_of_utc = 4_102_444_800_000
    assert local_time(new_year_of_utc).isoformat() == "2099-12-31T19:00:00-05:00"


@pytest.mark.parametrize(
    ("instant", "category"),
    [
        ("2100-03-01 23:59", NEW),
        ("2100-03-02 00:01", GRADUATED),
    ],
)
def test_case_08_a_membership_year_includes_its_last_day(instant: str, category: Category) -> None:
    today = local_time(toronto(instant)).date()
    found = determine(graduated=2100, today=today, membership_ends=date(2100, 3, 1))
    assert found.category is category


@pytest.mark.parametrize(
    ("instant", "category"),
    [("2099-12-31 23:59", STUDENT), ("2100-01-01 00:01", NEW)],
)
def test_case_08_a_student_becomes_a_new_graduate_at_new_year_in_toronto(
    instant: str, category: Category
) -> None:
    today = local_time(toronto(instant)).date()
    found = determine(graduated=2100, today=today, membership_ends=date(2100, 12, 31))
    assert found.category is category


def test_case_08_a_membership_year_can_end_on_a_leap_day() -> None:
    leap_day = date(2104, 2, 29)
    inside = determine(graduated=2104, today=leap_day, membership_ends=leap_day)
    after = determine(graduated=2104, today=date(2104, 3, 1), membership_ends=leap_day)
    assert (inside.category, after.category) == (NEW, GRADUATED)


@pytest.mark.parametrize(("category", "status"), [*product(Category, range(6))])
def test_case_09_an_unusual_status_only_causes_a_warning(category: Category, status: int) -> None:
    labels = {3: "Provisional/Temporary", 4: "General", 5: "Resigned"}
    expected = None
    if category is STUDENT and status in labels:
        expected = f"COTO status {labels[status]} is unusual before graduation"
    if category is not STUDENT and status == 1:
        expected = "COTO status Student is unusual after graduation"
    assert implausible(category, status) == expected


@pytest.mark.parametrize(
    ("settings", "end"),
    [
        ([], None),
        ([(2100, "2100-09-30")], "2100-09-30"),
        ([(2099, "2099-09-30"), (2099, "2099-10-31"), (2100, "2100-09-30")], "2099-10-31"),
        ([(2099, "2099-12-31"), (2100, "2100-09-30")], "2100-09-30"),
        ([(2100, "2100-09-30"), (2099, "2099-12-31")], "2100-09-30"),
    ],
    ids=["none", "one", "most frequent, then latest end", "tie: later year", "in any order"],
)
def test_the_current_membership_year_is_the_most_frequent_and_then_the_later_one(
    settings: list[tuple[int, str]], end: str | None
) -> None:
    found = current_membership_end(
        membership_year("any", year=year, ends=ends) for year, ends in settings
    )
    assert found == (None if end is None else date.fromisoformat(end))
