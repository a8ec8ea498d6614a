"""Cases 7 to 9: the category by year of graduation, membership year and day, and nothing else."""

from datetime import date, timedelta
from itertools import product

import pytest

from assembly_service.drafts.education.category import (
    Category,
    MembershipYear,
    current_membership_end,
    determine,
    implausible,
    local_time,
)
from tests.drafts.education.support import toronto

GRADUATED, STUDENT, NEW = Category.GRADUATED, Category.STUDENT, Category.NEW_GRADUATED
TODAY = date(2100, 3, 1)
Y = TODAY.year
# A lookup that fails gives no date either; what is said of it is tested over HTTP.
ENDS = {
    "yesterday": TODAY - timedelta(days=1),
    "today": TODAY,
    "tomorrow": TODAY + timedelta(days=1),
    "unknown": None,
    "lookup error": None,
}
OPEN = {"today", "tomorrow"}
CASES = [*product((Y + 1, Y, Y - 1, Y - 2), ENDS)]


def expected(graduated: int, ends: str) -> Category:
    if graduated == Y + 1:
        return STUDENT
    return NEW if graduated >= Y - 1 and ends in OPEN else GRADUATED


@pytest.mark.parametrize(("graduated", "ends"), CASES)
def test_case_07_the_category_follows_from_the_year_and_the_membership_period(
    graduated: int, ends: str
) -> None:
    found = determine(graduated=graduated, today=TODAY, membership_ends=ENDS[ends])
    assert found.category is expected(graduated, ends)
    assert found.membership_ends == ENDS[ends]


def test_case_07_the_matrix_has_its_twenty_cases() -> None:
    assert len(CASES) == 20


@pytest.mark.parametrize(
    ("graduated", "ends", "rationale"),
    [
        (Y + 1, TODAY, "Graduation year 2101 is after 2100"),
        (Y, TODAY, "Graduated in 2100, membership period open until 2100-03-01"),
        (Y - 1, None, "Graduated in 2099, no open membership period"),
        (Y - 2, TODAY, "Graduated in 2098"),
    ],
)
def test_the_rationale_says_what_decided(graduated: int, ends: date | None, rationale: str) -> None:
    found = determine(graduated=graduated, today=TODAY, membership_ends=ends)
    assert found.rationale == rationale


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


def test_case_08_the_new_year_of_utc_is_still_the_old_year_in_toronto() -> None:
    new_year_of_utc = 4_102_444_800_000
    assert local_time(new_year_of_utc).isoformat() == "2099-12-31T19:00:00-05:00"


@pytest.mark.parametrize(
    ("instant", "category"),
    [
        ("2100-03-01 23:59", NEW),
        ("2100-03-02 00:01", GRADUATED),
    ],
)
def test_case_08_the_last_day_of_the_membership_year_belongs_to_it(
    instant: str, category: Category
) -> None:
    today = local_time(toronto(instant)).date()
    found = determine(graduated=2100, today=today, membership_ends=date(2100, 3, 1))
    assert found.category is category


@pytest.mark.parametrize(
    ("instant", "category"),
    [("2099-12-31 23:59", STUDENT), ("2100-01-01 00:01", NEW)],
)
def test_case_08_a_student_is_a_new_graduate_from_the_new_year_of_toronto_on(
    instant: str, category: Category
) -> None:
    today = local_time(toronto(instant)).date()
    found = determine(graduated=2100, today=today, membership_ends=date(2100, 12, 31))
    assert found.category is category


def test_case_08_a_membership_year_may_end_on_a_leap_day() -> None:
    leap_day = date(2104, 2, 29)
    inside = determine(graduated=2104, today=leap_day, membership_ends=leap_day)
    after = determine(graduated=2104, today=date(2104, 3, 1), membership_ends=leap_day)
    assert (inside.category, after.category) == (NEW, GRADUATED)


@pytest.mark.parametrize(("category", "status"), [*product(Category, range(6))])
def test_case_09_a_status_that_hardly_fits_only_makes_a_warning(
    category: Category, status: int
) -> None:
    labels = {3: "Provisional/Temporary", 4: "General", 5: "Resigned"}
    expected = None
    if category is STUDENT and status in labels:
        expected = f"COTO status {labels[status]} is unusual before graduation"
    if category is not STUDENT and status == 1:
        expected = "COTO status Student is unusual after graduation"
    assert implausible(category, status) == expected


def years(*settings: tuple[int, str]) -> list[MembershipYear]:
    return [MembershipYear(year=year, year_ends=date.fromisoformat(end)) for year, end in settings]


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
    found = current_membership_end(years(*settings))
    assert found == (None if end is None else date.fromisoformat(end))
