"""What the guides name exists: files, headings, commands, settings, log events, reasons."""

import re
from functools import cache
from pathlib import Path

import pytest
from click import Context

from assembly_service.cli.command_line import command_line
from assembly_service.operations.dead_letters import REASONS
from tests.cli.runs import ROOT

GUIDES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md")),
    *sorted((ROOT / "docs").glob("*.md")),
]
TROUBLESHOOTING = (ROOT / "docs" / "troubleshooting.md").read_text(encoding="utf-8")
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text(encoding="utf-8")


def _anchors(file: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.MULTILINE)
    plain = (re.sub(r"[^\w\s-]", "", heading.lower()) for heading in headings)
    return {text.strip().replace(" ", "-") for text in plain}


@cache
def _sources() -> str:
    files = (ROOT / "assembly_service").rglob("*.py")
    return "\n".join(file.read_text(encoding="utf-8") for file in files)


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_link_leads_to_a_file_and_a_heading(guide: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", guide.read_text(encoding="utf-8")):
        if "://" in link:
            continue
        path, _, heading = link.partition("#")
        target = (guide.parent / path).resolve() if path else guide
        assert target.exists(), link
        assert not heading or heading in _anchors(target), link


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_every_command_that_is_named_exists(guide: Path) -> None:
    named = re.findall(r"`(?:\.venv/bin/)?assembly-service ([a-z]+)", guide.read_text("utf-8"))
    assert {*named} <= {*command_line.list_commands(Context(command_line))}


def test_every_test_that_a_guide_names_exists() -> None:
    guides = (guide.read_text("utf-8") for guide in GUIDES)
    named = {name for guide in guides for name in re.findall(r"`(test_\w+)`", guide)}
    files = (file.read_text("utf-8") for file in (ROOT / "tests").rglob("*.py"))
    tests = {
        name for file in files for name in re.findall(r"^(?:async )?def (test_\w+)", file, re.M)
    }
    assert named
    assert named - tests == set()


def test_every_test_in_typescript_that_the_threat_model_names_exists() -> None:
    threat_model = (ROOT / "docs" / "threat-model.md").read_text(encoding="utf-8")
    named = set(re.findall(r"^  - `(?!test_)(.+)`$", threat_model, re.MULTILINE))
    folders = (ROOT / "frontend" / "tests", ROOT / "clients" / "typescript" / "tests")
    files = (file.read_text("utf-8") for folder in folders for file in folder.rglob("*.test.ts*"))
    tests = {
        name for file in files for name in re.findall(r'^\s*(?:test|it)\("(.+?)",', file, re.M)
    }
    assert named
    assert named - tests == set()


@pytest.mark.parametrize("guide", [TROUBLESHOOTING, RUNBOOK], ids=["troubleshooting", "runbook"])
def test_settings_and_log_events_that_help_is_sought_by_exist(guide: str) -> None:
    settings = (ROOT / ".env.example").read_text(encoding="utf-8")
    for name in re.findall(r"`([A-Z]+(?:_[A-Z]+)+)[=`]", guide):
        assert re.search(rf"^#? ?{name}=", settings, re.MULTILINE), name
    figures = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    for name in re.findall(r"`([a-z]+(?:_[a-z]+)+)`", guide):
        assert name in _sources() or f"`{name}`" in figures, name


def test_troubleshooting_explains_every_reason_for_dead_letters() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", TROUBLESHOOTING, re.MULTILINE)
    assert {*explained} == {*REASONS}
