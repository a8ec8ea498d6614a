"""The fields of the education calls: check, error sentence and schema, declared once."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from pydantic import Field as Bounds

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education import codes
from assembly_service.drafts.education.rules import MOST_NOTES
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.json_body import (
    InvalidBody,
    Mistakes,
    int_if_whole,
    unknown_lines,
)
from assembly_service.drafts.fields import kinds
from assembly_service.drafts.fields.field import Field
from assembly_service.drafts.fields.kinds import Kind

LONGEST_BUSINESS_ID = 20
LONGEST_REGISTRATION = 50
SHORTEST_LIFETIME, LONGEST_LIFETIME = 300, 86_400
_SET_BY_SERVICE = {"educationCategory", "userPrivilege"}


def _between(least: int, most: int, sentence: str) -> Kind:
    bounded = Annotated[int, Bounds(ge=least, le=most)]
    return Kind(kinds.checked(bounded, sentence), normalise=int_if_whole)


def _lower(value: Value) -> Value:
    return value.lower() if isinstance(value, str) else value


_GUID = Kind(
    kinds.TEXT, (kinds.Rule(is_guid, "must be a UUID", {"format": "uuid"}),), normalise=_lower
)
ACCOUNT_ID = Field(
    "accountId",
    _GUID,
    "Account",
    "0f8fad5b-d9cb-469f-a165-000000000123",
    description="The account to link. Remembered at staging, checked at the link.",
)
EDUCATION_FIELDS = (
    Field(
        "userBusinessId",
        kinds.text(0, LONGEST_BUSINESS_ID),
        "Member",
        "osot-0000123",
        description="Letters, digits, `_` and `-` (V2); one record each (V7).",
        required=True,
    ),
    Field("cotoStatus", kinds.member(codes.COTO_STATUS), "COTO status", 4, required=True),
    Field(
        "cotoRegistration",
        kinds.text(0, LONGEST_REGISTRATION),
        "COTO registration",
        "AB123456",
        description="Only with status 3 or 4 (V3). Trimmed and converted to upper case.",
    ),
    Field("degreeType", kinds.member(codes.DEGREE_TYPE), "Degree", 3, required=True),
    Field("university", kinds.member(codes.UNIVERSITY), "University", 5, required=True),
    Field(
        "graduationYear",
        _between(
            1, codes.LAST_YEAR, "must be a code from 1 on, or a year of four digits from 1980 on"
        ),
        "Graduation year",
        2026,
        description="1 before 1960, 2 the 1960s, 3 the 1970s; from 4 on the year less 1976. A year"
        " from 1980 on becomes its code.",
        required=True,
    ),
    Field("country", kinds.member(codes.COUNTRY), "Country", 1, required=True),
    Field(
        "notes",
        kinds.text(0, MOST_NOTES),
        "Notes",
        "A year of exchange",
        description="Blank counts as absent.",
    ),
    Field(
        "accessModifier",
        kinds.member(codes.ACCESS_MODIFIER),
        "Access",
        codes.PRIVATE,
        default=codes.PRIVATE,
    ),
)
LIFETIME = Field(
    "ttlSeconds",
    _between(
        SHORTEST_LIFETIME,
        LONGEST_LIFETIME,
        f"must be an integer from {SHORTEST_LIFETIME} to {LONGEST_LIFETIME}",
    ),
    "Lifetime",
    SHORTEST_LIFETIME,
    description="Seconds until the session expires.",
    default=LONGEST_LIFETIME,
)
OPTION_FIELDS = tuple(
    Field(name, kinds.flag(), title, True)
    for name, title in (
        ("skipValidation", "Skip the rules"),
        ("skipCategoryDetermination", "Skip the category"),
        ("skipUniquenessCheck", "Skip the uniqueness check"),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRequest:
    """The parsed body of a stage call."""

    data: Mapping[str, Value]
    account_id: str | None
    lifetime_seconds: int
    options: Mapping[str, bool]


def read_stage(body: Mapping[str, Value]) -> StageRequest:
    """Parse the body of a stage call. Raises InvalidBody that lists every mistake."""
    mistakes = Mistakes()
    known = {"educationData", ACCOUNT_ID.name, LIFETIME.name, "stagingOptions"}
    mistakes.add(*unknown_lines(body, known, "field"))
    top = _read(body, (ACCOUNT_ID, LIFETIME), mistakes)
    data = _read_data(body.get("educationData"), mistakes, partial=False)
    options = _without_nulls(body).get("stagingOptions", {})
    options = _object(options, "stagingOptions", mistakes)
    known = {each.name for each in OPTION_FIELDS}
    mistakes.add(*unknown_lines(options, known, "staging option"))
    chosen = _read(options, OPTION_FIELDS, mistakes)
    mistakes.raise_any()
    return StageRequest(
        data={"accessModifier": codes.PRIVATE, **_without_nulls(data)},
        account_id=top.get(ACCOUNT_ID.name),
        lifetime_seconds=top.get(LIFETIME.name, LONGEST_LIFETIME),
        options={name: True for name, value in chosen.items() if value},
    )


def read_update(body: Mapping[str, Value]) -> Mapping[str, Value]:
    """Return the fields to change; None removes one. Raises InvalidBody."""
    mistakes = Mistakes()
    mistakes.add(*unknown_lines(body, {"educationData"}, "field"))
    data = _read_data(body.get("educationData"), mistakes, partial=True)
    mistakes.raise_any()
    return data


def read_link(body: Mapping[str, Value]) -> str | None:
    """Return the account id, if the body has one. Raises InvalidBody."""
    mistakes = Mistakes()
    mistakes.add(*unknown_lines(body, {ACCOUNT_ID.name}, "field"))
    account_id: str | None = _read(body, (ACCOUNT_ID,), mistakes).get(ACCOUNT_ID.name)
    mistakes.raise_any()
    return account_id


def read_empty(body: Mapping[str, Value]) -> None:
    """Raise InvalidBody unless the body is empty or `{}`."""
    if lines := unknown_lines(body, (), "field"):
        raise InvalidBody(lines)


def changed(data: Mapping[str, Value], changes: Mapping[str, Value]) -> dict[str, Value]:
    """Apply changes from `read_update` to education data."""
    return {"accessModifier": codes.PRIVATE, **_without_nulls({**data, **changes})}


def _without_nulls(data: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in data.items() if value is not None}


def _read_data(value: Value, mistakes: Mistakes, *, partial: bool) -> dict[str, Value]:
    """Return education data as stored; a field is None only if it is to be removed."""
    data = _object(value, "educationData", mistakes)
    names = [each.name for each in EDUCATION_FIELDS]
    for name in sorted(_SET_BY_SERVICE & data.keys()):
        mistakes.add_to_field(name, f"{name} is set by the service: leave it out")
    mistakes.add(
        *unknown_lines((name for name in data if name not in _SET_BY_SERVICE), names, "field")
    )
    expected = [
        each.name
        for each in EDUCATION_FIELDS
        if each.required and (not partial or each.name in data)
    ]
    if isinstance(value, dict) and (absent := [n for n in expected if data.get(n) is None]):
        mistakes.add_missing(absent)
    read = {
        name: _stored(name, each) for name, each in _read(data, EDUCATION_FIELDS, mistakes).items()
    }
    removed = {name: None for name in names if partial and name in data and data[name] is None}
    return {**read, **removed}


def _object(value: Value, name: str, mistakes: Mistakes) -> dict[str, Value]:
    if isinstance(value, dict):
        return value
    what = "must be an object" if value is not None else "is missing"
    mistakes.add_to_field(name, f"{name} {what}")
    return {}


def _read(
    given: Mapping[str, Value], fields: tuple[Field, ...], mistakes: Mistakes
) -> dict[str, Value]:
    """Read the fields that are given and not null."""
    read: dict[str, Value] = {}
    for each in fields:
        if given.get(each.name) is None:
            continue
        try:
            read[each.name] = each.kind.read(each.name, given[each.name])
        except InvalidBody as error:
            mistakes.add_to_field(each.name, *error.lines)
    return read


def _upper_ascii(text: str) -> str:
    """Convert a to z only: other letters could become two, or different ones."""
    return "".join(each.upper() if each.isascii() else each for each in text)


def _stored(name: str, value: Value) -> Value:
    """Return a value as stored; None for a blank optional text."""
    match name:
        case "cotoRegistration":
            return _upper_ascii(value.strip()) or None
        case "notes":
            return value if value.strip() else None
        case "graduationYear":
            return codes.graduation_code(value)
        case _:
            return value
