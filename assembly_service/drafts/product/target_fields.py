"""The criteria of an audience target: 34 fields, each a set of codes of one enumeration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assembly_service.domain.exact_json import Value, dumps
from assembly_service.drafts.engine.json_body import (
    InvalidBody,
    int_if_whole,
    shortened,
    unknown_lines,
)
from assembly_service.drafts.enumerations import enumeration
from assembly_service.http.schemas import Schema, reference

_MOST_SELECTIONS = 50
_MOST_READ = 1_000


@dataclass(frozen=True, slots=True)
class TargetField:
    """One criterion: codes of an enumeration; `title` is its label in a form, below its `group`."""

    name: str
    enumeration: str
    group: str
    title: str


TARGET_FIELDS: tuple[TargetField, ...] = (
    TargetField("osot_account_group", "AccountGroup", "Account Group", "Account group"),
    TargetField("osot_affiliate_area", "AffiliateArea", "Affiliate", "Area of the affiliate"),
    TargetField("osot_affiliate_city", "City", "Affiliate", "City of the affiliate"),
    TargetField("osot_affiliate_province", "Province", "Affiliate", "Province of the affiliate"),
    TargetField("osot_membership_city", "City", "Address", "City"),
    TargetField("osot_province", "Province", "Address", "Province"),
    TargetField("osot_gender", "Gender", "Identity", "Gender"),
    TargetField("osot_indigenous_details", "IndigenousDetail", "Identity", "Indigenous identity"),
    TargetField("osot_language", "Language", "Identity", "Language"),
    TargetField("osot_race", "Race", "Identity", "Race"),
    TargetField(
        "osot_eligibility_affiliate",
        "AffiliateEligibility",
        "Membership Category",
        "Eligibility of the affiliate",
    ),
    TargetField(
        "osot_membership_category", "Category", "Membership Category", "Membership category"
    ),
    TargetField("osot_earnings", "HourlyEarnings", "Employment", "Hourly earnings"),
    TargetField(
        "osot_earnings_selfdirect",
        "HourlyEarnings",
        "Employment",
        "Hourly earnings, self-employed, direct",
    ),
    TargetField(
        "osot_earnings_selfindirect",
        "HourlyEarnings",
        "Employment",
        "Hourly earnings, self-employed, indirect",
    ),
    TargetField("osot_employment_benefits", "Benefits", "Employment", "Benefits"),
    TargetField("osot_employment_status", "EmploymentStatus", "Employment", "Employment status"),
    TargetField("osot_position_funding", "Funding", "Employment", "Funding of the position"),
    TargetField("osot_practice_years", "PracticeYears", "Employment", "Years of practice"),
    TargetField("osot_role_description", "RoleDescription", "Employment", "Role"),
    TargetField("osot_work_hours", "WorkHours", "Employment", "Working hours"),
    TargetField("osot_client_age", "ClientsAge", "Practice", "Age of clients"),
    TargetField("osot_practice_area", "PracticeArea", "Practice", "Practice area"),
    TargetField("osot_practice_services", "PracticeServices", "Practice", "Practice services"),
    TargetField("osot_practice_settings", "PracticeSettings", "Practice", "Practice settings"),
    TargetField("osot_membership_search_tools", "SearchTools", "Preference", "Search tools"),
    TargetField(
        "osot_practice_promotion", "PracticePromotion", "Preference", "Promotion of the practice"
    ),
    TargetField(
        "osot_psychotherapy_supervision",
        "PsychotherapySupervision",
        "Preference",
        "Psychotherapy supervision",
    ),
    TargetField("osot_third_parties", "ThirdParties", "Preference", "Third parties"),
    TargetField("osot_coto_status", "CotoStatus", "Education OT", "COTO status"),
    TargetField("osot_ot_grad_year", "GraduationYear", "Education OT", "Graduation year, OT"),
    TargetField("osot_ot_university", "OtUniversity", "Education OT", "University, OT"),
    TargetField("osot_ota_grad_year", "GraduationYear", "Education OTA", "Graduation year, OTA"),
    TargetField("osot_ota_college", "OtaCollege", "Education OTA", "College, OTA"),
)
_NAMES = frozenset(field.name for field in TARGET_FIELDS)


def read_target(body: Mapping[str, Value]) -> dict[str, list[int]]:
    """Read the criteria that a body turns on, in the order of `TARGET_FIELDS`, codes ascending.

    Absent, null and `[]` turn a criterion off. Raises InvalidBody with a line for every
    violation, in that order, unknown fields last.
    """
    target: dict[str, list[int]] = {}
    lines: list[str] = []
    for field in TARGET_FIELDS:
        try:
            codes = _read(field, body.get(field.name))
        except InvalidBody as error:
            lines += error.lines
        else:
            target.update({field.name: codes} if codes else {})
    lines += unknown_lines(body, _NAMES, "targeting field")
    if lines:
        raise InvalidBody(lines)
    return target


def merge_target(
    stored: Mapping[str, Sequence[int]], changes: Mapping[str, Value]
) -> dict[str, list[int]]:
    """Change some of the stored criteria; null and `[]` turn one off. Raises InvalidBody."""
    return read_target({**{name: list(codes) for name, codes in stored.items()}, **changes})


def whole_target(criteria: Mapping[str, Sequence[int]]) -> dict[str, list[int]]:
    """Return all 34 criteria, those that are off as empty lists."""
    return {field.name: list(criteria.get(field.name, ())) for field in TARGET_FIELDS}


def target_schema() -> Schema:
    """Return the JSON Schema (2020-12) of `read_target`'s body, enumerations by reference."""
    return {
        "type": "object",
        "description": "A criterion that is absent, null or empty is off; all off: for everyone.",
        "properties": {field.name: _property(field) for field in TARGET_FIELDS},
        "additionalProperties": False,
    }


