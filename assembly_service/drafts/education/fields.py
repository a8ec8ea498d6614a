"""The fields of the education calls, declared once: check, sentence, schema."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StrictBool, StrictInt, StrictStr, TypeAdapter
from pydantic import ValidationError as Invalid

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.education import codes
from assembly_service.drafts.education.rules import MOST_NOTES
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.json_body import InvalidBody, one_form, unknown_lines
from assembly_service.drafts.enumerations import enumeration
from assembly_service.http.schemas import Schema, reference

LONGEST_BUSINESS_ID = 20
LONGEST_REGISTRATION = 50
SHORTEST_LIFE, LONGEST_LIFE = 300, 86_400
SKIP_OPTIONS = ("skipValidation", "skipCategoryDetermination", "skipUniquenessCheck")
_OF_THE_SERVICE = {"educationCategory", "userPrivilege"}


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyField:
    """A field of a body. `sentence` goes on after its name where the value does not fit.

    `enumeration` names the schema of the document that its schema refers to.
    """

    name: str
    form: TypeAdapter[Any]
    sentence: str
    description: str = ""
    required: bool = False
    enumeration: str | None = None
    hints: Schema = field(default_factory=dict)

    def schema(self) -> Schema:
        """As the document has it."""
        described = {"description": self.description} if self.description else {}
        if self.enumeration is not None:
            return {**reference(self.enumeration), **described}
        return {**self.form.json_schema(), **self.hints, **described}


def _text(longest: int) -> TypeAdapter[Any]:
    return TypeAdapter(Annotated[StrictStr, Field(max_length=longest)])


def _code(name: str) -> TypeAdapter[Any]:
    known = enumeration(name).codes
    return TypeAdapter(Annotated[StrictInt, Field(ge=known[0], le=known[-1])])


def _coded(name: str, enumeration_name: str, *, required: bool = True) -> BodyField:
    known = enumeration(enumeration_name).codes
    return BodyField(
        name=name,
        form=_code(enumeration_name),
        sentence=f"has to be a code of {enumeration_name}, a number from {known[0]} to {known[-1]}",
        required=required,
        enumeration=enumeration_name,
    )


def _guid(value: str) -> str:
    if not is_guid(value):
        raise ValueError("no UUID")
    return value.lower()


ACCOUNT_ID = BodyField(
    name="accountId",
    form=TypeAdapter(Annotated[StrictStr, AfterValidator(_guid)]),
    sentence="has to be a UUID",
    description="The account to link. Remembered at staging, checked at the link.",
    hints={"format": "uuid"},
)
EDUCATION_FIELDS = (
    BodyField(
        name="userBusinessId",
        form=_text(LONGEST_BUSINESS_ID),
        sentence=f"has to be a text of at most {LONGEST_BUSINESS_ID} characters",
        description="The member. Letters, digits, `_` and `-` (V2); one record each (V7).",
        required=True,
    ),
    _coded("cotoStatus", codes.COTO_STATUS),
    BodyField(
        name="cotoRegistration",
        form=_text(LONGEST_REGISTRATION),
        sentence=f"has to be a text of at most {LONGEST_REGISTRATION} characters",
        description="With status 3 or 4 and no other (V3). Trimmed and put into upper case.",
    ),
    _coded("degreeType", codes.DEGREE_TYPE),
    _coded("university", codes.UNIVERSITY),
    BodyField(
        name="graduationYear",
        form=TypeAdapter(Annotated[StrictInt, Field(ge=1, le=codes.LAST_YEAR)]),
        sentence="has to be a code from 1 on, or a year of four digits from 1980 on",
        description="1 before 1960, 2 the 1960s, 3 the 1970s; from 4 on the year less 1976. A year"
        " from 1980 on becomes its code.",
        required=True,
    ),
    _coded("country", codes.COUNTRY),
    BodyField(
        name="notes",
        form=_text(MOST_NOTES),
        sentence=f"has to be a text of at most {MOST_NOTES} characters",
        description="Blank counts as none.",
    ),
    _coded("accessModifier", codes.ACCESS_MODIFIER, required=False),
)
LIFE = BodyField(
    name="ttlSeconds",
    form=TypeAdapter(Annotated[StrictInt, Field(ge=SHORTEST_LIFE, le=LONGEST_LIFE)]),
    sentence=f"has to be a whole number from {SHORTEST_LIFE} to {LONGEST_LIFE}",
    description="How long the session lives; a day if it is not given.",
)
OPTION_FIELDS = tuple(
    BodyField(name=name, form=TypeAdapter(StrictBool), sentence="has to be true or false")
    for name in SKIP_OPTIONS
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRequest:
    """The body of a stage call, checked."""

    data: Mapping[str, Value]
    account_id: str | None
    life_seconds: int
    options: Mapping[str, bool]


def read_stage(body: Mapping[str, Value]) -> StageRequest:
    """Raises InvalidBody, naming every mistake."""
    given = {name: value for name, value in body.items() if value is not None}
    lines = unknown_lines(
        given, {"educationData", ACCOUNT_ID.name, LIFE.name, "stagingOptions"}, "field"
    )
    top = _read(given, (ACCOUNT_ID, LIFE), lines)
    data = _read_data(given.get("educationData"), lines, partial=False)
    options = _object(given.get("stagingOptions", {}), "stagingOptions", lines)
    lines += unknown_lines(options, SKIP_OPTIONS, "staging option")
    chosen = _read(options, OPTION_FIELDS, lines)
    if lines:
        raise InvalidBody(lines)
    return StageRequest(
        data={"accessModifier": codes.PRIVATE, **_kept(data)},
        account_id=top.get(ACCOUNT_ID.name),
        life_seconds=top.get(LIFE.name, LONGEST_LIFE),
        options={name: True for name, value in chosen.items() if value},
    )


def read_update(body: Mapping[str, Value]) -> Mapping[str, Value]:
    """The fields to change; None removes one. Raises InvalidBody, naming every mistake."""
    lines = unknown_lines(body, {"educationData"}, "field")
    data = _read_data(body.get("educationData"), lines, partial=True)
    if lines:
        raise InvalidBody(lines)
    return data


def read_link(body: Mapping[str, Value]) -> str | None:
    """The account that is named, if one is. Raises InvalidBody, naming every mistake."""
    given = {name: value for name, value in body.items() if value is not None}
    lines = unknown_lines(given, {ACCOUNT_ID.name}, "field")
    account_id: str | None = _read(given, (ACCOUNT_ID,), lines).get(ACCOUNT_ID.name)
    if lines:
        raise InvalidBody(lines)
    return account_id


def read_nothing(body: Mapping[str, Value]) -> None:
    """Raises InvalidBody if a body that has to be empty, or `{}`, holds anything."""
    if lines := unknown_lines(body, (), "field"):
        raise InvalidBody(lines)


def changed(data: Mapping[str, Value], changes: Mapping[str, Value]) -> dict[str, Value]:
    """Education data after changes as `read_update` gives them."""
    return {"accessModifier": codes.PRIVATE, **_kept({**data, **changes})}


def _kept(data: Mapping[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in data.items() if value is not None}


def _read_data(value: Value, lines: list[str], *, partial: bool) -> dict[str, Value]:
    """Education data in its stored form; absent fields are None only if they are to be removed."""
    data = _object(value, "educationData", lines)
    names = [each.name for each in EDUCATION_FIELDS]
    lines += [
        f"{name} is set by the service: leave it out"
        for name in sorted(_OF_THE_SERVICE & data.keys())
    ]
    lines += unknown_lines((name for name in data if name not in _OF_THE_SERVICE), names, "field")
    expected = [
        each.name
        for each in EDUCATION_FIELDS
        if each.required and (not partial or each.name in data)
    ]
    if isinstance(value, dict) and (absent := [n for n in expected if data.get(n) is None]):
        lines.append(f"Missing required fields: {', '.join(absent)}")
    given = {name: each for name, each in data.items() if each is not None}
    read = {
        name: _stored(name, each) for name, each in _read(given, EDUCATION_FIELDS, lines).items()
    }
    removed = {name: None for name in names if partial and name in data and data[name] is None}
    return {**read, **removed}


def _object(value: Value, name: str, lines: list[str]) -> dict[str, Value]:
    if isinstance(value, dict):
        return value
    lines.append(f"{name} has to be an object" if value is not None else f"{name} is missing")
    return {}


def _read(
    given: Mapping[str, Value], fields: tuple[BodyField, ...], lines: list[str]
) -> dict[str, Value]:
    read: dict[str, Value] = {}
    for each in fields:
        if each.name not in given:
            continue
        try:
            read[each.name] = each.form.validate_python(one_form(given[each.name]))
        except Invalid:
            lines.append(f"{each.name} {each.sentence}")
    return read


def _stored(name: str, value: Value) -> Value:
    """A value as it is stored; None for a text that is blank where that counts as none."""
    match name:
        case "cotoRegistration":
            return value.strip().upper() or None
        case "notes":
            return value if value.strip() else None
        case "graduationYear":
            return codes.graduation_code(value)
        case _:
            return value
