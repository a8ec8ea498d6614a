"""What the README and the guides of drafts have to paste works when it is pasted as a whole."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.cli.local_runs import PATIENCE_SECONDS, running_local
from tests.cli.runs import COMMAND, ROOT, bare_environment
from tests.harness.valkey import free_port

GUIDES = "README.md", "docs/drafts.md", "docs/projects.md", "docs/education.md"
BLOCKS = [
    part.partition("```")[0]
    for guide in GUIDES
    for part in (ROOT / guide).read_text(encoding="utf-8").split("```sh\n")[1:]
]
[DRAFTS] = [block for block in BLOCKS if "TOKEN=" in block]
[SESSIONS] = [block for block in BLOCKS if "SESSIONS=" in block]
[EDUCATION] = [block for block in BLOCKS if "OWNER=" in block]


def test_no_pasted_block_contains_a_comment_which_zsh_would_run() -> None:
    assert [line for block in BLOCKS for line in block.splitlines() if "#" in line] == []


def pasted(commands: str, shell: str, directory: Path) -> tuple[list[Any], list[Any]]:
    """Run the commands. Returns standard output and standard error as JSON by line."""
    port = free_port()
    script = commands.replace(".venv/bin/assembly-service", " ".join(COMMAND))
    with running_local(directory, port):
        done = subprocess.run(
            [shell],
            input=script,
            cwd=directory,
            env=bare_environment() | {"PORT": str(port)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    return [json.loads(line) for line in done.stdout.splitlines()], [
        json.loads(line) for line in done.stderr.splitlines()
    ]


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_product_is_made_by_pasting_the_commands_for_drafts(tmp_path: Path, shell: str) -> None:
    [product, target, progress, committed], [created] = pasted(DRAFTS, shell, tmp_path)
    assert {each["sessionId"] for each in (product, target, progress)} == {created["sessionId"]}
    states = [each["state"] for each in (created, product, target, progress)]
    assert states == ["initiated", "product-added", "target-configured", "target-configured"]
    assert (progress["canCommit"], committed["success"]) == (True, True)


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_a_project_is_made_by_pasting_the_commands_for_sessions(tmp_path: Path, shell: str) -> None:
    [*saved, session, committed], [created] = pasted(SESSIONS, shell, tmp_path)
    assert [each["version"] for each in saved] == [2, 3, 4]
    assert session["sessionId"] == created["sessionId"]
    assert session["validationStatus"]["step4"] is True
    assert committed["project"]["projectName"] == "Harbour Tower"


@pytest.mark.parametrize("shell", ["bash", "sh"])
def test_an_education_is_registered_by_pasting_the_commands_for_it(
    tmp_path: Path, shell: str
) -> None:
    answers, [staged] = pasted(EDUCATION, shell, tmp_path)
    assert [each["status"] for each in (staged, *answers)] == [
        "staged",
        "validated",
        "category_determined",
        "account_linked",
        "education_created",
    ]
    assert answers[-1]["educationRecord"]["userBusinessId"] == "osot-0000123"