def _read(field: TargetField, values: Value) -> list[int]:
    if values is None:
        return []
    if not isinstance(values, list):
        raise InvalidBody([f"{field.name} must be an array"])
    codes = [int_if_whole(value) for value in values]
    lines = _mistakes(field, codes)
    if lines:
        raise InvalidBody(lines)
    return sorted(codes)


def _mistakes(field: TargetField, codes: list[Value]) -> list[str]:
    known = enumeration(field.enumeration)
    # Far too many codes are refused without reading all of them.
    read = codes[:_MOST_READ]
    texts = [dumps(code).decode() for code in read]
    invalid = [text for code, text in zip(read, texts, strict=True) if not known.holds(code)]
    lines = []
    if len(codes) > _MOST_SELECTIONS:
        lines.append(f"{field.name} cannot have more than {_MOST_SELECTIONS} selections")
    if len(set(texts)) < len(texts):
        lines.append(f"{field.name} must not contain duplicate values")
    if invalid:
        lines.append(f"{field.name} contains invalid value(s): {_listed(invalid)}")
        if len(read) < len(codes):
            lines[-1] += f" (among the first {_MOST_READ})"
    return lines


def _listed(texts: list[str]) -> str:
    """List each text once: as many as a criterion may have by name, the rest as a number."""
    distinct = list(dict.fromkeys(texts))
    named = ", ".join(shortened(text) for text in distinct[:_MOST_SELECTIONS])
    more = len(distinct) - _MOST_SELECTIONS
    return f"{named} and {more} more" if more > 0 else named


def _property(field: TargetField) -> Schema:
    return {
        "type": ["array", "null"],
        "items": reference(field.enumeration),
        "maxItems": _MOST_SELECTIONS,
        "uniqueItems": True,
        "title": field.title,
        "x-group": field.group,
        "description": f"{field.group}: codes of {field.enumeration}.",
        "examples": [[enumeration(field.enumeration).first]],
    }
