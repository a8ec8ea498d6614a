"""Every command works with a pasted environment, or names the wrong setting."""

import os
from collections.abc import Iterator
from pathlib import Path
from unittest.mock import patch

import click
import jwt
import pytest
from click.testing import CliRunner, Result

from assembly_service.cli.command_line import command_line
from assembly_service.cli.environment import clean_environment
from tests.cli.runs import bare_environment, run
from tests.settings.test_pasted_settings import SECRET, SOUND

ARGUMENTS = {
    "announce": ["seller"],
    "dlq show": ["id"],
    "draft audit": ["--record", "id"],
    "draft show": ["id"],
    "reference load": [os.devnull],
    "send": ["--raw", os.devnull],
    "tail": ["seller"],
    "trace": ["seller", "video"],
}
"""The arguments of commands that need some."""
LEAVES_AWS_ALONE = {"local"}
READS_NO_SETTINGS = {"schema", "validate"}


def commands(group: click.Group, *path: str) -> Iterator[str]:
    """The names of all commands."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from commands(command, *path, name)
        else:
            yield " ".join([*path, name])


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in a directory without a local AWS."""
    monkeypatch.chdir(tmp_path)


def invoke(command: str, **environment: str) -> Result:
    """Run a command in this process, with this environment."""
    arguments = [*command.split(), *ARGUMENTS.get(command, [])]
    with patch.dict(os.environ, bare_environment(**environment), clear=True):
        return CliRunner().invoke(command_line, arguments)


@pytest.mark.parametrize(
    "command", [name for name in commands(command_line) if name not in READS_NO_SETTINGS]
)
def test_every_command_names_a_value_that_cannot_be_cleaned(command: str) -> None:
    name = "LOCAL_AWS_PORT" if command in LEAVES_AWS_ALONE else "AWS_ACCESS_KEY_ID"
    sound = {key: value for key, value in SOUND.items() if key != "JWT_JWKS_URL"}
    result = invoke(command, **sound | {name: "4\n566"})
    assert result.exit_code == 2, result.output
    [sentence] = result.output.splitlines()
    assert sentence.startswith(f"Error: {name} is wrong: ")


def test_a_token_is_signed_with_the_secret_that_was_meant() -> None:
    result = invoke("token", JWT_SECRET=f'"{SECRET}"\n', JWT_AUDIENCE=" shop\r\n")
    assert result.exit_code == 0, result.output
    assert jwt.decode(result.stdout.strip(), SECRET, algorithms=["HS256"], audience="shop")


def test_what_opentelemetry_reads_is_cleaned_as_settings_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OTEL_SERVICE_NAME", ' "assembly-eu"\r\n')
    monkeypatch.setenv("OTEL_TRACES_SAMPLER", " ")
    with patch.dict(os.environ):
        clean_environment()
        assert os.environ["OTEL_SERVICE_NAME"] == "assembly-eu"
        assert "OTEL_TRACES_SAMPLER" not in os.environ


def test_a_command_works_with_a_fully_pasted_environment(
    environment: dict[str, str], tmp_path: Path
) -> None:
    pasted = {name: f' "{value}"\r\n' for name, value in environment.items() if "_" in name}
    empty = dict.fromkeys(["AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN"], "")
    outcome = run("orphans", directory=tmp_path, environment=environment | pasted | empty)
    assert outcome.code == 0, outcome
    assert outcome.out.startswith("No half waits")
