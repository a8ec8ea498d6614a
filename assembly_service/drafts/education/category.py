"""The education category, from the graduation year and the membership year alone.

It decides fees, so nothing that a member can type freely may change it: the COTO status only
causes warnings.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import IntEnum
from importlib.resources import files
from zoneinfo import ZoneInfo

from assembly_service.drafts.education.codes import COTO_REGISTERED, COTO_STATUS, label
from assembly_service.drafts.education.reference_items import MembershipYearItem

with files("tzdata.zoneinfo").joinpath("America/Toronto").open("rb") as rules:
    # From the package, not the machine, so that all instances agree on the day.
    TORONTO = ZoneInfo.from_file(rules, key="America/Toronto")

UNAVAILABLE = "Membership period unavailable, category determined from graduation year only"
_BEFORE_GRADUATION = COTO_REGISTERED | {5}
_AFTER_GRADUATION = frozenset({1})


class Category(IntEnum):
    """The numbers are those of the enumeration `EducationCategory`."""

    GRADUATED = 0
    STUDENT = 1
    NEW_GRADUATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Determined:
    """A category, its rationale, and the end of the membership year if known."""

    category: Category
    rationale: str
    membership_ends: date | None = None


def local_time(now: int) -> datetime:
    """Convert milliseconds since 1970 to the date and time in Toronto."""
    return datetime.fromtimestamp(now / 1000, UTC).astimezone(TORONTO)


def current_membership_end(settings: Iterable[MembershipYearItem]) -> date | None:
    """Return the latest end of the most frequent active year, or None if no setting is active.

    Ties go to the later year.
    """
    active = [each for each in settings if each.status == "ACTIVE"]
    if not active:
        return None
    frequency = Counter(each.year for each in active)
    current = max(frequency, key=lambda year: (frequency[year], year))
    return max(each.year_ends for each in active if each.year == current)


def determine(*, graduated: int, today: date, membership_ends: date | None) -> Determined:
    """Return the category for a graduation year. A membership year includes its last day."""
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
    """Return the warning (V10) if the COTO status is unusual for the category."""
    if category is Category.STUDENT and coto_status in _BEFORE_GRADUATION:
        return f"COTO status {label(COTO_STATUS, coto_status)} is unusual before graduation"
    if category is not Category.STUDENT and coto_status in _AFTER_GRADUATION:
        return f"COTO status {label(COTO_STATUS, coto_status)} is unusual after graduation"
    return None
