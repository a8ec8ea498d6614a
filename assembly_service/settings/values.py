"""How settings are read: the kinds of values, and sentences about the wrong ones."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    ValidationError,
    field_validator,
)


class SettingsError(Exception):
    """One sentence for every setting that is missing or wrong. Never holds a value that was set."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


SENTENCE = "sentence"
"""The type of a `PydanticCustomError` whose message is told as it is."""

_NO_NUMBER = {
    "int_parsing": "it has to be a whole number",
    "int_parsing_size": "it has to be a whole number of fewer digits",
    "float_parsing": "it has to be a number",
}

UNQUOTED = "[^\"'`]+"
"""The shape of a text without quotes."""

_MOST_PROXIES = 20
_SHORTEST_SECRET = 32

_QUOTES = {'"': '"', "'": "'", "`": "`", "“": "”", "‘": "’"}
_INVISIBLE = "\ufeff\u200b"
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_NO_TEXT = re.compile("[\ud800-\udfff]")
"""What Python makes of bytes in the environment that are not UTF-8."""

Model = TypeVar("Model", bound=BaseModel)


def as_meant(pasted: str) -> str:
    """The value without what came along when it was pasted: blanks, line ends, quotes around it."""
    text = pasted.strip().strip(_INVISIBLE).strip()
    inner = text[1:-1]
    if len(text) < 2 or _QUOTES.get(text[0]) != text[-1] or {text[0], text[-1]} & {*inner}:
        return text
    return as_meant(inner)


class _SecretText(str):
    """Whoever signs with a secret may have chosen whatever bytes they like between its ends."""

    __slots__ = ()


def given_values(environment: Mapping[str, str]) -> dict[str, str]:
    """What an environment says, as it is meant; an empty variable counts as not set."""
    meant = {name: as_meant(value) for name, value in environment.items()}
    return {name: value for name, value in meant.items() if value}


class SettingsModel(BaseModel):
    """What all groups of settings have in common.

    The environment name of a field is its name in capitals. No value but a secret holds a control
    character or bytes that are not UTF-8.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=str.upper, validate_by_name=True
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings; an empty variable counts as not set.

        Raises SettingsError, which names every mistake at once.
        """
        return read_settings(cls, given_values(environment))

    @field_validator("*")
    @classmethod
    def _in_one_line(cls, value: object) -> object:
        for text in value if isinstance(value, tuple) else (value,):
            if not isinstance(text, str) or isinstance(text, _SecretText):
                continue
            if _CONTROL.search(text):
                raise ValueError("it has a line break or another control character in it")
            if _NO_TEXT.search(text):
                raise ValueError("it has to be text in UTF-8")
        return value


def read_settings(model: type[Model], given: Mapping[str, object]) -> Model:
    """The settings of a model, by their environment names.

    Raises SettingsError, which names every mistake at once.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        sentences = [_sentence(e["loc"], e["type"], e["msg"]) for e in error.errors()]
        # A list may be wrong in several places.
        raise SettingsError(list(dict.fromkeys(sentences))) from None


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    if kind == SENTENCE:
        return message
    # Neither a group of settings nor a place in a list has a name in the environment.
    name = [part for part in location if isinstance(part, str)][-1]
    if kind == "missing":
        return f"{name} is not set: give it a value in the environment (see .env.example)."
    plain = _NO_NUMBER.get(kind, message).replace("Input should be", "it has to be")
    said = plain.removeprefix("Value error, ")
    return f"{name} is wrong: {said[0].lower()}{said[1:]} (see .env.example)."


def upper(value: object) -> object:
    """A text in capitals; anything else as it is."""
    return value.upper() if isinstance(value, str) else value


def lower(value: object) -> object:
    """A text in small letters; anything else as it is."""
    return value.lower() if isinstance(value, str) else value


def shaped(pattern: str, shape: str) -> AfterValidator:
    """Check the shape of a text; what is refused is told in words, not as a pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"it has to be {shape}")
        return value

    return AfterValidator(check)


def parts_of(text: str) -> tuple[str, ...]:
    """What stands between the commas of a text, as it is meant."""
    return tuple(meant for part in text.split(",") if (meant := as_meant(part)))


def split(value: object) -> object:
    """The parts of a text; anything else as it is."""
    return parts_of(value) if isinstance(value, str) else value


def _not_guessed(secret: str) -> str:
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"it has to be at least {_SHORTEST_SECRET} characters long")
    if len(set(secret)) == 1:
        raise ValueError("it has to be random, not one character again and again")
    if {secret[0], secret[-1]} & {*_QUOTES, *_QUOTES.values()}:
        raise ValueError("it has a quote at one end alone: take it away, or choose another secret")
    return _SecretText(secret)


def _switched(value: object) -> object:
    if not isinstance(value, str):
        return value
    if (word := value.strip().lower()) not in {"true", "false"}:
        raise ValueError("it has to be true or false")
    return word == "true"


def _proxies(value: object) -> object:
    """A number of proxies, or the networks that they are in."""
    if not isinstance(value, str):
        return value
    text = value.strip()
    if text.isascii() and text.isdecimal() and int(text) <= _MOST_PROXIES:
        return int(text)
    try:
        return tuple(map(ip_network, parts_of(text)))
    except ValueError:
        raise ValueError(
            "it has to be how many proxies requests come through, as in 1, or their networks, "
            "as in 10.0.0.0/8,192.168.1.7"
        ) from None


Networks = tuple[IPv4Network | IPv6Network, ...]
TrustedProxies = int | Networks
"""How many proxies of one's own requests come through, or the networks that those are in."""
Proxies = Annotated[TrustedProxies, BeforeValidator(_proxies)]
PATH_PREFIX = r"(/[A-Za-z0-9._~-]+)*"
"""The path, if any, below which the public sees the service."""


def _without_slash(value: object) -> object:
    return value.strip().rstrip("/") if isinstance(value, str) else value


PathPrefix = Annotated[
    str, BeforeValidator(_without_slash), shaped(PATH_PREFIX, "a path, as in /assembly")
]
Switch = Annotated[bool, BeforeValidator(_switched)]
Secret = Annotated[str, AfterValidator(_not_guessed)]
"""A shared secret. A field of this kind needs `repr=False`."""
TableName = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9_.-]{3,255}",
        "the name of a table, 3 to 255 letters, digits, dots, hyphens or underscores",
    ),
]
