"""`trace` says of a video what is stored, what was refused, what is the matter and what to do."""

import json
from collections.abc import Mapping

import pytest

from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.dead_letters import RECEIVE_COUNT_EXCEEDED, DeadLetter, Size
from assembly_service.operations.video_letters import letters_of
from assembly_service.operations.video_trace import Findings, Trace, VideoState
from assembly_service.storage.assembly_tables import StoredState
from tests.harness.halves import DAY, HOUR, KEY, NOW, half, instant, product, staged

CAPTION, THUMBNAIL = HalfKind.CAPTION, HalfKind.THUMBNAIL
NOTHING = StoredState()


def letter(
    kind: HalfKind = THUMBNAIL,
    *,
    of: HalfKind | None = None,
    second: int = 1,
    reason: str = RejectionReason.INVALID_EVENT,
    detail: str = "thumbnails.0.quality_score must be at most 1",
    sent_at: int = NOW - HOUR,
    body: str | None = None,
    attributes: Mapping[str, str] | None = None,
) -> DeadLetter:
    """A dead letter in the queue of `kind`, carrying a half of the kind `of`."""
    ours = {"reason": reason, "detail": detail, "originalMessageId": "original"}
    texts = {**({} if reason == RECEIVE_COUNT_EXCEEDED else ours), **(attributes or {})}
    return DeadLetter(
        queue=kind,
        message_id=f"letter {second}",
        receipt_handle="receipt",
        receive_count=1,
        sent_at=sent_at,
        body=json.dumps(half(of or kind, second).event()) if body is None else body,
        attributes={
            name: {"DataType": "String", "StringValue": text} for name, text in texts.items()
        },
        moved_by_sqs=reason == RECEIVE_COUNT_EXCEEDED,
    )


def trace(
    stored: StoredState,
    *letters: DeadLetter,
    queued: Mapping[HalfKind, Size] | None = None,
    unread: str | None = None,
) -> Trace:
    """What is said of the video at NOW."""
    findings = Findings(
        stored=stored,
        letters=letters_of(KEY, letters),
        letters_read_at=NOW,
        unread=unread,
        queued={kind: Size(0, 0) for kind in HalfKind} | dict(queued or {}),
    )
    return Trace(key=KEY, findings=findings, now=NOW)


def test_of_a_video_without_a_trace_it_is_said_that_nothing_arrived() -> None:
    found = trace(NOTHING)
    assert (found.state, found.summary, found.steps()) == (
        VideoState.NOTHING_STORED,
        "Nothing of this video has arrived. Check the spelling of its seller and id, and to which "
        "queues its worker publishes.",
        [],
    )


@pytest.mark.parametrize(
    ("size", "sentence"),
    [
        (Size(3, 0), "The caption queue has about 3 messages."),
        (Size(1, 0), "The caption queue has about 1 message."),
        (Size(1, 2), "The caption queue has about 3 messages, 2 of them being handled or retried."),
        (Size(0, 1), "The caption queue has about 1 message, being handled or retried."),
    ],
)
def test_messages_that_may_bring_the_video_are_counted_also_those_being_retried(
    size: Size, sentence: str
) -> None:
    summary = trace(NOTHING, queued={CAPTION: size}).summary
    assert summary == f"Nothing of this video is stored yet. {sentence}"


def test_the_queue_of_the_missing_half_is_told_of_until_the_product_exists() -> None:
    queued = {CAPTION: Size(5, 0), THUMBNAIL: Size(9, 0)}
    waiting = trace(StoredState(staged=staged(CAPTION, expires_at=NOW + HOUR)), queued=queued)
    assert waiting.summary.endswith("Z. The thumbnail queue has about 9 messages.")
    expired = trace(StoredState(staged=staged(CAPTION, expires_at=NOW - HOUR)), queued=queued)
    assert expired.summary.endswith(
        "Z. The thumbnail queue has about 9 messages. If that does not bring the thumbnails, "
        "publish both halves again."
    )
    assert "queue" not in trace(StoredState(product=product(updated_at=NOW)), queued=queued).summary


