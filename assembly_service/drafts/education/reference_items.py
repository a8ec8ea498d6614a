"""Reference data: accounts and membership years, as file lines and as rows."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    StrictInt,
    StrictStr,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from assembly_service.access.caller import LONGEST_CLAIM, parse_id
from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.field_errors import PROBLEMS, problem_of
from assembly_service.drafts.engine.identifiers import is_guid
from assembly_service.drafts.engine.json_body import InvalidBody, int_if_whole, read_object
from assembly_service.storage.attribute_values import Item, from_item, to_item

MOST_USERS = 100
ACCOUNTS, MEMBERSHIP_YEARS = "REFERENCE#ACCOUNT", "REFERENCE#MEMBERSHIP"
_KEYS = {"pk", "sk"}


def _guid(value: str) -> str:
    if not is_guid(value):
        raise ValueError("must be a UUID")
    return value.lower()


def _id(value: str) -> str:
    # A `#` separates the organisation from the id in keys.
    if parse_id(value) is None or value != value.strip() or "#" in value:
        raise ValueError(
            f"must be 1 to {LONGEST_CLAIM} characters, without # or surrounding blanks"
        )
    return value


def _date(value: object) -> object:
    if not isinstance(value, str) or re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _distinct(users: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(users)) < len(users):
        raise ValueError("must name each user once")
    return users


Guid = Annotated[StrictStr, AfterValidator(_guid)]
Id = Annotated[StrictStr, AfterValidator(_id)]
Day = Annotated[date, BeforeValidator(_date)]


class ReferenceItem(BaseModel):
    """One line of a file of reference data."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        alias_generator=to_camel,
        validate_by_name=True,
        # Values identify members; logs must not.
        hide_input_in_errors=True,
    )

    organization: Id

    def values(self) -> dict[str, Value]:
        """Return the item as in a file line."""
        values: dict[str, Value] = self.model_dump(mode="json", by_alias=True)
        return values


class Account(ReferenceItem):
    """A member's account. `users` are the Owners who may link it; Admin and Main always may."""

    kind: Literal["account"]
    account_id: Guid
    business_id: Annotated[StrictStr, Field(pattern=r"^[a-zA-Z0-9_-]{1,20}$")]
    users: Annotated[tuple[Id, ...], Field(max_length=MOST_USERS), AfterValidator(_distinct)] = ()

    @property
    def key(self) -> Item:
        """The key of its row."""
        return account_key(self.account_id)


class MembershipYearItem(ReferenceItem):
    """A membership setting of an organisation; a year may have several."""

    kind: Literal["membershipYear"]
    id: Id
    year: Annotated[StrictInt, BeforeValidator(int_if_whole), Field(ge=1950, le=9999)]
    year_ends: Day
    status: Literal["ACTIVE", "INACTIVE"]

    @field_validator("year_ends")
    @classmethod
    def _ends_about_then(cls, ends: date, checked: ValidationInfo) -> date:
        year = checked.data.get("year", ends.year)
        if abs(ends.year - year) > 1:
            raise ValueError("must be in the year, or in the one before or after")
        return ends

    @property
    def key(self) -> Item:
        """The key of its row."""
        sort = f"{membership_prefix(self.organization)}{self.id}"
        return {"pk": {"S": MEMBERSHIP_YEARS}, "sk": {"S": sort}}


AnyItem = Account | MembershipYearItem
_LINE: TypeAdapter[AnyItem] = TypeAdapter(Annotated[AnyItem, Discriminator("kind")])


def account_key(account_id: str) -> Item:
    """Return the key of an account."""
    return {"pk": {"S": ACCOUNTS}, "sk": {"S": account_id}}


def membership_prefix(organization: str) -> str:
    """Return the key prefix of an organisation's membership years."""
    return f"{organization}#"


def to_row(item: AnyItem) -> Item:
    """Return the row of an item."""
    return {**item.key, **to_item(item.values())}


class UnreadableItem(Exception):
    """A row holds no valid item. The message names only its key: the rest may identify a member."""

    def __init__(self, row: Item) -> None:
        key = f"{row['pk']['S']} {row['sk']['S']}"
        super().__init__(f"The row {key} cannot be read: load it again, or delete it.")


def from_row(row: Item) -> AnyItem:
    """Return the item of a row. Raises UnreadableItem."""
    try:
        values = {name: value for name, value in from_item(row).items() if name not in _KEYS}
        return _LINE.validate_python(values)
    except (ValidationError, TypeError, KeyError):
        raise UnreadableItem(row) from None


@dataclass(frozen=True, slots=True)
class Lines:
    """The items of a file, and one sentence per invalid line."""

    items: tuple[AnyItem, ...]
    mistakes: tuple[str, ...]


def read_lines(lines: Iterable[tuple[str, str]]) -> Lines:
    """Read lines of JSON. Each comes with its origin, which mistakes name."""
    items: dict[tuple[str, str], AnyItem] = {}
    origins: dict[tuple[str, str], str] = {}
    mistakes: list[str] = []
    for origin, line in lines:
        try:
            item = _LINE.validate_python(_parsed(line))
        except ValidationError as error:
            mistakes.append(f"{origin}: {_sentences(error)}")
            continue
        except ValueError as error:
            mistakes.append(f"{origin}: {error}.")
            continue
        key = item.key["pk"]["S"], item.key["sk"]["S"]
        if key in items:
            mistakes.append(f"{origin}: it names the same {item.kind} as {origins[key]}.")
            continue
        items[key], origins[key] = item, origin
    return Lines(tuple(items.values()), tuple(mistakes))


def _parsed(line: str) -> Mapping[str, Value]:
    try:
        value = exact_json.loads(line)
        if not isinstance(value, dict):
            raise ValueError("it is not a JSON object")  # noqa: TRY004
        return read_object(line.encode())
    except NotJson as error:
        raise ValueError(f"it is not JSON: {error}") from None
    except InvalidBody as error:
        raise ValueError(error.lines[0].replace("The body", "it", 1).removesuffix(".")) from None


_PROBLEMS = {
    **PROBLEMS,
    "string_pattern_mismatch": "must have 1 to 20 letters, digits, _ or -",
    "date_type": "must be a date, as in 2026-12-31",
    "tuple_type": "must be a list",
}


def _sentences(error: ValidationError) -> str:
    return " ".join(map(_sentence, error.errors()))


def _sentence(error: ErrorDetails) -> str:
    if error["type"] in {"union_tag_not_found", "union_tag_invalid"}:
        return "kind must be account or membershipYear."
    name = ".".join(str(part)[:100] for part in error["loc"][1:])
    return f"{name} {problem_of(error, _PROBLEMS)}."
