"""`trace` says of a video which of its halves were refused, why, and what to do."""

import json

import pytest

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.dead_letters import RECEIVE_COUNT_EXCEEDED, DeadLetter
from assembly_service.operations.video_letters import letters_of
from assembly_service.storage.assembly_tables import StoredState
from tests.harness.halves import DAY, HOUR, KEY, NOW, half, product, staged
from tests.operations.video_traces import CAPTION, NOTHING, THUMBNAIL, letter, trace


@pytest.mark.parametrize(
    ("dead", "sentence"),
    [
        (
            letter(),
            "The thumbnails were refused: thumbnails.0.quality_score must be at most 1."
            " Publish the thumbnails again, corrected, or run `assembly-service dlq redrive --id"
            " letter 1 --set FIELD=VALUE`.",
        ),
        (
            letter(THUMBNAIL, of=CAPTION, reason=RejectionReason.WRONG_QUEUE),
            "The caption was sent to the thumbnail queue: publish the caption on the caption"
            " queue.",
        ),
        (
            letter(CAPTION, reason=RejectionReason.SELLER_FULL, detail="The shop is full."),
            "The caption was quarantined: The shop is full. When the cause is gone, run"
            " `assembly-service dlq redrive --id letter 1`.",
        ),
        (
            letter(CAPTION, reason=RECEIVE_COUNT_EXCEEDED),
            "The caption was received too often without success, and SQS moved the message to the"
            " dead letters. When the cause is gone, run `assembly-service dlq redrive --id letter"
            " 1`.",
        ),
        (
            letter(CAPTION, reason=RejectionReason.TOO_LARGE, detail="It is too large."),
            "The caption was refused: It is too large. Publish the caption again, corrected.",
        ),
    ],
    ids=["invalid_event", "wrong_queue", "seller_full", "receive_count_exceeded", "too_large"],
)
def test_a_refused_half_is_named_with_the_reason_and_what_to_do(
    dead: DeadLetter, sentence: str
) -> None:
    assert trace(NOTHING, dead).summary == sentence


@pytest.mark.parametrize(
    "reason", [*(each.value for each in RejectionReason), RECEIVE_COUNT_EXCEEDED]
)
def test_every_reason_of_a_dead_letter_is_told_as_data_and_as_a_step(reason: str) -> None:
    found = trace(NOTHING, letter(reason=reason))
    letters = found.as_json()["deadLetters"]
    assert isinstance(letters, list)
    [told] = letters
    assert isinstance(told, dict)
    assert (told["reason"], told["messageId"]) == (reason, "letter 1")
    [step] = found.steps()
    assert reason in step.what


def test_the_half_that_waits_is_named_beside_the_other_that_was_refused() -> None:
    summary = trace(StoredState(staged=staged(CAPTION, expires_at=NOW + HOUR)), letter()).summary
    assert summary.startswith("The caption waits for the thumbnails until ")
    assert "The thumbnails were refused: " in summary


def test_a_refusal_that_a_newer_half_has_made_good_is_listed_and_not_complained_of() -> None:
    found = trace(StoredState(product=product(updated_at=NOW)), letter(second=1))
    assert "refused" not in found.summary
    assert len(found.steps()) == 4
    newer = trace(StoredState(product=product(updated_at=NOW)), letter(second=59))
    assert "The thumbnails were refused: " in newer.summary


def test_of_several_refusals_of_a_half_the_newest_is_told() -> None:
    newest = letter(second=3, detail="The newest", sent_at=NOW)
    summary = trace(NOTHING, newest, letter(second=2, detail="The oldest")).summary
    assert "The newest" in summary
    assert "The oldest" not in summary


@pytest.mark.parametrize(
    ("body", "attributes", "found"),
    [
        ("{", {}, False),
        ("{", {"sellerHandle": KEY.seller_handle, "videoId": KEY.video_id}, True),
        (json.dumps({"seller_handle": KEY.seller_handle, "video_id": KEY.video_id}), {}, True),
        (json.dumps({"seller_handle": KEY.seller_handle, "video_id": "another"}), {}, False),
        (json.dumps([KEY.seller_handle, KEY.video_id]), {}, False),
        (
            json.dumps(
                {
                    "Type": "Notification",
                    "Message": "{",
                    "MessageAttributes": {
                        "sellerHandle": {"Type": "String", "Value": KEY.seller_handle},
                        "videoId": {"Type": "String", "Value": KEY.video_id},
                    },
                }
            ),
            {},
            True,
        ),
        (
            json.dumps({"Type": "Notification", "Message": json.dumps(half(CAPTION).event())}),
            {},
            True,
        ),
    ],
)
def test_a_letter_belongs_to_the_video_that_its_event_or_its_attributes_name(
    body: str, attributes: dict[str, str], found: bool
) -> None:
    assert bool(letters_of(KEY, [letter(body=body, attributes=attributes)])) is found


UNTIMED = json.dumps({**half(CAPTION).event(), "timestamp": "yesterday"})


@pytest.mark.parametrize("seconds", [-1, 0, 1])
@pytest.mark.parametrize("kind", ["product", "staged"])
def test_a_refusal_without_a_timestamp_is_made_good_by_what_was_stored_after_it(
    kind: str, seconds: int
) -> None:
    stored_at = NOW - HOUR + seconds * 1000
    stored = (
        StoredState(product=product(updated_at=stored_at))
        if kind == "product"
        else StoredState(staged=staged(CAPTION, expires_at=stored_at + DAY))
    )
    dead = letter(CAPTION, body=UNTIMED, sent_at=NOW - HOUR)
    assert ("The caption was refused: " in trace(stored, dead).summary) is (seconds < 0)


def test_of_a_letter_it_is_told_when_it_was_quarantined_or_sent_if_sqs_moved_it() -> None:
    at = format_milliseconds(NOW - HOUR)
    for reason, sent_at, quarantined_at, what in (
        (RECEIVE_COUNT_EXCEEDED, at, None, "A message was sent to the caption queue that SQS"),
        (RejectionReason.NOT_JSON, None, at, "A message of the caption queue was quarantined"),
    ):
        found = trace(NOTHING, letter(CAPTION, reason=reason))
        letters = found.as_json()["deadLetters"]
        assert isinstance(letters, list)
        assert (letters[0]["sentAt"], letters[0]["quarantinedAt"]) == (sent_at, quarantined_at)
        [step] = found.steps()
        assert step.at == at
        assert step.what.startswith(what)
