"""`validate` says what the service would do with events, without sending them."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from assembly_service.cli.commands.validate import validate
from assembly_service.cli.event_files import read_events
from assembly_service.cli.verdicts import judge
from assembly_service.domain.intake import Rejected, RejectionReason
from assembly_service.domain.product import Half, HalfKind
from tests.cli.runs import SAMPLES, run
from tests.harness.small_events import event


def _lines(name: str) -> list[str]:
    return (SAMPLES / name).read_text(encoding="utf-8").splitlines()


def test_every_sample_is_valid_and_goes_to_the_queue_of_its_half() -> None:
    verdicts = [judge(line) for line in _lines("captions.jsonl") + _lines("thumbnails.jsonl")]
    assert all(isinstance(verdict.result, Half) for verdict in verdicts)
    assert Counter(verdict.queue for verdict in verdicts) == dict.fromkeys(HalfKind, 300)


def test_an_envelope_goes_to_the_queue_of_its_topic() -> None:
    verdicts = [judge(line) for line in _lines("sns-envelopes.jsonl")]
    assert all(verdict.is_valid for verdict in verdicts)
    misplaced = json.loads(_lines("sns-envelopes.jsonl")[0])
    misplaced["TopicArn"] = "arn:aws:sns:eu-west-1:123456789012:thumbnail-generated"
    verdict = judge(json.dumps(misplaced))
    assert verdict.sentence == "thumbnail queue, refused as wrong_queue"


@pytest.mark.parametrize("line", _lines("invalid.jsonl"))
def test_every_invalid_sample_is_refused_with_its_reason_on_its_queue(line: str) -> None:
    sample, verdict = json.loads(line), judge(line)
    assert isinstance(verdict.result, Rejected)
    assert (verdict.queue, verdict.result.reason) == (sample["queue"], sample["reason"])
    assert verdict.mistakes


def test_a_half_that_no_row_can_hold_is_refused() -> None:
    thumbnails = event(HalfKind.THUMBNAIL, 1)
    box = {"x": 1, "y": 1, "width": 1, "height": 1}
    found = {"class_name": "é" * 1000, "confidence": 1, "bbox": box}
    thumbnails["primary_thumbnail"]["detected_objects"] = [found] * 205
    verdict = judge(json.dumps(thumbnails))
    assert isinstance(verdict.result, Rejected)
    assert verdict.result.reason is RejectionReason.TOO_LARGE


@pytest.mark.parametrize(
    ("addition", "sentence"),
    [
        ("x" * 1024 * 1024, "SQS takes at most 1 MB, and this body has 1,0"),
        ("\uffff", "SQS takes no body with U+FFFF: write it as a JSON escape, or leave it out."),
    ],
    ids=["size", "character"],
)
def test_what_sqs_does_not_take_cannot_be_sent(addition: str, sentence: str) -> None:
    sample = event(HalfKind.CAPTION, 1) | {"sender": addition}
    verdict = judge(json.dumps(sample, ensure_ascii=False))
    assert not verdict.is_valid
    assert verdict.sentence == "caption queue, cannot be sent"
    [mistake] = verdict.mistakes
    assert mistake.startswith(sentence)


def test_what_no_topic_takes_is_said_and_valid_for_a_queue() -> None:
    verdict = judge(json.dumps(event(HalfKind.CAPTION, 1) | {"sender": "x" * 300_000}))
    assert verdict.is_valid
    assert verdict.sentence.endswith(", too large for a topic or a queue limited to 256 KB")


def test_a_byte_order_mark_at_the_start_of_a_file_is_not_part_of_an_event(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(json.dumps(event(HalfKind.CAPTION, 1)), encoding="utf-8-sig")
    [line] = read_events(file, HalfKind.CAPTION)
    assert judge(line.body).is_valid


def test_each_line_and_each_broken_field_is_named_however_many_there_are(tmp_path: Path) -> None:
    broken: dict[str, Any] = event(HalfKind.CAPTION, 1) | {"price": -1, "tags": [1] * 40}
    lines = [json.dumps(event(HalfKind.CAPTION, 1)), "", json.dumps(broken), "{}"]
    file = tmp_path / "events.jsonl"
    file.write_text("\n".join(lines))
    outcome = run("validate", file, directory=tmp_path)
    assert outcome.code == 1
    valid, *rest = outcome.out.splitlines()
    assert valid.startswith(f"{file}, line 1: caption queue, staged until the thumbnails arrive (")
    assert rest == [
        f"{file}, line 3: caption queue, refused as invalid_event",
        "  price: must be at least 0",
        *(f"  tags[{n}]: must be a string" for n in range(40)),
        f"{file}, line 4: either queue, refused as not_an_event",
        "  The object has the fields of neither a caption nor a thumbnail event.",
    ]
    assert outcome.sentences == ["Error: 2 of 3 events would be refused."]


def test_an_event_over_several_lines_is_one_event(tmp_path: Path) -> None:
    file = tmp_path / "event.json"
    file.write_text(json.dumps(event(HalfKind.THUMBNAIL, 1), indent=2))
    outcome = run("validate", file, directory=tmp_path)
    assert outcome.code == 0, outcome.err
    assert outcome.out.endswith("1 event is valid.\n")


def test_of_an_event_over_several_lines_each_broken_field_is_named_with_its_line(
    tmp_path: Path,
) -> None:
    file = tmp_path / "event.json"
    thumbnails: dict[str, Any] = event(HalfKind.THUMBNAIL, 1)
    thumbnails["primary_thumbnail"] = {**thumbnails["primary_thumbnail"], "quality_score": 2}
    del thumbnails["processing_metadata"]["frames_analyzed"]
    file.write_text(json.dumps(thumbnails, indent=2))
    lines = [line.strip() for line in file.read_text().split("\n")]
    score, metadata = map(lines.index, ('"quality_score": 2,', '"processing_metadata": {'))
    outcome = run("validate", file, directory=tmp_path)
    assert outcome.out.splitlines() == [
        f"{file}: thumbnail queue, refused as invalid_event",
        f"  line {score + 1}: primary_thumbnail.quality_score: must be at most 1",
        f"  line {metadata + 1}: processing_metadata.frames_analyzed: is missing",
    ]


def test_an_event_over_several_lines_that_is_not_json_is_one_mistake_with_its_line(
    tmp_path: Path,
) -> None:
    file = tmp_path / "event.json"
    file.write_text('{\n  "title": "Cup"\n  "price": 1\n}\n')
    outcome = run("validate", file, directory=tmp_path)
    head, mistake = outcome.out.splitlines()
    assert head == f"{file}: either queue, refused as not_json"
    assert "line 3" in mistake
    assert outcome.sentences == ["Error: 1 of 1 event would be refused."]


def test_quiet_prints_only_what_would_be_refused(tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    valid = json.dumps(event(HalfKind.CAPTION, 1))
    file.write_text(f"{valid}\n42\n")
    outcome = run("validate", "--quiet", file, directory=tmp_path)
    assert outcome.code == 1
    assert outcome.out.splitlines() == [
        f"{file}, line 2: either queue, refused as not_an_event",
        "  The JSON is not an object.",
    ]
    file.write_text(valid)
    outcome = run("validate", "--quiet", file, directory=tmp_path)
    assert (outcome.code, outcome.out, outcome.err) == (0, "", "")


def test_events_are_read_from_standard_input() -> None:
    result = CliRunner().invoke(validate, ["-"], input="42\n")
    assert result.exit_code == 1
    assert result.stdout.startswith("standard input, line 1: either queue, refused as not_an_event")


def test_a_file_without_events_is_not_called_valid(tmp_path: Path) -> None:
    file = tmp_path / "empty.jsonl"
    file.write_text("\n \n")
    outcome = run("validate", file, directory=tmp_path)
    assert (outcome.code, outcome.sentences) == (1, [f"Error: {file} has no events."])
