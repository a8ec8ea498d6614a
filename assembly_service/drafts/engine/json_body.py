"""Request bodies: a JSON object, or lines that say everything that is wrong with it."""

from collections.abc import Awaitable, Callable, Container, Iterable
from json import JSONDecoder

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value

ReadBody = Callable[[], Awaitable[bytes]]
"""Waits for the body of a request. Asked for only once the caller is known to be allowed to act."""

_LONGEST_QUOTE = 100
_MOST_UNKNOWN = 100


class InvalidBody(ValueError):
    """What is wrong with a body, one sentence a violation."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


def read_object(body: bytes) -> dict[str, Value]:
    """The JSON object of a body, its values as of `exact_json`; an empty body stands for `{}`.

    Every value of the answer can be written as JSON again. Raises InvalidBody.
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
    _keys.decode(body.decode())
    return value


def _once(members: list[tuple[str, Value]]) -> None:
    names = set()
    for name, _ in members:
        if name in names:
            raise InvalidBody([f"The body names {shortened(name)} twice"])
        names.add(name)


# Parsers keep the last of two members of one name; only the pairs show that there were two.
_keys = JSONDecoder(object_pairs_hook=_once, parse_int=str, parse_float=str)


def unknown_lines(names: Iterable[str], known: Container[str], what: str) -> list[str]:
    """A line for each name that is not known; `what` is the kind of thing that it would name."""
    unknown = [name for name in names if name not in known]
    lines = [f"Unknown {what}: {shortened(name)}" for name in unknown[:_MOST_UNKNOWN]]
    if more := len(unknown) - len(lines):
        lines.append(f"Unknown {what}: {more} more")
    return lines


def shortened(text: str) -> str:
    """What a client sent, at a length that a message can repeat."""
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"


def one_form(value: Value) -> Value:
    """A value of `exact_json`; a float without a fraction becomes the integer that it equals."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
