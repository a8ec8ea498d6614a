"""What `trace` says of a video, from what was found."""

import json
from collections.abc import Mapping

from assembly_service.aws.queues import QueueCounts
from assembly_service.domain.intake import RejectionReason
from assembly_service.domain.product import HalfKind
from assembly_service.operations.dead_letters import RECEIVE_COUNT_EXCEEDED, DeadLetter
from assembly_service.operations.video_letters import letters_of
from assembly_service.operations.video_trace import Findings, VideoTrace
from assembly_service.storage.assembly_tables import StoredState
from tests.harness.halves import HOUR, KEY, NOW, half

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
    queued: Mapping[HalfKind, QueueCounts] | None = None,
    unread: str | None = None,
) -> VideoTrace:
    """What is said of the video at NOW."""
    findings = Findings(
        stored=stored,
        letters=letters_of(KEY, letters),
        letters_read_at=NOW,
        unread=unread,
        queued={kind: QueueCounts(0, 0) for kind in HalfKind} | dict(queued or {}),
    )
    return VideoTrace(key=KEY, findings=findings, now=NOW)
