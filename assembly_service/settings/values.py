"""Reading of settings: types of values, and sentences about invalid ones."""

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
from pydantic_core import PydanticCustomError

from assembly_service.settings.pasted import QUOTES, as_meant
from assembly_service.settings.secret_files import MissingSecret, secrets_of_files


class InvalidSettings(Exception):
    """A sentence for every setting that is missing or wrong, without values that were set."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


SENTENCE = "sentence"
"""The type of a `PydanticCustomError` whose message is a complete sentence."""

_NUMBER_ERRORS = {
    "int_parsing": "it has to be a whole number",
    "int_parsing_size": "it has to be a whole number of fewer digits",
    "float_parsing": "it has to be a number",
}

UNQUOTED = "[^\"'`]+"
"""The pattern of a text without quotes."""

_MOST_PROXIES = 20
_SHORTEST_SECRET = 32

_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_SURROGATE = re.compile("[\ud800-\udfff]")
"""How Python represents bytes in the environment that are not UTF-8."""

Model = TypeVar("Model", bound=BaseModel)


class _SecretText(str):
    """A secret, in which any bytes are allowed."""

    __slots__ = ()


def given_values(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that are not empty, without what was pasted along.

    Secrets that are in files are among them as if they were variables; one that cannot be read is a
    `MissingSecret`.
    """
    meant = {name: as_meant(value) for name, value in environment.items()}
    given = {name: value for name, value in meant.items() if value}
    return given | secrets_of_files(given)


class SettingsModel(BaseModel):
    """The base of all settings. The environment name of a field is its name in capitals.

    Values other than secrets must be UTF-8 without control characters.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", alias_generator=str.upper, validate_by_name=True
    )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read the settings. An empty variable counts as not set.

        Raises InvalidSettings, which names every mistake at once.
        """
        return read_settings(cls, given_values(environment))

    @field_validator("*", mode="before")
    @classmethod
    def _was_read(cls, value: object) -> object:
        if isinstance(value, MissingSecret):
            raise PydanticCustomError(SENTENCE, "{sentence}", {"sentence": str(value)})
        return value

    @field_validator("*")
    @classmethod
    def _is_clean_text(cls, value: object) -> object:
        for text in value if isinstance(value, tuple) else (value,):
            if not isinstance(text, str) or isinstance(text, _SecretText):
                continue
            if _CONTROL.search(text):
                raise ValueError("it has a line break or another control character in it")
            if _SURROGATE.search(text):
                raise ValueError("it has to be text in UTF-8")
        return value


def read_settings(model: type[Model], given: Mapping[str, object]) -> Model:
    """Validate settings by environment name.

    Raises InvalidSettings, which names every mistake at once.
    """
    try:
        return model.model_validate(given)
    except ValidationError as error:
        sentences = [_sentence(e["loc"], e["type"], e["msg"]) for e in error.errors()]
        # A list may be wrong in several places.
        raise InvalidSettings(list(dict.fromkeys(sentences))) from None


def _sentence(location: tuple[int | str, ...], kind: str, message: str) -> str:
    if kind == SENTENCE:
        return message
    # List positions are integers; the last string is the name in the environment.
    name = [part for part in location if isinstance(part, str)][-1]
    if kind == "missing":
        return f"{name} is not set: give it a value in the environment (see .env.example)."
    plain = _NUMBER_ERRORS.get(kind, message).replace("Input should be", "it has to be")
    said = plain.removeprefix("Value error, ")
    return f"{name} is wrong: {said[0].lower()}{said[1:]} (see .env.example)."


def shaped(pattern: str, shape: str) -> AfterValidator:
    """Check the shape of a text. The error describes it in words, not as a pattern."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(f"it has to be {shape}")
        return value

    return AfterValidator(check)


def parts_of(text: str) -> tuple[str, ...]:
    """Split a text at its commas, without empty parts and what was pasted along."""
    return tuple(meant for part in text.split(",") if (meant := as_meant(part)))


def split(value: object) -> object:
    """Split a text at its commas; return anything else as it is."""
    return parts_of(value) if isinstance(value, str) else value


def _strong_secret(secret: str) -> str:
    if len(secret) < _SHORTEST_SECRET:
        raise ValueError(f"it has to be at least {_SHORTEST_SECRET} characters long")
    if len(set(secret)) == 1:
        raise ValueError("it has to be random, not one repeated character")
    if {secret[0], secret[-1]} & {*QUOTES, *QUOTES.values()}:
        raise ValueError("it has a quote at one end only: remove it, or choose another secret")
    return _SecretText(secret)


def _switched(value: object) -> object:
    if not isinstance(value, str):
        return value
    if (word := value.strip().lower()) not in {"true", "false"}:
        raise ValueError("it has to be true or false")
    return word == "true"


def _proxies(value: object) -> object:
    """Parse the number of proxies, or their networks."""
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
"""The number of own proxies in front of the service, or their networks."""
Proxies = Annotated[TrustedProxies, BeforeValidator(_proxies)]
PATH_PREFIX = r"(/[A-Za-z0-9._~-]+)*"
"""The pattern of the path prefix, if any, under which the public reaches the service."""


def _without_slash(value: object) -> object:
    return value.strip().rstrip("/") if isinstance(value, str) else value


PathPrefix = Annotated[
    str, BeforeValidator(_without_slash), shaped(PATH_PREFIX, "a path, as in /assembly")
]
"""A path that a proxy strips; empty if none does."""
Switch = Annotated[bool, BeforeValidator(_switched)]
Secret = Annotated[str, AfterValidator(_strong_secret)]
"""A shared secret. Fields of this type need `repr=False`."""
TableName = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9_.-]{3,255}",
        "the name of a table, 3 to 255 letters, digits, dots, hyphens or underscores",
    ),
]
