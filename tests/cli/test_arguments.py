"""Wrong arguments and settings: sentences and an exit code, never a stack trace."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.cli.runs import COMMAND, ROOT, bare_environment, run
from tests.harness.valkey import free_port


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["fetch"], "No such command"),
        (["send"], "Nothing to send"),
        (["send", "--captions", "missing.jsonl"], "does not exist"),
        (["send", "--raw", __file__, "--sns"], "leave out --sns"),
        (["send", "--captions", __file__, "--duplicates", "2"], "--duplicates"),
        (["send", "--captions", __file__, "--rate", "0"], "--rate"),
        (["tail"], "Missing argument 'SELLER...'"),
    ],
)
def test_a_wrong_argument_is_reported_in_one_sentence(
    tmp_path: Path, arguments: list[str], complaint: str
) -> None:
    outcome = run(*arguments, directory=tmp_path)
    assert outcome.code == 2
    [sentence] = [line for line in outcome.sentences if line.startswith("Error: ")]
    assert complaint in sentence


@pytest.mark.parametrize(
    "command", ["serve", "local", "provision", "send", "tail", "token", "draft"]
)
def test_every_command_has_a_help_text(tmp_path: Path, command: str) -> None:
    outcome = run(command, "--help", directory=tmp_path)
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: assembly-service {command}")


def test_the_list_of_commands_cuts_no_sentence_short(tmp_path: Path) -> None:
    outcome = run("--help", directory=tmp_path, environment=bare_environment(COLUMNS="80"))
    assert outcome.code == 0
    commands = outcome.out.partition("Commands:")[2]
    assert "..." not in commands


def test_every_missing_setting_is_named_at_once(tmp_path: Path) -> None:
    outcome = run("serve", directory=tmp_path)
    assert outcome.code == 2
    for name in ("AWS_REGION", "SQS_CAPTION_ANALYSIS_QUEUE_URL", "DYNAMODB_STAGING_TABLE"):
        assert f"{name} is not set" in outcome.err


@pytest.mark.parametrize(
    "arguments",
    [["serve"], ["send", "--raw", __file__], ["orphans"], ["draft", "show", "x"]],
)
def test_without_any_aws_the_error_first_suggests_a_local_one(
    tmp_path: Path, arguments: list[str]
) -> None:
    outcome = run(*arguments, directory=tmp_path)
    assert outcome.code == 2
    assert "make run" in outcome.sentences[0]


@pytest.mark.parametrize("url", ["http://127.0.0.1:9", "127.0.0.1:9"])
def test_tail_says_where_it_found_no_service(tmp_path: Path, url: str) -> None:
    outcome = run("tail", "home256", "--url", url, directory=tmp_path)
    assert outcome.code == 1
    [sentence] = outcome.sentences
    assert "does not answer at http://127.0.0.1:9. Start it" in sentence


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ({"PORT": "many"}, "PORT is wrong"),
        ({"PORT": "0"}, "PORT is wrong"),
        ({"LOCAL_AWS_PORT": "70000"}, "LOCAL_AWS_PORT is wrong"),
        ({"LOG_LEVEL": "loud"}, "LOG_LEVEL is wrong"),
    ],
)
def test_local_names_a_wrong_setting_before_it_starts_anything(
    tmp_path: Path, values: dict[str, str], complaint: str
) -> None:
    environment = bare_environment(**{"PORT": str(free_port()), **values})
    outcome = run("local", directory=tmp_path, environment=environment)
    assert outcome.code == 2
    [sentence] = outcome.sentences
    assert sentence.startswith(f"Error: {complaint}")


def test_ctrl_c_during_loading_ends_it_silently(tmp_path: Path) -> None:
    # Stands for the first module that is loaded, and says when.
    (tmp_path / "click.py").write_text("print('loading', flush=True)\nimport time\ntime.sleep(60)")
    path = os.pathsep.join([str(tmp_path), str(ROOT)])
    process = subprocess.Popen(
        [*COMMAND, "local"],
        cwd=tmp_path,
        env=bare_environment(PYTHONPATH=path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == "loading\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=30) == ("", "")
        assert process.returncode == 130
    finally:
        process.kill()
        process.wait()