@pytest.mark.parametrize(
    ("kind", "sentence"),
    [
        (CAPTION, "The caption waits for the thumbnails until {}."),
        (THUMBNAIL, "The thumbnails wait for the caption until {}."),
    ],
)
def test_a_half_that_waits_is_named_with_what_it_waits_for_and_until_when(
    kind: HalfKind, sentence: str
) -> None:
    found = trace(StoredState(staged=staged(kind, expires_at=NOW + HOUR)))
    assert found.state is VideoState.WAITING
    assert found.summary == sentence.format(format_milliseconds(NOW + HOUR))
    assert [step.at for step in found.steps()] == sorted(
        [f"{instant(1)[:23]}Z", format_milliseconds(NOW + HOUR - DAY)]
    )


@pytest.mark.parametrize("named_at", [None, NOW - 1])
def test_a_half_that_waited_in_vain_is_an_orphan_once_it_was_named(named_at: int | None) -> None:
    found = trace(StoredState(staged=staged(CAPTION, expires_at=NOW - HOUR, orphaned_at=named_at)))
    assert found.state is (VideoState.ORPHANED if named_at else VideoState.EXPIRED)
    until = format_milliseconds(NOW - HOUR)
    assert found.summary == (
        f"The caption waited in vain for the thumbnails until {until}. Publish both halves again."
    )
    assert f"{until} The staged caption expired." in [" ".join(step) for step in found.steps()]


def test_a_product_is_said_to_be_there_since_when_and_when_it_changed() -> None:
    fresh = product(updated_at=NOW)
    assert trace(StoredState(product=fresh)).summary == (
        f"The product has been there since {fresh.created_at}."
    )
    changed = product(updated_at=NOW, created_at=NOW - HOUR)
    found = trace(StoredState(product=changed))
    assert (found.state, found.summary) == (
        VideoState.PRODUCT,
        f"The product has been there since {changed.created_at} and last changed at "
        f"{changed.updated_at}.",
    )
    assert found.as_json()["halves"] == {
        kind.value: {"inProduct": changed.half(kind).timestamp} for kind in HalfKind
    }


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
    for reason, sent_at, set_aside_at, what in (
        (RECEIVE_COUNT_EXCEEDED, at, None, "A message was sent to the caption queue that SQS"),
        (RejectionReason.NOT_JSON, None, at, "A message of the caption queue was quarantined"),
    ):
        found = trace(NOTHING, letter(CAPTION, reason=reason))
        letters = found.as_json()["deadLetters"]
        assert isinstance(letters, list)
        assert (letters[0]["sentAt"], letters[0]["setAsideAt"]) == (sent_at, set_aside_at)
        [step] = found.steps()
        assert step.at == at
        assert step.what.startswith(what)


def test_the_message_is_named_that_is_staged_and_not_the_first_one() -> None:
    found = trace(StoredState(staged=staged(CAPTION, 7, expires_at=NOW + HOUR)))
    assert [step for step in found.steps() if "message" in step.what] == [
        (
            f"{instant(7)[:23]}Z",
            "The worker made the caption staged as message staged message.",
        )
    ]
    halves = found.as_json()["halves"]
    assert isinstance(halves, dict)
    assert halves["caption"]["firstReceivedAt"] == format_milliseconds(NOW + HOUR - DAY)


def test_what_could_not_be_read_is_said_and_nothing_is_called_missing_for_it() -> None:
    unread = "Only 1000 dead letters of x were read."
    assert trace(NOTHING, unread=unread).summary == (
        f"Nothing of this video was found, but not everything could be read. {unread}"
    )
    findings = Findings(stored=NOTHING, letters=None, letters_read_at=NOW, unread=unread, queued={})
    found = Trace(key=ProductKey("a", "b"), findings=findings, now=NOW)
    assert found.summary == trace(NOTHING, unread=unread).summary
    assert found.as_json()["deadLetters"] is None
