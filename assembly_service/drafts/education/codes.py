"""The codes of an education, their labels and years."""

from assembly_service.drafts.enumerations import enumeration

COTO_STATUS, DEGREE_TYPE, UNIVERSITY = "CotoStatus", "DegreeType", "OtUniversity"
COUNTRY, CATEGORY = "Country", "EducationCategory"
ACCESS_MODIFIER, PRIVILEGE = "AccessModifier", "Privilege"

CANADA = 1
ONTARIO_UNIVERSITIES = range(2, 7)
COTO_REGISTERED = frozenset({3, 4})
"""Provisional/Temporary and General: the statuses that need a registration number."""
PRIVATE = 3

FIRST_SINGLE_YEAR = 1980
LAST_YEAR = 9999
_YEARS_OF_PERIODS = {1: 1959, 2: 1965, 3: 1975}
_CODE_TO_YEAR = 1976
_PERIODS = {1: "Before 1960", 2: "1960-1969", 3: "1970-1979"}


def label(name: str, code: int) -> str:
    """Return the label of a code in the enumeration `name`."""
    return enumeration(name).label(code)


def graduation_code(value: int) -> int:
    """Convert a year from 1980 on to its code. Smaller values already are codes."""
    return value - _CODE_TO_YEAR if value >= FIRST_SINGLE_YEAR else value


def graduation_year(code: int) -> int:
    """Return the year that a graduation code counts as; a period counts as one year in it."""
    return _YEARS_OF_PERIODS.get(code, code + _CODE_TO_YEAR)


def graduation_label(code: int) -> str:
    """Return the year or period of a graduation code."""
    return _PERIODS.get(code) or str(graduation_year(code))
