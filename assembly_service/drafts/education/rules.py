"""The rules for education data (V2 to V9). Pure: the caller passes the date."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education.codes import (
    CANADA,
    COTO_REGISTERED,
    ONTARIO_UNIVERSITIES,
    UNIVERSITY,
    graduation_year,
    label,
)

FIRST_YEAR = 1950
MOST_NOTES = 100
INTERNATIONAL = "International education may require additional verification"
FUTURE = "Future graduation year - ensure this is correct for current students"
_BUSINESS_ID = re.compile(r"[a-zA-Z0-9_-]{1,20}")
_FLAGS: Mapping[str, str] = {
    "V2": "userBusinessIdValid",
    "V7": "userBusinessIdValid",
    "V3a": "cotoRegistrationValid",
    "V3b": "cotoRegistrationValid",
    "V3c": "cotoRegistrationValid",
    "V8": "cotoRegistrationValid",
    "V4": "universityCountryValid",
    "V5": "graduationYearValid",
}
FLAGS = tuple(dict.fromkeys(_FLAGS.values()))
_FIELDS: Mapping[str, str] = {
    "V2": "userBusinessId",
    "V3a": "cotoRegistration",
    "V3b": "cotoRegistration",
    "V3c": "cotoRegistration",
    "V4": "country",
    "V5": "graduationYear",
    "V6": "notes",
    "V7": "userBusinessId",
    "V8": "cotoRegistration",
    "V9": "accountId",
}
"""The field where each rule is mended."""


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule and its error sentence."""

    rule: str
    message: str

    @property
    def field(self) -> str:
        """The field where it is mended."""
        return _FIELDS[self.rule]


ID_TAKEN = Violation("V7", "User Business ID already exists for another OT Education record")
REGISTRATION_TAKEN = Violation("V8", "COTO Registration number already exists in the system")
ACCOUNT_TAKEN = Violation("V9", "Account already has an OT education record")
DUPLICATES = (ID_TAKEN, REGISTRATION_TAKEN, ACCOUNT_TAKEN)


@dataclass(frozen=True, slots=True)
class Findings:
    """The broken rules and the warnings of a check."""

    violations: tuple[Violation, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def errors(self) -> list[str]:
        """One sentence per broken rule."""
        return [each.message for each in self.violations]

    @property
    def fields(self) -> dict[str, str]:
        """The first error of each field."""
        fields: dict[str, str] = {}
        for each in self.violations:
            fields.setdefault(each.field, each.message)
        return fields

    @property
    def rules(self) -> list[str]:
        """The ids of the broken rules."""
        return [each.rule for each in self.violations]

    def flags(self) -> dict[str, bool]:
        """Return which of the four groups of fields are valid."""
        broken = {_FLAGS.get(each.rule) for each in self.violations}
        return {flag: flag not in broken for flag in FLAGS}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRules:
    """The rules that need no lookup. `registration` is matched in upper case."""

    registration: re.Pattern[str]
    registration_hint: str
    most_future_years: int

    def check(self, data: Mapping[str, Value], today: date) -> Findings:
        """Check well-formed data. A graduation after today's year is a warning."""
        last = today.year + self.most_future_years
        violations = (
            _business_id(data),
            self._registration(data),
            _university(data),
            _graduation(data, last),
            _notes(data),
        )
        return Findings(tuple(each for each in violations if each), _warnings(data, today, last))

    def _registration(self, data: Mapping[str, Value]) -> Violation | None:
        registration = data.get("cotoRegistration")
        if data["cotoStatus"] not in COTO_REGISTERED:
            return _NOT_EXPECTED if registration is not None else None
        if registration is None:
            return _EXPECTED
        if self.registration.fullmatch(registration):
            return None
        return Violation("V3c", f"COTO registration must be {self.registration_hint}")


_EXPECTED = Violation(
    "V3a",
    "COTO Registration number is required when status is General or Provisional/Temporary",
)
_NOT_EXPECTED = Violation(
    "V3b",
    "COTO Registration number should not be provided when status is Other, Student, Pending, or"
    " Resigned",
)


def _business_id(data: Mapping[str, Value]) -> Violation | None:
    if _BUSINESS_ID.fullmatch(data["userBusinessId"]):
        return None
    return Violation(
        "V2",
        "User Business ID must be 20 characters or less and contain only alphanumeric characters,"
        " underscores, or dashes",
    )


def _university(data: Mapping[str, Value]) -> Violation | None:
    university = data["university"]
    if university not in ONTARIO_UNIVERSITIES or data["country"] == CANADA:
        return None
    name = label(UNIVERSITY, university)
    return Violation("V4", f"{name} is a Canadian university and should be paired with Canada")


def _graduation(data: Mapping[str, Value], last: int) -> Violation | None:
    if FIRST_YEAR <= graduation_year(data["graduationYear"]) <= last:
        return None
    return Violation("V5", f"Graduation year must be between {FIRST_YEAR} and {last}")


def _notes(data: Mapping[str, Value]) -> Violation | None:
    if len(data.get("notes") or "") <= MOST_NOTES:
        return None
    message = f"Additional education details must be {MOST_NOTES} characters or less"
    return Violation("V6", message)


def _warnings(data: Mapping[str, Value], today: date, last: int) -> tuple[str, ...]:
    warnings = []
    if data["country"] != CANADA and data["university"] not in ONTARIO_UNIVERSITIES:
        warnings.append(INTERNATIONAL)
    # Beyond the last year it is an error (V5), not a student's plan.
    if today.year < graduation_year(data["graduationYear"]) <= last:
        warnings.append(FUTURE)
    return tuple(warnings)
