"""`dlq redrive --set` repairs an event on the way back, and never loses what it replaced."""

import json
import stat
from pathlib import Path

from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from tests.cli.letters import Letters, letters
from tests.cli.runs import run
from tests.harness.small_events import event

__all__ = ["letters"]

CAPTION = HalfKind.CAPTION
TITLE = ("--set", "title=Cup")


def broken(second: int) -> dict[str, Value]:
    """A caption whose title is not a text."""
    return {**event(CAPTION, second), "title": second}


def test_only_the_chosen_letter_is_repaired_and_the_old_body_can_be_sent_again(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    texts = [json.dumps(broken(second)) for second in (1, 2)]
    chosen, other = (letters.set_aside(CAPTION, text, "invalid_event") for text in texts)
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
    letter = letters.set_aside(CAPTION, text, "invalid_event")
    outcome = run("dlq", "redrive", *TITLE, directory=tmp_path, environment=environment)
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
