"""Wherever a video is on its way, operators find it: by HTTP on their port, and by command."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind
from assembly_service.operations import operator_calls
from tests.cli.letters import Letters
from tests.cli.runs import run
from tests.harness.halves import KEY
from tests.harness.pipeline import eventually
from tests.harness.small_events import event

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
PATH = f"/api/v1/operations/videos/{KEY.seller_handle}/{KEY.video_id}"


@pytest.fixture(autouse=True)
def fresh_letters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer reads the dead letters anew: what comes is not waited for."""
    monkeypatch.setattr(operator_calls, "_LETTERS_AGE_SECONDS", -1)


Ask = Callable[[], Awaitable[dict[str, Any]]]


async def answer(operators: ClientSession, path: str = PATH) -> dict[str, Any]:
    async with operators.get(path) as response:
        assert response.status == 200, await response.text()
        found: dict[str, Any] = await response.json()
        return found


def send(letters: Letters, kind: HalfKind, body: dict[str, Any]) -> None:
    """Publish a message as a worker does."""
    letters.sqs.send_message(QueueUrl=letters.sources[kind], MessageBody=json.dumps(body))


async def test_a_video_is_found_at_every_step_of_its_way(
    operators: ClientSession, letters: Letters, environment: dict[str, str], tmp_path: Path
) -> None:
    async def ask() -> dict[str, Any]:
        return await answer(operators)

    async def until(state: str, sentence: str) -> dict[str, Any]:
        async def there() -> bool:
            found = await ask()
            return found["state"] == state and sentence in found["summary"]

        await eventually(there)
        return await ask()

    await until("nothing_stored", "Nothing of this video has arrived.")
    send(letters, CAPTION, event(CAPTION, 1))
    waiting = await until("waiting", "The caption waits for the thumbnails until ")
    assert waiting["halves"]["caption"]["waitsUntil"] in waiting["summary"]
    assert waiting["halves"]["thumbnail"] is None

    broken = event(THUMBNAIL, 2)
    broken["processing_metadata"]["frames_analyzed"] = -1
    send(letters, THUMBNAIL, broken)
    refused = await until("waiting", "The thumbnails were refused: processing_metadata")
    [letter] = refused["deadLetters"]
    assert (letter["reason"], letter["half"]) == (RejectionReason.INVALID_EVENT, "thumbnail")
    assert letters.size(letters.dead(THUMBNAIL)) == (1, 0)

    send(letters, THUMBNAIL, event(THUMBNAIL, 3))
    done = await until("product", "The product has been there since ")
    assert "refused" not in done["summary"]
    assert done["product"]["createdAt"] == done["product"]["updatedAt"]
    send(letters, CAPTION, event(CAPTION, 4))
    changed = await until("product", " and last changed at ")
    assert changed["halves"]["caption"]["inProduct"] == event(CAPTION, 4)["timestamp"]

    shown = run("trace", *KEY, "--json", directory=tmp_path, environment=environment)
    aged = {"deadLettersReadAt": None}
    assert json.loads(shown.out) | aged == await ask() | aged
    read = run("trace", *KEY, "--watch", directory=tmp_path, environment=environment)
    assert read.out.splitlines()[0] == changed["summary"]
    assert len(read.out.splitlines()) == 1 + len(changed["steps"])


async def test_dead_letters_that_somebody_else_reads_are_said_to_be_hidden(
    operators: ClientSession, letters: Letters
) -> None:
    letters.quarantine(CAPTION, json.dumps(event(CAPTION, 1)), RejectionReason.INVALID_EVENT)
    letters.take(letters.dead(CAPTION))
    found = await answer(operators)
    assert found["deadLetters"] == []
    assert "but not everything could be read. About 1 dead letter is hidden" in found["summary"]


async def test_without_a_dead_letter_queue_the_tables_are_answered_and_that_is_said(
    operators: ClientSession, letters: Letters
) -> None:
    for kind in HalfKind:
        letters.sqs.delete_queue(QueueUrl=letters.dead(kind))
    found = await answer(operators)
    assert (found["state"], found["deadLetters"]) == ("nothing_stored", None)
    assert "names a dead-letter queue that does not exist" in found["summary"]


async def test_a_broken_seller_or_video_is_refused_by_name(operators: ClientSession) -> None:
    async with operators.get("/api/v1/operations/videos/a%20b/c%20d") as response:
        assert response.status == 400
        named = {each["parameter"] for each in (await response.json())["errors"]}
    assert named == {"handle", "videoId"}


def test_a_command_names_what_is_no_seller_or_video(
    environment: dict[str, str], tmp_path: Path
) -> None:
    outcome = run("trace", "a b", "c d", directory=tmp_path, environment=environment)
    assert outcome.code == 2
    assert "'a b' is not a seller handle." in outcome.err
