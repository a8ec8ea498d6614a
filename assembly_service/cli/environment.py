"""Reads the settings of a command from the environment, or else from the local AWS."""

import os
import re
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

import click

from assembly_service.settings.pasted import as_meant
from assembly_service.settings.secret_files import SECRETS
from assembly_service.settings.service import InvalidSettings, LibrarySettings
from assembly_service.settings.values import SettingsModel, given_values

Model = TypeVar("Model", bound=SettingsModel)

LOCAL_FILE = Path(".local/env")
_NAMES_AN_AWS = re.compile(
    r"AWS_ENDPOINT_URL.*|SQS_.*_QUEUE_URL|DYNAMODB_.*_TABLE|SNS_.*_TOPIC_ARN"
)
_READ_BY_LIBRARIES = re.compile(r"(AWS|OTEL)_\w+|(https?|all|no)_proxy", re.IGNORECASE)
_NAMES_NO_AWS = (
    "No AWS is configured: start a local one with `make run` in this directory, or set these in "
    "the environment."
)
_VERIFY_TOKENS = ("JWT_SECRET", "JWT_JWKS_URL")


class SettingsFailure(click.ClickException):
    """Settings that are missing or wrong, each mistake on its own line."""

    exit_code = 2


def names_an_aws(environment: Mapping[str, str]) -> bool:
    """Whether the environment itself says which AWS to use."""
    return any(map(_NAMES_AN_AWS.fullmatch, given_values(environment)))


def says_what_verifies_tokens(environment: Mapping[str, str]) -> bool:
    """Whether the environment itself says what verifies the callers' tokens."""
    return not given_values(environment).keys().isdisjoint(_VERIFY_TOKENS)


def is_about_aws(name: str) -> bool:
    """Whether a variable concerns AWS: its resources, endpoints, credentials or profile."""
    return name.startswith("AWS_") or _NAMES_AN_AWS.fullmatch(name) is not None


def merge(environment: Mapping[str, str], local: Mapping[str, str]) -> dict[str, str]:
    """Combine the local AWS with everything in the environment that is not about AWS."""
    own = {
        name: value
        for name, value in environment.items()
        if not is_about_aws(name) and (as_meant(value) or name not in local)
    }
    # A secret may be in a file, and what verifies tokens has two settings that exclude each other.
    replaced = given_values(own).keys() & {*SECRETS}
    if says_what_verifies_tokens(own):
        replaced |= {*_VERIFY_TOKENS}
    local = {name: value for name, value in local.items() if name not in replaced}
    direct = environment.get("no_proxy") or environment.get("NO_PROXY") or ""
    if direct.strip() != "*":
        direct = ",".join(filter(None, [direct, "127.0.0.1"]))
    return {**local, **own, "NO_PROXY": direct, "no_proxy": direct}


def clean_environment() -> None:
    """Clean the variables that libraries read by themselves, as settings are cleaned.

    Libraries would take an empty AWS_PROFILE as a name, and a line break as part of a key. An empty
    proxy variable stays, because it overrides another one.
    """
    for name in filter(_READ_BY_LIBRARIES.fullmatch, [*os.environ]):
        meant = as_meant(os.environ[name])
        if meant or not name.startswith(("AWS_", "OTEL_")):
            os.environ[name] = meant
        else:
            del os.environ[name]


def enter_environment() -> None:
    """Use the local AWS, if one is running and the environment names no other."""
    if not names_an_aws(os.environ) and LOCAL_FILE.exists():
        use_local_aws(read_local_file())


def use_local_aws(local: Mapping[str, str]) -> None:
    """Replace everything about AWS in the process's environment by these values.

    AWS's client library reads credentials, profiles and proxies from there, so this has to happen
    before the first client is created.
    """
    merged = merge(os.environ, local)
    os.environ.clear()
    os.environ.update(merged)


def load(model: type[Model]) -> Model:
    """Read settings that include AWS resources. Raises SettingsFailure."""
    try:
        return read(model)
    except SettingsFailure as failure:
        if names_an_aws(os.environ):
            raise
        raise SettingsFailure(f"{_NAMES_NO_AWS}\n{failure}") from None


def read(model: type[Model]) -> Model:
    """Read settings from the environment or the local AWS.

    Raises SettingsFailure, also for variables that libraries read by themselves.
    """
    enter_environment()
    if mistakes := [*_mistakes(LibrarySettings), *_mistakes(model)]:
        raise SettingsFailure("\n".join(mistakes))
    return model.from_environment(os.environ)


def _mistakes(model: type[SettingsModel]) -> list[str]:
    try:
        model.from_environment(os.environ)
    except InvalidSettings as error:
        return error.mistakes
    return []


def read_local_file() -> dict[str, str]:
    """Read the settings that `assembly-service local` wrote."""
    text = os.fsdecode(LOCAL_FILE.read_bytes())
    pairs = (assignment.partition("=") for assignment in shlex.split(text, comments=True))
    return {name: value for name, _, value in pairs}


def local_file_text(values: Mapping[str, str]) -> str:
    """The text of the local file, which a shell can read too."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join(["# Written by `assembly-service local`, removed when it stops.", *lines, ""])
