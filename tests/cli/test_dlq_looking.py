"""`dlq list` and `dlq show` print what is in the dead-letter queues and leave it there."""

import json
from pathlib import Path

import pytest

from assembly_service.domain.product import HalfKind
from tests.cli.letters import Letters, letters
from tests.cli.runs import bare_environment, run
from tests.harness.halves import KEY
from tests.harness.small_events import event

__all__ = ["letters"]

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL


def test_dead_letters_are_counted_by_reason_and_can_be_received_at_once(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    for number in range(11):
        letters.quarantine(CAPTION, f"no json {number}", "not_json")
    newest = letters.quarantine(CAPTION, "{}", "invalid_event")
    moved = letters.put(THUMBNAIL, "{}", eventType="ThumbnailGenerated")
    table = run("dlq", "list", directory=tmp_path, environment=environment)
    assert table.code == 0, table.err
    rows = [line.split() for line in table.out.splitlines()]
    assert ["not_json", "11"] in [row[:2] for row in rows]
    assert ["invalid_event", "1"] in [row[:2] for row in rows]
    assert newest in table.out
    assert "receive_count_exceeded" in table.out
    assert letters.size(letters.dead(CAPTION)) == (12, 0)
    assert letters.size(letters.dead(THUMBNAIL)) == (1, 0)
    outcome = run("dlq", "list", "--json", directory=tmp_path, environment=environment)
    captions, thumbnails = json.loads(outcome.out)["queues"]
    assert {name: each["messages"] for name, each in captions["reasons"].items()} == {
        "not_json": 11,
        "invalid_event": 1,
    }
    assert captions["reasons"]["not_json"]["oldest"] <= captions["reasons"]["not_json"]["newest"]
    assert thumbnails["reasons"]["receive_count_exceeded"]["message_ids"] == [moved]


def test_single_messages_are_listed_newest_first_each_on_a_line(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    caption, thumbnails = event(CAPTION, 1), event(THUMBNAIL, 2)
    seller, videos = KEY.seller_handle, (caption["video_id"], thumbnails["video_id"])
    invalid = letters.quarantine(CAPTION, json.dumps(caption), "invalid_event")
    no_json = letters.quarantine(THUMBNAIL, "{", "not_json", sellerHandle=seller, videoId="no id")
    moved = letters.put(THUMBNAIL, json.dumps(thumbnails))
    listed = run("dlq", "list", "--messages", directory=tmp_path, environment=environment)
    assert listed.code == 0, listed.err
    rows = [line.split() for line in listed.out.splitlines()]
    found = {row[0]: row for row in rows if row and row[0] in {invalid, no_json, moved}}
    assert [row[:5] for row in sorted(found.values())] == sorted(
        [
            [invalid, "caption", "invalid_event", seller, videos[0]],
            [no_json, "thumbnail", "not_json", seller, "-"],
            [moved, "thumbnail", "receive_count_exceeded", seller, videos[1]],
        ]
    )
    as_json = run(
        "dlq", "list", "--messages", "--json", directory=tmp_path, environment=environment
    )
    lines = [json.loads(line) for line in as_json.out.splitlines()]
    assert [line["messageId"] for line in lines] == list(found)
    times = [line["quarantinedAt"] or line["sentAt"] for line in lines]
    assert times == sorted(times, reverse=True)
    assert {line["messageId"]: line["body"] for line in lines}[no_json] == "{"
    seconds = [" ".join(row[5:]) for row in found.values()]
    assert seconds == [f"{time[:19].replace('T', ' ')}Z" for time in times]
    assert [letters.size(letters.dead(kind)) for kind in HalfKind] == [(1, 0), (2, 0)]


def test_of_single_messages_too_the_limit_is_kept_and_reported_beside_json(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    for number in range(4):
        letters.quarantine(CAPTION, f"no json {number}", "not_json")
    limited = ("dlq", "list", "--messages", "--json", "--limit", "3", "--queue", "caption")
    outcome = run(*limited, directory=tmp_path, environment=environment)
    assert len([json.loads(line) for line in outcome.out.splitlines()]) == 3
    assert "There are more in product-assembly-caption-analysis-dead-letters" in outcome.err


def test_the_limit_is_kept_and_reported(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    for number in range(15):
        letters.quarantine(CAPTION, f"no json {number}", "not_json")
    outcome = run(
        *("dlq", "list", "--queue", "caption", "--limit", "12"),
        directory=tmp_path,
        environment=environment,
    )
    assert outcome.code == 0, outcome.err
    assert "caption: 12 in" in outcome.out
    assert "There are more" in outcome.out
    assert "thumbnail" not in outcome.out
    assert letters.size(letters.dead(CAPTION)) == (15, 0)


def test_messages_in_flight_elsewhere_are_mentioned(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letters.quarantine(CAPTION, "{", "not_json")
    letters.take(letters.dead(CAPTION))
    outcome = run("dlq", "list", directory=tmp_path, environment=environment)
    assert "About 1 more are hidden" in outcome.out


def test_a_dead_letter_is_found_by_either_of_its_ids_and_shown_in_full(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    body = '{"price":1999.990,"tags":["a","b"],"none":{},"text":"\\ud800 é, [x]: {y}"}'
    for number in range(12):
        letters.quarantine(CAPTION, f"no json {number}", "not_json")
    letter = letters.quarantine(
        THUMBNAIL, body, "wrong_queue", correlationId="trace 8", eventType="CaptionParsed"
    )
    shown = run("dlq", "show", letter, directory=tmp_path, environment=environment)
    assert shown.code == 0, shown.err
    head, _, pretty = shown.out.partition("\n\n")
    described = dict(line.split(":", 1) for line in head.splitlines())
    assert {name: value.strip() for name, value in described.items() if name != "Sent"} == {
        "Message id": letter,
        "Reason": "wrong_queue",
        "Detail": f"detail of {body[:20]}",
        "Queue": "thumbnail",
        "Source queue": letters.sources[THUMBNAIL].rsplit("/", 1)[-1],
        "Original message id": f"original of {body[:20]}",
        "Correlation id": "trace 8",
        "eventType": "CaptionParsed",
    }
    assert pretty == (
        '{\n  "price": 1999.990,\n  "tags": [\n    "a",\n    "b"\n  ],\n  "none": {},\n'
        '  "text": "\\ud800 é, [x]: {y}"\n}\n'
    )
    again = run(
        "dlq", "show", f"original of {body[:20]}", directory=tmp_path, environment=environment
    )
    assert letter in again.out
    assert letters.size(letters.dead(CAPTION)) == (12, 0)
    assert letters.size(letters.dead(THUMBNAIL)) == (1, 0)


def test_a_body_that_is_not_json_is_one_line_with_control_characters_escaped(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letter = letters.put(CAPTION, "{ not\tjson\x9b,\n[bold]at all[/bold] ")
    outcome = run("dlq", "show", letter, directory=tmp_path, environment=environment)
    assert outcome.out.endswith("\n\n{ not\\tjson\\u009b,\\n[bold]at all[/bold] \n")
    assert "receive_count_exceeded" in outcome.out


def test_a_missing_message_is_reported_in_a_sentence(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letters.put(CAPTION, "{")
    outcome = run("dlq", "show", "none", directory=tmp_path, environment=environment)
    assert outcome.code == 1
    assert "Message none was not found." in outcome.err


@pytest.mark.parametrize("command", [["list"], ["show", "none"], ["redrive", "--yes"]])
def test_a_queue_without_a_dead_letter_queue_is_reported_in_a_sentence(
    environment: dict[str, str], letters: Letters, tmp_path: Path, command: list[str]
) -> None:
    url = letters.sqs.create_queue(QueueName="alone")["QueueUrl"]
    outcome = run(
        "dlq",
        *command,
        directory=tmp_path,
        environment=environment | {"SQS_CAPTION_ANALYSIS_QUEUE_URL": url},
    )
    assert outcome.code == 1
    [sentence] = [line for line in outcome.sentences if line.startswith("Error: ")]
    assert "The caption queue alone has no dead-letter queue: give it a redrive" in sentence
    assert "To do without it, use --queue thumbnail." in sentence


@pytest.mark.parametrize("command", [["dlq", "list"], ["orphans"], ["announce", "home256"]])
def test_an_endpoint_that_does_not_answer_is_reported_in_a_sentence(
    environment: dict[str, str], tmp_path: Path, command: list[str]
) -> None:
    elsewhere = environment | {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    outcome = run(*command, directory=tmp_path, environment=elsewhere)
    assert outcome.code == 1
    [sentence] = [line for line in outcome.sentences if line.startswith("Error: ")]
    assert "nothing answers at http://127.0.0.1:9" in sentence


@pytest.mark.parametrize(
    "command",
    [["dlq"], ["dlq", "list"], ["dlq", "show"], ["dlq", "redrive"], ["orphans"], ["announce"]],
)
def test_every_command_has_a_help_text(tmp_path: Path, command: list[str]) -> None:
    outcome = run(*command, "--help", directory=tmp_path, environment=bare_environment())
    assert outcome.code == 0
    assert outcome.out.startswith(f"Usage: assembly-service {' '.join(command)}")


def test_a_dead_letter_queue_that_was_deleted_is_named_in_a_sentence(
    environment: dict[str, str], letters: Letters, tmp_path: Path
) -> None:
    letters.sqs.delete_queue(QueueUrl=letters.dead(CAPTION))
    outcome = run("dlq", "list", directory=tmp_path, environment=environment)
    assert outcome.code == 1
    assert len(outcome.sentences) == 1
    assert "names a dead-letter queue that does not exist" in outcome.err
