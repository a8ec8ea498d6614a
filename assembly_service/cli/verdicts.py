"""Says what the service would do with an event, from its text alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from assembly_service.aws.message_limits import (
    MOST_PUBLISHED_BYTES,
    MOST_SENT_BYTES,
    REFUSED_CHARACTER,
)
from assembly_service.cli.event_files import kind_of_topic
from assembly_service.domain import exact_json, item_size
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.intake import (
    BrokenField,
    Rejected,
    RejectionReason,
    half_of,
    kind_of,
    read_body,
)
from assembly_service.domain.product import Half, HalfKind
from assembly_service.pipeline.quarantine import REJECTED

_MISSING = {HalfKind.CAPTION: "thumbnails arrive", HalfKind.THUMBNAIL: "caption arrives"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of an event: its half is staged, it is refused, or it cannot be sent at all.

    `queue` is None where neither the line nor the event says which queue it goes to. `unsendable`
    says why SQS does not take the body. One that is `too_large_for_topics` fits into queues alone.
    """

    queue: HalfKind | None
    result: Half | Rejected
    unsendable: str | None = None
    too_large_for_topics: bool = False

    @property
    def is_valid(self) -> bool:
        """Whether the service accepts the event."""
        return isinstance(self.result, Half) and self.unsendable is None

    @property
    def sentence(self) -> str:
        """What the service does with the event."""
        queue = f"{self.queue} queue" if self.queue else "either queue"
        if self.unsendable is not None:
            return f"{queue}, cannot be sent"
        if isinstance(self.result, Rejected):
            return f"{queue}, refused as {self.result.reason}"
        seller, video = self.result.key
        staged = f"{queue}, staged until the {_MISSING[self.result.kind]} ({seller} {video})"
        beyond = ", too large for a topic or a queue limited to 256 KB"
        return staged + (beyond if self.too_large_for_topics else "")

    @property
    def broken(self) -> Sequence[BrokenField]:
        """The broken fields of an event that can be sent."""
        if self.unsendable is not None or isinstance(self.result, Half):
            return ()
        return self.result.broken

    @property
    def mistakes(self) -> list[str]:
        """What is wrong: a sentence for each broken field."""
        if self.unsendable is not None:
            return [self.unsendable]
        if isinstance(self.result, Half):
            return []
        return [*map(str, self.broken)] or [self.result.detail]


def judge(line: str) -> Verdict:
    """Judge a line: an event, an SNS envelope, or `{queue, body}`.

    An event goes to the queue of its fields, an envelope to the queue of its topic if that says so.
    """
    content = _parsed(line)
    queue, body = _addressed(content) or (None, line)
    result: Half | Rejected
    try:
        event = read_body(body).event
        queue = queue or kind_of_topic(content) or kind_of(event)
        result = _checked_size(half_of(event, queue))
    except Rejected as rejected:
        result = rejected
    size = len(body.encode("utf-8", "surrogatepass"))
    return Verdict(
        queue=queue,
        result=result,
        unsendable=_unsendable(body, size),
        too_large_for_topics=size > MOST_PUBLISHED_BYTES,
    )


def _unsendable(body: str, size: int) -> str | None:
    if size > MOST_SENT_BYTES:
        return f"SQS takes at most 1 MB, and this body has {size:,} bytes."
    if found := REFUSED_CHARACTER.search(body):
        code = f"U+{ord(found.group()):04X}"
        return f"SQS takes no body with {code}: write it as a JSON escape, or leave it out."
    return None


def _parsed(line: str) -> dict[str, Value]:
    try:
        content = exact_json.loads(line)
    except NotJson:
        return {}
    return content if isinstance(content, dict) else {}


def _addressed(content: dict[str, Value]) -> tuple[HalfKind, str] | None:
    queue, body = content.get("queue"), content.get("body")
    if isinstance(queue, str) and queue in set(HalfKind) and isinstance(body, str):
        return HalfKind(queue), body
    return None


def _checked_size(half: Half) -> Half:
    if item_size.exceeds(item_size.MOST_BYTES_OF_HALVES, [dict(half.fields)]):
        raise REJECTED[RejectionReason.TOO_LARGE]
    return half
