"""How settings are read: the kinds of values, and sentences about the wrong ones."""

import re
from collections.abc import Mapping
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ValidationError


class SettingsError(Exception):
    """One sentence for every setting that is missing or wrong. Never holds a value that was set."""

    def __init__(self, mistakes: list[str]) -> None:
        super().__init__("\n".join(mistakes))
        self.mistakes = mistakes


SENTENCE = "sentence"
"""The type of a `PydanticCustomError` whose message is told as it is."""

_NO_NUMBER = {
    "int_parsing": "it has to be a whole number",
    "float_parsing": "it has to be a number",
}

_MOST_PROXIES = 20

Model = TypeVar("Model", bound=BaseModel)


def given_values(environment: Mapping[str, str]) -> dict[str, str]:
    """What an environment says; an empty variable counts as not set."""
    return {name: value for name, value in environment.items() if value.strip()}


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
        return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
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
TableName = Annotated[
    str,
    shaped(
        r"[A-Za-z0-9_.-]{3,255}",
        "the name of a table, 3 to 255 letters, digits, dots, hyphens or underscores",
    ),
]
