"""`trace` says of a video what is stored, what is the matter and what to do."""

import pytest

from assembly_service.aws.queues import QueueCounts
from assembly_service.domain.product import HalfKind, ProductKey
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.operations.video_trace import Findings, VideoState, VideoTrace
from assembly_service.storage.assembly_tables import StoredState
from tests.harness.halves import DAY, HOUR, NOW, instant, product, staged
from tests.operations.video_traces import CAPTION, NOTHING, THUMBNAIL, trace


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
        (QueueCounts(3, 0), "The caption queue has about 3 messages."),
        (QueueCounts(1, 0), "The caption queue has about 1 message."),
        (
            QueueCounts(1, 2),
            "The caption queue has about 3 messages, 2 of them being handled or retried.",
        ),
        (QueueCounts(0, 1), "The caption queue has about 1 message, being handled or retried."),
    ],
)
def test_messages_that_may_bring_the_video_are_counted_also_those_being_retried(
    size: QueueCounts, sentence: str
) -> None:
    summary = trace(NOTHING, queued={CAPTION: size}).summary
    assert summary == f"Nothing of this video is stored yet. {sentence}"


def test_the_queue_of_the_missing_half_is_told_of_until_the_product_exists() -> None:
    queued = {CAPTION: QueueCounts(5, 0), THUMBNAIL: QueueCounts(9, 0)}
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
    found = VideoTrace(key=ProductKey("a", "b"), findings=findings, now=NOW)
    assert found.summary == trace(NOTHING, unread=unread).summary
    assert found.as_json()["deadLetters"] is None
