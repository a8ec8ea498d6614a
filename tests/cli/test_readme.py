"""What the README and the guides of drafts have to paste works when it is pasted as a whole."""

import json
import subprocess
from collections.abc import Callable, Iterator
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


Paste = Callable[[str], tuple[list[Any], list[Any]]]
"""Runs commands. Returns standard output and standard error as JSON by line."""


@pytest.fixture(scope="module", params=["bash", "sh"])
def paste(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Paste]:
    """Runs commands in a shell, beside a local service that all blocks of a shell share."""
    directory, port = tmp_path_factory.mktemp("pasted"), free_port()

    def paste(commands: str) -> tuple[list[Any], list[Any]]:
        done = subprocess.run(
            [request.param],
            input=commands.replace(".venv/bin/assembly-service", " ".join(COMMAND)),
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

    with running_local(directory, port):
        yield paste


def test_a_product_is_made_by_pasting_the_commands_for_drafts(paste: Paste) -> None:
    [product, target, progress, committed], [created] = paste(DRAFTS)
    assert {each["sessionId"] for each in (product, target, progress)} == {created["sessionId"]}
    states = [each["state"] for each in (created, product, target, progress)]
    assert states == ["initiated", "product-added", "target-configured", "target-configured"]
    assert (progress["canCommit"], committed["success"]) == (True, True)


def test_a_project_is_made_by_pasting_the_commands_for_sessions(paste: Paste) -> None:
    [*saved, session, committed], [created] = paste(SESSIONS)
    assert [each["version"] for each in saved] == [2, 3, 4]
    assert session["sessionId"] == created["sessionId"]
    assert session["validationStatus"]["step4"] is True
    assert committed["project"]["projectName"] == "Harbour Tower"


def test_an_education_is_registered_by_pasting_the_commands_for_it(paste: Paste) -> None:
    answers, [staged] = paste(EDUCATION)
    assert [each["status"] for each in (staged, *answers)] == [
        "staged",
        "validated",
        "category_determined",
        "account_linked",
        "education_created",
    ]
    assert answers[-1]["educationRecord"]["userBusinessId"] == "osot-0000123"
