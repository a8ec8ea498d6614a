"""Where a command takes its settings from: the environment, or else the local AWS."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import click

from assembly_service.settings.service import LibrarySettings, Settings, SettingsError
from assembly_service.settings.values import SettingsModel, as_meant, given_values

Model = TypeVar("Model", bound=SettingsModel)

LOCAL_FILE = Path(".local/env")
_NAMES_AN_AWS = re.compile(
    r"AWS_ENDPOINT_URL.*|SQS_.*_QUEUE_URL|DYNAMODB_.*_TABLE|SNS_.*_TOPIC_ARN"
)
_READ_BY_LIBRARIES = re.compile(r"AWS_\w+|(https?|all|no)_proxy", re.IGNORECASE)
_NAMES_NO_AWS = (
    "Nothing here names an AWS to use: start a local one with `make run` in this directory, "
    "or give these in the environment."
)
_VERIFY_TOKENS = ("JWT_SECRET", "JWT_JWKS_URL")


class SettingsFailure(click.ClickException):
    """Settings that are missing or wrong; every mistake on a line of its own."""

    exit_code = 2


def names_an_aws(environment: Mapping[str, str]) -> bool:
    """Whether the environment says itself which AWS to use."""
    return any(map(_NAMES_AN_AWS.fullmatch, given_values(environment)))


def says_what_verifies_tokens(environment: Mapping[str, str]) -> bool:
    """Whether the environment says itself what the callers' tokens are verified with."""
    return not given_values(environment).keys().isdisjoint(_VERIFY_TOKENS)


def without_aws(environment: Mapping[str, str]) -> dict[str, str]:
    """The environment less what it says of AWS, credentials and profile included."""
    return {
        name: value
        for name, value in environment.items()
        if not name.startswith("AWS_") and not _NAMES_AN_AWS.fullmatch(name)
    }


def merge(environment: Mapping[str, str], local: Mapping[str, str]) -> dict[str, str]:
    """The local AWS, with everything that does not concern AWS as the environment has it."""
    own = {
        name: value
        for name, value in without_aws(environment).items()
        if as_meant(value) or name not in local
    }
    if says_what_verifies_tokens(own):
        # One of them excludes the other.
        local = {name: value for name, value in local.items() if name not in _VERIFY_TOKENS}
    direct = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if direct.strip() != "*":
        direct = ",".join(filter(None, [direct, "127.0.0.1"]))
    return {**local, **own, "NO_PROXY": direct, "no_proxy": direct}


def clean_environment() -> None:
    """Make the process's environment say to the libraries what is meant, as it does to us.

    They take an empty AWS_PROFILE for a name, and a line break for a part of the key. An empty
    variable of a proxy stays, for it takes back another one.
    """
    for name in filter(_READ_BY_LIBRARIES.fullmatch, [*os.environ]):
        meant = as_meant(os.environ[name])
        if meant or not name.startswith("AWS_"):
            os.environ[name] = meant
        else:
            del os.environ[name]


def enter_environment() -> None:
    """Turn to the local AWS, if there is one and the environment names none of its own."""
    if not names_an_aws(os.environ) and LOCAL_FILE.exists():
        turn_to_local_aws(read_local_file())


def turn_to_local_aws(local: Mapping[str, str]) -> None:
    """Make the process's environment say these values and nothing else of AWS.

    AWS's client library takes credentials, profiles and proxies from there by itself, so this has
    to happen before the first client is made.
    """
    merged = merge(os.environ, local)
    os.environ.clear()
    os.environ.update(merged)


def load_settings() -> Settings:
    """Enter the environment and read every setting from it."""
    return load(Settings)


def load(model: type[Model]) -> Model:
    """Enter the environment and read from it what a command needs of AWS."""
    try:
        return read(model)
    except SettingsFailure as failure:
        if names_an_aws(os.environ):
            raise
        raise SettingsFailure(f"{_NAMES_NO_AWS}\n{failure}") from None


def read(model: type[Model]) -> Model:
    """Enter the environment and read a group of settings from it.

    Raises SettingsFailure, also for what the libraries read.
    """
    enter_environment()
    if mistakes := [*_mistakes(LibrarySettings), *_mistakes(model)]:
        raise SettingsFailure("\n".join(mistakes))
    return model.from_environment(os.environ)


def _mistakes(model: type[SettingsModel]) -> list[str]:
    try:
        model.from_environment(os.environ)
    except SettingsError as error:
        return error.mistakes
    return []


def read_local_file() -> dict[str, str]:
    """The settings written down by `assembly-service local`."""
    text = os.fsdecode(LOCAL_FILE.read_bytes())
    pairs = (assignment.partition("=") for assignment in shlex.split(text, comments=True))
    return {name: value for name, _, value in pairs}


def local_file_text(values: Mapping[str, str]) -> str:
    """What to write down; a shell can read it too."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join(["# Written by `assembly-service local`, removed when it stops.", *lines, ""])
