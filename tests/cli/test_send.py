"""`send` puts the lines of the files on the queues exactly as they are."""

import json
from pathlib import Path

import pytest

from assembly_service.settings.service import Settings
from tests.cli.conftest import Received
from tests.cli.runs import SAMPLES, bare_environment, run

CAPTIONS, THUMBNAILS = SAMPLES / "captions.jsonl", SAMPLES / "thumbnails.jsonl"


def _lines(path: Path) -> set[str]:
    return set(path.read_text(encoding="utf-8").split("\n")) - {""}


def test_every_line_arrives_as_it_is_and_a_fifth_of_them_twice(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    files: list[str | Path] = ["--captions", CAPTIONS, "--thumbnails", THUMBNAILS]
    outcome = run(
        "send",
        *files,
        "--shuffle",
        "--duplicates",
        "0.2",
        directory=tmp_path,
        environment=environment,
    )
    assert outcome.code == 0, outcome.err
    assert "Sent 720 of 720 messages" in outcome.out
    assert "120 of them repeated" in outcome.out
    captions = received(settings.sqs_caption_analysis_queue_url)
    thumbnails = received(settings.sqs_thumbnail_generation_queue_url)
    assert set(captions) == _lines(CAPTIONS)
    assert set(thumbnails) == _lines(THUMBNAILS)
    assert captions.total() + thumbnails.total() == 720
    assert set((captions + thumbnails).values()) == {1, 2}


def test_numbers_spaces_and_odd_line_separators_in_text_stay_as_they_are(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    line = '{"price":  172.0, "big": 12345678901234567890.10, "title": "one\u2028two\u0085three"}'
    file = tmp_path / "captions.jsonl"
    file.write_bytes(f"{line}\r\n\n".encode())
    outcome = run("send", "--captions", file, directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert received(settings.sqs_caption_analysis_queue_url) == {line: 1}


def test_envelopes_go_to_the_queue_of_their_event(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    envelopes = SAMPLES / "sns-envelopes.jsonl"
    outcome = run("send", "--raw", envelopes, directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    captions = received(settings.sqs_caption_analysis_queue_url)
    thumbnails = received(settings.sqs_thumbnail_generation_queue_url)
    assert set(captions) | set(thumbnails) == _lines(envelopes)
    assert all("CaptionParsed" in body for body in captions)
    assert all("ThumbnailGenerated" in body for body in thumbnails)


def test_bodies_of_any_kind_go_to_the_queue_that_their_line_names(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    invalid = SAMPLES / "invalid.jsonl"
    rows = [json.loads(line) for line in _lines(invalid)]
    outcome = run("send", "--raw", invalid, directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    for queue, url in (
        ("caption", settings.sqs_caption_analysis_queue_url),
        ("thumbnail", settings.sqs_thumbnail_generation_queue_url),
    ):
        assert set(received(url)) == {row["body"] for row in rows if row["queue"] == queue}


def test_the_topics_pass_on_the_same_lines(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    files: list[str | Path] = ["--captions", CAPTIONS, "--thumbnails", THUMBNAILS]
    outcome = run("send", *files, "--sns", directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert set(received(settings.sqs_caption_analysis_queue_url)) == _lines(CAPTIONS)
    assert set(received(settings.sqs_thumbnail_generation_queue_url)) == _lines(THUMBNAILS)


def test_a_large_message_does_not_make_its_batch_too_large(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    file = tmp_path / "captions.jsonl"
    lines = [json.dumps({"n": n, "fill": "é" * 60_000}, ensure_ascii=False) for n in range(7)]
    file.write_text("\n".join(lines), encoding="utf-8")
    outcome = run("send", "--captions", file, directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert set(received(settings.sqs_caption_analysis_queue_url)) == set(lines)


def test_the_rate_is_kept(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    file = tmp_path / "captions.jsonl"
    file.write_text("{}\n" * 31)
    outcome = run(
        "send", "--captions", file, "--rate", "40", directory=tmp_path, environment=environment
    )
    assert outcome.code == 0, outcome.err
    # The thirty-first has to wait for thirty fortieths of a second.
    seconds = float(outcome.out.split(" in ")[1].split()[0])
    assert seconds >= 0.7
    assert received(settings.sqs_caption_analysis_queue_url).total() == 31


def test_the_local_aws_is_used_when_the_environment_names_none(
    local_directory: Path, settings: Settings, received: Received
) -> None:
    outcome = run("send", "--captions", CAPTIONS, directory=local_directory)
    assert outcome.code == 0, outcome.err
    assert received(settings.sqs_caption_analysis_queue_url).total() == 300


def test_the_local_aws_is_left_alone_when_the_environment_names_one(local_directory: Path) -> None:
    elsewhere = bare_environment(AWS_ENDPOINT_URL="http://127.0.0.1:9", AWS_REGION="us-east-1")
    outcome = run("send", "--captions", CAPTIONS, directory=local_directory, environment=elsewhere)
    assert outcome.code == 2
    assert "SQS_CAPTION_ANALYSIS_QUEUE_URL is not set" in outcome.err


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}, "nothing answers at"),
        ({"SQS_CAPTION_ANALYSIS_QUEUE_URL": "http://127.0.0.1:9/1/none"}, "does not exist"),
        ({"AWS_ACCESS_KEY_ID": ""}, "credentials"),
    ],
)
def test_a_failure_to_send_is_reported_in_one_sentence(
    environment: dict[str, str], tmp_path: Path, change: dict[str, str], complaint: str
) -> None:
    file = tmp_path / "captions.jsonl"
    file.write_text("{}")
    outcome = run("send", "--captions", file, directory=tmp_path, environment=environment | change)
    assert outcome.code == 1
    [sentence] = [line for line in outcome.sentences if line.startswith("Error: ")]
    assert complaint in sentence
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"\xff\xfe", "is not UTF-8 text at byte 0"),
        (b"not json", "line 1 is not JSON"),
        (b"[1]", "line 1 is not a JSON object"),
        (b'{"queue": "caption"}', "line 1 is neither an SNS envelope nor"),
        (b'{"queue": ["caption"], "body": "x"}', "line 1 is neither an SNS envelope nor"),
        (b'{"Type": "Notification", "TopicArn": 5}', "is neither of captions nor of thumbnails"),
    ],
)
def test_a_malformed_file_is_reported_in_one_sentence(
    environment: dict[str, str], tmp_path: Path, content: bytes, complaint: str
) -> None:
    file = tmp_path / "raw.jsonl"
    file.write_bytes(content)
    outcome = run("send", "--raw", file, directory=tmp_path, environment=environment)
    assert outcome.code == 1
    [sentence] = outcome.sentences
    assert complaint in sentence


def test_a_file_of_the_other_kind_is_sent_with_a_warning(
    environment: dict[str, str], settings: Settings, received: Received, tmp_path: Path
) -> None:
    file = tmp_path / "mixed.jsonl"
    lines = [path.read_text(encoding="utf-8").split("\n")[0] for path in (THUMBNAILS, CAPTIONS)]
    file.write_text("\n".join([*lines, "no json"]), encoding="utf-8")
    outcome = run("send", "--thumbnails", file, directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert outcome.sentences[0] == (
        "2 of 3 thumbnail lines can only end as dead letters, the first of them "
        f"{file}, line 2: A caption event came on the thumbnail queue."
    )
    assert set(received(settings.sqs_thumbnail_generation_queue_url)) == {*lines, "no json"}


def test_a_file_of_the_right_kind_is_sent_without_a_warning(
    environment: dict[str, str], tmp_path: Path
) -> None:
    files: list[str | Path] = ["--captions", CAPTIONS, "--thumbnails", THUMBNAILS]
    outcome = run("send", *files, directory=tmp_path, environment=environment)
    assert outcome.code == 0, outcome.err
    assert "dead letters" not in outcome.err
