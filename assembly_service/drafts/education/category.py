"""The education category: by the year of graduation and the membership year, nothing else.

It decides fees, so nothing counts that a member can type freely: the status with the college only
makes warnings.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum
from importlib.resources import files
from zoneinfo import ZoneInfo

from assembly_service.drafts.education.codes import COTO_REGISTERED, COTO_STATUS, label

with files("tzdata.zoneinfo").joinpath("America/Toronto").open("rb") as rules:
    # From the package and not from the machine: every instance has the same days.
    TORONTO = ZoneInfo.from_file(rules, key="America/Toronto")

UNAVAILABLE = "Membership period unavailable, category determined from graduation year only"
_BEFORE_GRADUATION = COTO_REGISTERED | {5}
_AFTER_GRADUATION = frozenset({1})


class Category(IntEnum):
    """What fees go by; the numbers are those of the enumeration `EducationCategory`."""

    GRADUATED = 0
    STUDENT = 1
    NEW_GRADUATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Determined:
    """A category, why, and the end of the membership year if it was looked at."""

    category: Category
    rationale: str
    membership_ends: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MembershipYear:
    """One membership setting of an organisation: a year and its last day."""

    year: int
    year_ends: date


def local_time(now: int) -> datetime:
    """Date and time in Toronto, of milliseconds since 1970."""
    return datetime.fromtimestamp(now / 1000, UTC).astimezone(TORONTO)


def current_membership_end(active: Iterable[MembershipYear]) -> date | None:
    """The last day of the membership year that most active settings have; None if there are none.

    Of years that are equally frequent the later one counts, and of its ends the latest.
    """
    settings = [*active]
    if not settings:
        return None
    frequency = Counter(each.year for each in settings)
    current = max(frequency, key=lambda year: (frequency[year], year))
    return max(each.year_ends for each in settings if each.year == current)


def determine(*, graduated: int, today: date, membership_ends: date | None) -> Determined:
    """The category of who graduates in a year. The last day of a membership year belongs to it."""
    if graduated > today.year:
        return Determined(
            category=Category.STUDENT,
            rationale=f"Graduation year {graduated} is after {today.year}",
            membership_ends=membership_ends,
        )
    if graduated < today.year - 1:
        category, rationale = Category.GRADUATED, f"Graduated in {graduated}"
    elif membership_ends is not None and today <= membership_ends:
        category = Category.NEW_GRADUATED
        rationale = f"Graduated in {graduated}, membership period open until {membership_ends}"
    else:
        category = Category.GRADUATED
        rationale = f"Graduated in {graduated}, no open membership period"
    return Determined(category=category, rationale=rationale, membership_ends=membership_ends)


def implausible(category: Category, coto_status: int) -> str | None:
    """The warning (V10) for a status with the college that hardly goes with the category."""
    if category is Category.STUDENT and coto_status in _BEFORE_GRADUATION:
        return f"COTO status {label(COTO_STATUS, coto_status)} is unusual before graduation"
    if category is not Category.STUDENT and coto_status in _AFTER_GRADUATION:
        return f"COTO status {label(COTO_STATUS, coto_status)} is unusual after graduation"
    return None
