"""`dlq redrive --set` repairs an event on the way back, and never loses what it replaced."""

import errno
import json
import os
import stat
from pathlib import Path

import click
import pytest
from botocore.exceptions import EndpointConnectionError

from assembly_service.cli.repairs import Repairs
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import DeadLetter
from assembly_service.operations.redriving import Redrive
from assembly_service.operations.repairing import parse_edit
from tests.cli.letters import Letters, letters
from tests.cli.runs import run, run_at_a_terminal
from tests.harness.small_events import event

__all__ = ["letters"]

CAPTION = HalfKind.CAPTION
TITLE = ("--set", "title=Cup")
INVALID = ("dlq", "redrive", "--reason", "invalid_event")


def broken(second: int) -> dict[str, Value]:
    """A caption whose title is not a text."""
    return {**event(CAPTION, second), "title": second}


def test_only_the_chosen_letter_is_repaired_and_the_old_body_can_be_sent_again(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    texts = [json.dumps(broken(second)) for second in (1, 2)]
    chosen, other = (letters.quarantine(CAPTION, text, "invalid_event") for text in texts)
    redrive = ("dlq", "redrive", "--id", chosen, *TITLE)

    preview = run(*redrive, "--dry-run", directory=tmp_path, environment=environment)
    assert preview.out.splitlines()[0] == f'{chosen}  title: 1 -> "Cup"'
    assert "Would put back 1 message" in preview.out
    assert letters.size(letters.dead(CAPTION)) == (2, 0)
    assert list(tmp_path.iterdir()) == []

    done = run(*redrive, directory=tmp_path, environment=environment)
    assert done.code == 0, done.err
    assert f'{chosen}  title: 1 -> "Cup"' in done.out
    [(body, attributes)] = letters.take(letters.sources[CAPTION])
    assert json.loads(body) == {**broken(1), "title": "Cup"}
    assert attributes == {}
    assert letters.size(letters.dead(CAPTION)) == (1, 0)
    assert other in run("dlq", "list", directory=tmp_path, environment=environment).out

    assert "dead_letter_repaired" in done.err
    for named in (str(event(CAPTION, 1)["video_id"]), chosen, "title"):
        assert named in done.err
    assert "Cup" not in done.err

    [kept] = tmp_path.iterdir()
    assert kept.name in done.out
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = run("send", "--raw", kept, directory=tmp_path, environment=environment)
    assert again.code == 0, again.err
    assert [body for body, _ in letters.take(letters.sources[CAPTION])] == [texts[0]]


def test_what_would_be_refused_again_stays_as_it_is(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    text = json.dumps({**broken(1), "price": -1})
    letter = letters.quarantine(CAPTION, text, "invalid_event")
    outcome = run(*INVALID, *TITLE, directory=tmp_path, environment=environment)
    assert outcome.code == 1
    assert f"Message {letter} stays: It would be refused again: price" in outcome.err
    assert letters.take(letters.sources[CAPTION]) == []
    assert [body for body, _ in letters.take(letters.dead(CAPTION))] == [text]
    assert list(tmp_path.iterdir()) == []


def test_an_edit_that_is_none_is_refused_before_anything_is_read(
    environment: dict[str, str], tmp_path: Path
) -> None:
    outcome = run(
        *("dlq", "redrive", "--set", "title"), directory=tmp_path, environment=environment
    )
    assert outcome.code == 2
    assert "'title' is not of the form path=value" in outcome.err


def test_repairs_need_a_choice_of_messages(environment: dict[str, str], tmp_path: Path) -> None:
    outcome = run("dlq", "redrive", *TITLE, directory=tmp_path, environment=environment)
    assert outcome.code == 2
    assert "--set changes messages: choose them with --id or --reason." in outcome.err


def test_at_a_terminal_the_differences_are_shown_before_the_question(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letter = letters.quarantine(CAPTION, json.dumps(broken(1)), "invalid_event")
    done = run_at_a_terminal(
        *INVALID, *TITLE, answer=b"n\n", directory=tmp_path, environment=environment
    )
    assert f'{letter}  title: 1 -> "Cup"' in done.out
    assert done.code == 1
    assert letters.size(letters.dead(CAPTION)) == (1, 0)


def dead_letter(number: int) -> DeadLetter:
    """A dead letter that can be repaired."""
    return DeadLetter(
        queue=CAPTION,
        body=json.dumps(broken(number)),
        message_id=f"letter {number}",
        receipt_handle="receipt",
        receive_count=1,
        sent_at=0,
    )


class FakeQueue:
    """Two dead letters, one of which cannot be sent."""

    def __init__(self, *, refused: str) -> None:
        self.refused = refused
        self.letters = [dead_letter(1), dead_letter(2)]

    async def receive(self, **_: int) -> list[DeadLetter]:
        return self.letters

    async def send_back(self, letter: DeadLetter) -> str:
        if letter.message_id == self.refused:
            raise EndpointConnectionError(endpoint_url="")
        return "sent"

    async def delete(self, _: list[DeadLetter]) -> list[DeadLetter]:
        return []

    async def release(self, _: list[DeadLetter]) -> None: ...


def repairs(directory: Path) -> Repairs:
    return Repairs([parse_edit("title=Cup")], directory=directory)


def test_two_runs_in_the_same_second_keep_their_old_bodies_apart(tmp_path: Path) -> None:
    with repairs(tmp_path) as one, repairs(tmp_path) as other:
        one.repair(dead_letter(1))
        other.repair(dead_letter(2))
    kept = [json.loads(file.read_text())["message_id"] for file in tmp_path.iterdir()]
    assert sorted(kept) == ["letter 1", "letter 2"]


def test_without_a_place_for_the_old_bodies_nothing_begins(tmp_path: Path) -> None:
    with (
        pytest.raises(
            click.ClickException, match=r"cannot be kept in .*: No such file or directory"
        ),
        repairs(tmp_path / "missing"),
    ):
        pytest.fail("It began.")


def test_a_full_disk_ends_the_run_with_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with repairs(tmp_path) as run_once:
        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(click.ClickException, match="No space left on device"):
            run_once.repair(dead_letter(1))


async def test_what_could_not_be_sent_is_not_logged_as_repaired() -> None:
    logged: list[str] = []
    queue = FakeQueue(refused="letter 2")
    redrive = Redrive(
        queue=queue,  # type: ignore[arg-type]
        most=2,
        advance=lambda _: None,
        repair=lambda letter: letter.body,
        on_sent=lambda letter: logged.append(letter.message_id),
    )
    with pytest.raises(EndpointConnectionError):
        await redrive.run()
    assert logged == ["letter 1"]
