"""The rules for a project's data before a commit. Pure: the caller passes the date."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import partial

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import int_if_whole
from assembly_service.drafts.project.fields import FIELDS, Data, JsonType, Mistakes
from assembly_service.drafts.project.files import FileRules, file_mistake

INPUT_STEPS = (1, 2, 3)
ALL_STEPS = (1, 2, 3, 4)
PRIORITIES = ("low", "medium", "high")
NO_DESCRIPTION = "Consider adding a project description for better documentation"

_PHONE = re.compile(r"\+?[0-9 ().-]{7,20}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LEAST_DIGITS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRules:
    """The rules that an operator can set."""

    building_types: tuple[str, ...]
    files: FileRules
    require_documents: bool = False
    name_pattern: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Checked:
    data: Data
    rules: ProjectRules
    today: date


_Check = Callable[[Value, _Checked], str | None]
"""Takes the value or None, and returns its mistake or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The mistakes and warnings of a project, by step."""

    mistakes: Mapping[int, Mistakes]
    warnings: Mapping[int, tuple[str, ...]]

    @property
    def status(self) -> dict[str, bool]:
        """Whether each step is valid; the last one is when all others are."""
        valid = {step: not self.mistakes[step] for step in INPUT_STEPS}
        return {**{f"step{step}": valid[step] for step in valid}, "step4": all(valid.values())}

    def of_step(self, step: int) -> Mistakes:
        """Return the mistakes of a step; the last step has those of all."""
        steps = INPUT_STEPS if step == ALL_STEPS[-1] else (step,)
        return {name: text for each in steps for name, text in self.mistakes[each].items()}

    def warnings_of(self, step: int) -> list[str]:
        """Return the warnings of a step; the last step has those of all."""
        steps = INPUT_STEPS if step == ALL_STEPS[-1] else (step,)
        return [text for each in steps for text in self.warnings.get(each, ())]


def validate(data: Data, rules: ProjectRules, today: date) -> Verdict:
    """Validate all values."""
    checked = _Checked(data=data, rules=rules, today=today)
    mistakes: dict[int, Mistakes] = {step: {} for step in INPUT_STEPS}
    for name, check in _CHECKS.items():
        if (mistake := check(data.get(name), checked)) is not None:
            mistakes[FIELDS[name].step][name] = mistake
    described = data.get("projectDescription")
    return Verdict(mistakes=mistakes, warnings={} if described else {1: (NO_DESCRIPTION,)})


def missing_for_creation(data: Data) -> list[str]:
    """Return the labels of required fields that are absent or empty."""
    return [label for name, label in _REQUIRED.items() if data.get(name) in (None, "")]


_REQUIRED = {
    "projectName": "Project Name",
    "buildingType": "Building Type",
    "squareFootage": "Square Footage",
}


def _name(value: Value, checked: _Checked) -> str | None:
    name = (value or "").strip()
    pattern = checked.rules.name_pattern
    if not name:
        return "Project name is required"
    if len(name) > 100:
        return "Project name must be less than 100 characters"
    if any(character < " " or "\x7f" <= character <= "\x9f" for character in name):
        return "Project name must not contain control characters"
    if pattern is not None and not pattern.fullmatch(name):
        return "Project name is not in the required form"
    return None


def _building_type(value: Value, checked: _Checked) -> str | None:
    if not value:
        return "Building type is required"
    known = checked.rules.building_types
    return None if value in known else f"Building Type must be one of: {', '.join(known)}."


def _area(value: Value, _: _Checked) -> str | None:
    if value is None or value <= 0:
        return "Square footage must be greater than 0"
    return "Square footage seems too large" if value >= 1_000_000 else None


def _whole(value: Value, _: _Checked, *, most: int, message: str) -> str | None:
    if value is None:
        return None
    number = int_if_whole(value)
    fits = not isinstance(number, float | Decimal) and 1 <= number <= most
    return None if fits else message


def _at_most(value: Value, _: _Checked, *, characters: int, what: str) -> str | None:
    fits = len(value or "") <= characters
    return None if fits else f"{what} must be at most {characters} characters"


def _email(value: Value, _: _Checked) -> str | None:
    # Not a regular expression: it would take a second for ten thousand dots.
    name, at, domain = (value or "").partition("@")
    fits = (
        name
        and at
        and "@" not in domain
        and "." in domain[1:-1]
        and not any(character.isspace() for character in value)
    )
    return None if not value or fits else "Please enter a valid email address"


def _phone(value: Value, _: _Checked) -> str | None:
    digits = sum(character.isdigit() for character in value or "")
    fits = not value or (_PHONE.fullmatch(value) and digits >= _LEAST_DIGITS)
    return None if fits else "Please enter a valid phone number"


def _start(value: Value, checked: _Checked) -> str | None:
    if not value:
        return None
    day = _day(value)
    if day is None:
        return "Start date must be a date, as in 2026-03-31"
    return "Start date must not be in the past" if day < checked.today else None


def _end(value: Value, checked: _Checked) -> str | None:
    if not value:
        return None
    day, start = _day(value), _day(checked.data.get("estimatedStartDate") or "")
    if day is None:
        return "End date must be a date, as in 2026-03-31"
    is_before = start is not None and day <= start
    return "End date must be after start date" if is_before else None


def _day(text: str) -> date | None:
    if not _DATE.fullmatch(text):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _budget(value: Value, _: _Checked) -> str | None:
    return "Budget cannot be negative" if value is not None and value < 0 else None


def _priority(value: Value, _: _Checked) -> str | None:
    fits = value is None or value in PRIORITIES
    return None if fits else f"Priority must be one of: {', '.join(PRIORITIES)}"


def _files(value: Value, checked: _Checked) -> str | None:
    if not value:
        return "At least one document is required" if checked.rules.require_documents else None
    found = (file_mistake(each, checked.rules.files) for each in value)
    return next((mistake for mistake in found if mistake is not None), None)


def _connectors(value: Value, _: _Checked) -> str | None:
    fits = all(
        isinstance(each, dict) and JsonType.TEXT.fits(each.get("type")) for each in value or ()
    )
    return None if fits else "Every connector must be an object with a type"


_CHECKS: Mapping[str, _Check] = {
    "projectName": _name,
    "projectDescription": partial(_at_most, characters=500, what="Project description"),
    "buildingType": _building_type,
    "squareFootage": _area,
    "numberOfFloors": partial(_whole, most=99, message="Number of floors must be between 1 and 99"),
    "numberOfZones": partial(_whole, most=49, message="Number of zones must be between 1 and 49"),
    "clientName": partial(_at_most, characters=100, what="Client name"),
    "clientEmail": _email,
    "clientPhone": _phone,
    "projectLocation": partial(_at_most, characters=200, what="Project location"),
    "estimatedStartDate": _start,
    "estimatedEndDate": _end,
    "budget": _budget,
    "priority": _priority,
    "uploadedFiles": _files,
    "connectors": _connectors,
}
CHECKED_FIELDS = frozenset(_CHECKS)
"""The fields that have rules."""
