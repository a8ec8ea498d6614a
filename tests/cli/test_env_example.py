"""`.env.example` and the settings name the same things and agree on every default."""

import os
import re
import subprocess

from assembly_service.settings.drafts import (
    EducationSettings,
    ProductDraftSettings,
    ProjectSessionSettings,
)
from assembly_service.settings.secret_files import FILE, SECRETS
from assembly_service.settings.service import DRAFT_SYSTEMS, Settings
from tests.cli.runs import ROOT


def example() -> dict[str, str]:
    lines = (ROOT / ".env.example").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("=") for line in lines if line and not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def test_every_setting_is_in_the_example_and_nothing_else() -> None:
    systems = (ProductDraftSettings, ProjectSessionSettings, EducationSettings)
    fields = {name for each in (Settings, *systems) for name in each.model_fields}
    # Those are of the drafts' settings.
    fields.remove("token_settings")
    files = {name + FILE for name in SECRETS}
    read_elsewhere = {"LOCAL_AWS_PORT", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_TRACES_EXPORTER"}
    assert set(example()) == {name.upper() for name in fields} | files | read_elsewhere


def test_the_example_loads_and_shows_the_defaults() -> None:
    settings = Settings.from_environment(example())
    for name, field in Settings.model_fields.items():
        if not field.is_required():
            assert getattr(settings, name) == field.default, name


def test_the_example_with_the_drafts_switched_on_shows_their_defaults() -> None:
    given = {**dict.fromkeys(DRAFT_SYSTEMS, "true"), "JWT_SECRET": "secret" * 6}
    settings = Settings.from_environment(example() | given)
    for system in (getattr(settings, switch.lower()) for switch in DRAFT_SYSTEMS):
        assert system is not None
        for name, field in type(system).model_fields.items():
            if not field.is_required() and name.upper() not in given:
                assert getattr(system, name) == field.default, name


def test_a_shell_can_load_the_example() -> None:
    loaded = subprocess.run(
        ["sh", "-c", "set -a; . ./.env.example; env"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=True,
    )
    assert not loaded.stderr
    said = dict(line.split("=", 1) for line in loaded.stdout.splitlines())
    assert {name: said[name] for name in example()} == given_values_of(example())


def given_values_of(lines: dict[str, str]) -> dict[str, str]:
    """As a shell reads them: without the quotes."""
    return {name: value.strip("'\"") for name, value in lines.items()}


def test_every_setting_has_a_comment_above_it() -> None:
    paragraph: list[str] = []
    for line in (ROOT / ".env.example").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            assert any(above.startswith("# ") for above in paragraph), line
        paragraph = [*paragraph, line] if line else []


def test_make_gives_no_setting_another_meaning() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    variables = set(re.findall(r"^(\w+) *[:?]?=", makefile, flags=re.MULTILINE))
    assert "WORKERS" in variables
    # Make passes a variable of the environment on with the value that the Makefile gives it.
    assert variables & set(example()) == set()
