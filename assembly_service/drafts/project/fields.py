"""The fields of a project. A draft checks only their types and sizes when it is saved.

A draft may be wrong; `validation` has the rules for a commit. So these fields are not those of
`drafts/fields`, where a value that breaks a rule is never stored.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

import orjson

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import shortened

LONGEST_TEXT = 10_000
MOST_DATA_BYTES = 256 * 1024
MOST_ANALYSIS_BYTES = 100 * 1024
MOST_FILES = 50
MOST_CONNECTORS = 20

Data = Mapping[str, Value]
"""The values of a project by field."""
Mistakes = dict[str, str]
"""An error sentence for each invalid field."""


class JsonType(Enum):
    """The JSON type of a field, as error sentences name it."""

    TEXT = "a string"
    NUMBER = "a number"
    FLAG = "true or false"
    LIST = "a list"
    OBJECT = "an object"

    def fits(self, value: Value) -> bool:
        """Whether a value has this type."""
        return _FITS[self](value)


_FITS: Mapping[JsonType, Callable[[Value], bool]] = {
    JsonType.TEXT: lambda value: isinstance(value, str),
    JsonType.NUMBER: lambda value: (
        isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    ),
    JsonType.FLAG: lambda value: isinstance(value, bool),
    JsonType.LIST: lambda value: isinstance(value, list),
    JsonType.OBJECT: lambda value: isinstance(value, dict),
}
_STORED_AS_THEY_ARE = {JsonType.TEXT, JsonType.FLAG}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectField:
    """A field: its type, the step that asks for it, and its maximum size."""

    type: JsonType
    step: int
    most_entries: int | None = None
    most_bytes: int | None = None

    def mistake(self, value: Value) -> str | None:
        """Return why a value cannot be stored, or None. The sentence follows the field's name."""
        if not self.type.fits(value):
            return f"must be {self.type.value}"
        if self.type is JsonType.TEXT and len(value) > LONGEST_TEXT:
            return f"must be at most {LONGEST_TEXT} characters"
        if self.most_entries is not None and len(value) > self.most_entries:
            return f"must have at most {self.most_entries} entries"
        if self.most_bytes is not None and len(exact_json.dumps(value)) > self.most_bytes:
            return f"must be at most {self.most_bytes // 1024} KB"
        if _has_unfit_number(value):
            return "must not hold a number that is too large"
        return None


_MOST_MISTAKES = 100
_TEXT = ProjectField(type=JsonType.TEXT, step=1)
_NUMBER = ProjectField(type=JsonType.NUMBER, step=1)

FIELDS: Mapping[str, ProjectField] = {
    "projectName": _TEXT,
    "projectDescription": _TEXT,
    "buildingType": _TEXT,
    "squareFootage": _NUMBER,
    "numberOfFloors": _NUMBER,
    "numberOfZones": _NUMBER,
    "clientName": _TEXT,
    "clientEmail": _TEXT,
    "clientPhone": _TEXT,
    "projectLocation": _TEXT,
    "estimatedStartDate": _TEXT,
    "estimatedEndDate": _TEXT,
    "budget": _NUMBER,
    "priority": _TEXT,
    "uploadedFiles": ProjectField(type=JsonType.LIST, step=2, most_entries=MOST_FILES),
    "aiSourcing": ProjectField(type=JsonType.FLAG, step=3),
    "connectors": ProjectField(type=JsonType.LIST, step=3, most_entries=MOST_CONNECTORS),
    "aiAnalysis": ProjectField(type=JsonType.OBJECT, step=3, most_bytes=MOST_ANALYSIS_BYTES),
}


def mistakes_in(sent: Data) -> Mistakes:
    """Return why values cannot be stored, by field. A null always fits: it removes its field."""
    found: dict[str, str] = {}
    for name, value in sent.items():
        if len(found) == _MOST_MISTAKES:
            break
        field = FIELDS.get(name)
        mistake = "is not a field of a project" if field is None else None
        if field is not None and value is not None:
            mistake = field.mistake(value)
        if mistake is not None:
            found[shortened(name)] = f"{shortened(name)} {mistake}"
    return found


def merged(stored: Data, sent: Data) -> dict[str, Value]:
    """Overlay stored values with sent ones; a null removes its field."""
    both = {**stored, **sent}
    return {name: value for name, value in both.items() if value is not None}


def to_stored(name: str, value: Value) -> Value:
    """Convert a value for the table.

    Numbers, lists and objects are stored as JSON text, because DynamoDB limits numbers to 38
    digits and nesting to 32 levels.
    """
    return value if FIELDS[name].type in _STORED_AS_THEY_ARE else exact_json.dumps(value).decode()


def from_stored(stored: Data) -> dict[str, Value]:
    """Convert values from the table."""
    return {
        name: value if FIELDS[name].type in _STORED_AS_THEY_ARE else exact_json.loads(value)
        for name, value in stored.items()
    }


def shown(stored: Data) -> dict[str, Value]:
    """Convert values from the table for an answer, without parsing their JSON text."""
    return {
        name: value if FIELDS[name].type in _STORED_AS_THEY_ARE else orjson.Fragment(value)
        for name, value in stored.items()
    }


def size_of(stored: Data) -> int:
    """Return the size of the values in bytes, as compact JSON in UTF-8."""
    return len(exact_json.dumps(shown(stored)))


def _has_unfit_number(value: Value) -> bool:
    return any(isinstance(each, Decimal) and each.is_nan() for each in _leaves(value))


def _leaves(value: Value) -> Iterator[Value]:
    waiting = [value]
    while waiting:
        match waiting.pop():
            case dict() as entries:
                waiting += entries.values()
            case list() as entries:
                waiting += entries
            case leaf:
                yield leaf
