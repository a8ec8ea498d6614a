"""Says what is wrong with a field, for each of pydantic's error types."""

from collections.abc import Mapping
from typing import Any

from pydantic_core import ErrorDetails

PROBLEMS: Mapping[str, str] = {
    "missing": "is missing",
    "extra_forbidden": "is unknown",
    "string_type": "must be a string",
    "string_unicode": "must be well-formed Unicode",
    "string_pattern_mismatch": "must match {pattern}",
    "string_too_short": "must have {min_length} or more characters",
    "string_too_long": "must have at most {max_length} characters",
    "bool_type": "must be true or false",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "literal_error": "must be {expected}",
    "list_type": "must be an array",
    "too_short": "must have {min_length} or more entries",
    "too_long": "must have at most {max_length} entries",
    "dict_type": "must be an object",
}
"""What to say after a field's name. Of other types, the validators' own words are kept."""


def problem_of(error: ErrorDetails, problems: Mapping[str, str] = PROBLEMS) -> str:
    """Return what is wrong with the field of an error, without its name and what was sent."""
    phrase = problems.get(error["type"])
    if phrase is None:
        return error["msg"].removeprefix("Value error, ")
    context: dict[str, Any] = error.get("ctx", {})
    return phrase.format_map({name: str(value).replace("'", "") for name, value in context.items()})
