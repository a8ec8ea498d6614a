"""`dlq redrive` puts messages back as their producers sent them, and never loses one."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import DeadLetterQueue, find_dead_letter_queue
from assembly_service.operations.redriving import Redrive
from tests.cli.letters import Letters, letters
from tests.cli.runs import run, run_at_a_terminal
from tests.harness.hooks import after_call, before_call
from tests.harness.pipeline import Pipeline

__all__ = ["letters"]

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL


class Broken(Exception):
    """The process ends here."""


@pytest.fixture
async def captions(pipeline: Pipeline, letters: Letters) -> DeadLetterQueue:
    """The dead-letter queue of captions."""
    return await find_dead_letter_queue(pipeline.clients.sqs, CAPTION, letters.sources[CAPTION])


def _redrive(queue: DeadLetterQueue, reason: str | None = None, most: int = 100) -> Redrive:
    return Redrive(
        queue=queue,
        most=most,
        advance=lambda _: None,
        wanted=lambda letter: reason in {None, letter.reason},
    )


def _break(sqs: Any, operation: str, *, after: int = 0) -> None:
    """End the run before a call of this operation, after so many of them."""
    left = [after]

    def end() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise Broken

    before_call(sqs, operation, end)


async def test_a_message_keeps_its_group_into_the_dead_letter_queue_and_back(
    pipeline: Pipeline, captions: DeadLetterQueue
) -> None:
    queue = {"QueueUrl": pipeline.url(CAPTION)}
    await pipeline.clients.sqs.send_message(**queue, MessageBody="{}", MessageGroupId="home256")
    async with pipeline.working():
        await pipeline.drained()
    await _redrive(captions).run()
    [back] = await (await pipeline.queue(CAPTION)).receive()
    assert (back.body, back.group, *back.attributes) == ("{}", "home256", "correlationId")


def test_messages_go_back_as_their_producers_sent_them(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    for number in range(12):
        letters.quarantine(CAPTION, f"{number:02d} é", "not_json", correlationId=f"trace {number}")
    letters.quarantine(THUMBNAIL, "{}", "not_an_event", eventType="ThumbnailGenerated")
    letters.put(THUMBNAIL, "{ }", detail="of the worker")
    outcome = run("dlq", "redrive", directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert "Put back 12 messages to product-assembly-caption-analysis." in outcome.out
    assert letters.take(letters.sources[CAPTION]) == [
        (f"{number:02d} é", {"correlationId": f"trace {number}"}) for number in range(12)
    ]
    assert letters.take(letters.sources[THUMBNAIL]) == [
        ("{ }", {"detail": "of the worker"}),
        ("{}", {"eventType": "ThumbnailGenerated"}),
    ]
    assert [letters.size(letters.dead(kind)) for kind in HalfKind] == [(0, 0), (0, 0)]


@pytest.mark.parametrize("reason", ["wrong_queue", "receive_count_exceeded"])
def test_other_reasons_stay_and_can_be_received_at_once(
    environment: dict[str, str], letters: Letters, tmp_path: Path, reason: str
) -> None:
    for number in range(13):
        letters.quarantine(CAPTION, f"no json {number}", "not_json")
    letters.quarantine(CAPTION, "wrong_queue", "wrong_queue")
    letters.put(CAPTION, "receive_count_exceeded")
    outcome = run("dlq", "redrive", "--reason", reason, directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert "Put back 1 message " in outcome.out
    assert "Left 14 with another reason" in outcome.out
    assert letters.size(letters.dead(CAPTION)) == (14, 0)
    assert [body for body, _ in letters.take(letters.sources[CAPTION])] == [reason]


def test_what_another_reader_holds_is_said_to_stay(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    letters.take(letters.dead(CAPTION))
    outcome = run("dlq", "redrive", directory=tmp_path, environment=environment)
    assert outcome.code == 0
    assert "caption-analysis-dead-letters holds about 1 dead letter, and" in outcome.err


def test_a_dry_run_counts_and_moves_nothing(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    for number in range(3):
        letters.quarantine(CAPTION, f"no json {number}", "not_json")
    letters.quarantine(CAPTION, "{}", "not_an_event")
    outcome = run(
        *("dlq", "redrive", "--dry-run", "--reason", "not_json", "--queue", "caption"),
        directory=tmp_path,
        environment=environment,
    )
    assert outcome.code == 0, outcome.err
    assert "Would put back 3 messages to product-assembly-caption-analysis." in outcome.out
    assert letters.size(letters.dead(CAPTION)) == (4, 0)
    assert letters.size(letters.sources[CAPTION]) == (0, 0)


async def test_a_message_that_fails_again_is_put_back_only_once(
    environment: dict[str, str], letters: Letters, tmp_path: Path, pipeline: Pipeline
) -> None:
    bodies = {f"no json {number}" for number in range(25)}
    for body in bodies:
        await pipeline.send(CAPTION, body)
    async with pipeline.working():
        await pipeline.drained()
        outcome = await asyncio.to_thread(
            run, "dlq", "redrive", directory=tmp_path, environment=environment
        )
        await pipeline.drained()
    assert outcome.code == 0, outcome.err
    assert "Put back 25 messages" in outcome.out
    assert pipeline.count(CAPTION, "quarantined") == 50
    assert letters.size(letters.dead(CAPTION)) == (25, 0)
    assert {body for body, _ in letters.take(letters.dead(CAPTION))} == bodies


async def test_a_message_that_comes_back_during_the_run_is_recognized_and_stays(
    captions: DeadLetterQueue, letters: Letters
) -> None:
    def fail_again(answer: dict[str, str]) -> None:
        letters.put(CAPTION, "{", reason="not_json", originalMessageId=answer["MessageId"])

    after_call(captions.sqs, "send_message", fail_again)
    for _ in range(12):
        letters.quarantine(CAPTION, "{", "not_json")
    run_once = _redrive(captions)
    await run_once.run()
    assert (run_once.result.put_back, run_once.result.failed_again) == (12, 12)
    assert letters.size(letters.dead(CAPTION)) == (12, 0)


@pytest.mark.parametrize("sent", [0, 4, 10, 14])
async def test_a_crash_before_any_send_loses_nothing(
    captions: DeadLetterQueue, letters: Letters, sent: int
) -> None:
    bodies = {f"no json {number}" for number in range(15)}
    for body in bodies:
        letters.quarantine(CAPTION, body, "not_json")
    _break(captions.sqs, "send_message", after=sent)
    run_once = _redrive(captions)
    with pytest.raises(Broken):
        await run_once.run()
    assert run_once.result.put_back == sent
    # All are visible again, and of those that were sent none comes twice.
    dead = [body for body, _ in letters.take(letters.dead(CAPTION))]
    back = [body for body, _ in letters.take(letters.sources[CAPTION])]
    assert sorted(dead + back) == sorted(bodies)


async def test_a_crash_between_send_and_delete_leaves_a_message_in_both_queues(
    captions: DeadLetterQueue, letters: Letters
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    _break(captions.sqs, "delete_message_batch")
    run_once = _redrive(captions)
    with pytest.raises(Broken):
        await run_once.run()
    assert run_once.result.undeleted == 1
    assert letters.size(letters.sources[CAPTION]) == (1, 0)
    assert letters.size(letters.dead(CAPTION)) == (1, 0)


async def test_a_stream_of_new_dead_letters_does_not_keep_a_run_going(
    captions: DeadLetterQueue, letters: Letters
) -> None:
    for number in range(30):
        letters.quarantine(CAPTION, f"no json {number}", "not_json")
    bounded = _redrive(captions, most=20)
    await bounded.run()
    assert bounded.result.has_more
    assert letters.size(letters.sources[CAPTION]) == (20, 0)
    assert letters.size(letters.dead(CAPTION)) == (10, 0)


@pytest.mark.parametrize(("answer", "put_back"), [(b"n\n", 0), (b"y\n", 1)])
def test_at_a_terminal_it_asks_first(
    environment: dict[str, str], letters: Letters, tmp_path: Path, answer: bytes, put_back: int
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    done = run_at_a_terminal(
        *("dlq", "redrive"), answer=answer, directory=tmp_path, environment=environment
    )
    assert "Put all messages back into product-assembly-caption-analysis" in done.err
    assert done.code == (0 if put_back else 1)
    assert letters.size(letters.sources[CAPTION]) == (put_back, 0)
    assert letters.size(letters.dead(CAPTION)) == (1 - put_back, 0)


def test_of_a_single_message_only_the_queue_that_has_it_is_mentioned(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    letter = letters.quarantine(THUMBNAIL, "{", "not_json")
    redrive = ("dlq", "redrive", "--id", letter)
    done = run_at_a_terminal(*redrive, answer=b"y\n", directory=tmp_path, environment=environment)
    assert done.code == 0, done.err
    assert f"Put the message {letter} back into product-assembly-thumbnail-generation" in done.err
    assert "Put back 1 message to product-assembly-thumbnail-generation." in done.out
    assert "caption" not in done.out + done.err
    assert [letters.size(letters.dead(kind)) for kind in HalfKind] == [(1, 0), (0, 0)]


def test_a_single_message_that_is_in_neither_queue_is_reported_in_a_sentence(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    done = run("dlq", "redrive", "--id", "none", directory=tmp_path, environment=environment)
    assert (done.code, done.out) == (1, "")
    assert "Message none was not found." in done.err


def test_an_unknown_reason_is_reported_in_a_sentence(
    environment: dict[str, str], tmp_path: Path, connect: Callable[[str], Any]
) -> None:
    outcome = run(
        "dlq", "redrive", "--reason", "not-json", directory=tmp_path, environment=environment
    )
    assert outcome.code == 2
    assert "'not-json' is not one of" in outcome.err
