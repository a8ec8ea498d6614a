"""Request bodies: a JSON object, or lines about everything that is wrong with it."""

from collections.abc import Awaitable, Callable, Container, Iterable, Mapping
from json import JSONDecoder

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value

ReadBody = Callable[[], Awaitable[bytes]]
"""Reads the body of a request. Called only once the caller is known to be allowed to act."""

_LONGEST_QUOTE = 100
_MOST_UNKNOWN = 100


class InvalidBody(ValueError):
    """What is wrong with a body, one sentence per violation.

    `fields` has the first sentence about each field, by its name.
    """

    def __init__(self, lines: list[str], fields: Mapping[str, str] | None = None) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines
        self.fields = fields or {}


class Mistakes:
    """Collects what is wrong with a body while all of it is read."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._fields: dict[str, str] = {}

    def add(self, *lines: str) -> None:
        """Note mistakes in what belongs to no field."""
        self._lines += lines

    def add_to_field(self, name: str, *lines: str) -> None:
        """Note mistakes in a field, the first of which is shown there."""
        self.add(*lines)
        self._fields.setdefault(name, lines[0])

    def add_missing(self, names: list[str]) -> None:
        """Note in one line that these fields are missing, and at each that it is required."""
        self.add(f"Missing required fields: {', '.join(names)}")
        for name in names:
            self._fields.setdefault(name, f"{name} is required")

    def raise_any(self) -> None:
        """Raise InvalidBody if there are mistakes."""
        if self._lines:
            raise InvalidBody(self._lines, self._fields)


def read_object(body: bytes) -> dict[str, Value]:
    """Parse the JSON object of a body, with the values of `exact_json`; an empty body is `{}`.

    Every value can be written as JSON again. Raises InvalidBody.
    """
    if not body:
        return {}
    try:
        value = exact_json.loads(body.decode())
    except UnicodeDecodeError:
        raise InvalidBody(["The body must be JSON in UTF-8."]) from None
    except exact_json.NotJson as error:
        raise InvalidBody([f"The body must be JSON: {shortened(str(error))}."]) from None
    if not isinstance(value, dict):
        raise InvalidBody(["The body must be a JSON object."])
    try:
        exact_json.dumps(value)
    except TypeError:
        line = "The body must not hold half of a surrogate pair or be nested so deeply."
        raise InvalidBody([line]) from None
    _duplicates.decode(body.decode())
    return value


def _refuse_duplicates(members: list[tuple[str, Value]]) -> None:
    names = set()
    for name, _ in members:
        if name in names:
            raise InvalidBody([f"The body names {shortened(name)} twice"])
        names.add(name)


# Parsers keep the last of two members with one name; only the pairs show that there were two.
_duplicates = JSONDecoder(object_pairs_hook=_refuse_duplicates, parse_int=str, parse_float=str)


def unknown_lines(names: Iterable[str], known: Container[str], what: str) -> list[str]:
    """Return a line for each unknown name; `what` says what the names are of."""
    unknown = [name for name in names if name not in known]
    lines = [f"Unknown {what}: {shortened(name)}" for name in unknown[:_MOST_UNKNOWN]]
    if more := len(unknown) - len(lines):
        lines.append(f"Unknown {what}: {more} more")
    return lines


def shortened(text: str) -> str:
    """Shorten client input so that a message can quote it."""
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"


def int_if_whole(value: Value) -> Value:
    """Turn a float without a fraction into an int; return other values as they are."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
