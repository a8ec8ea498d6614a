"""Says what the service would do with an event, from its text alone."""

from dataclasses import dataclass

from assembly_service.cli.event_files import kind_of_topic
from assembly_service.domain import exact_json, item_size
from assembly_service.domain.exact_json import NotJson, Value
from assembly_service.domain.intake import Rejected, RejectionReason, half_of, kind_of, read_body
from assembly_service.domain.product import Half, HalfKind
from assembly_service.pipeline.quarantine import REJECTED

_MISSING = {HalfKind.CAPTION: "thumbnails arrive", HalfKind.THUMBNAIL: "caption arrives"}


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What becomes of an event: its half is staged, or it is refused.

    `queue` is None where neither the line nor the event says which queue it goes to.
    """

    queue: HalfKind | None
    result: Half | Rejected

    @property
    def is_valid(self) -> bool:
        """Whether the service accepts the event."""
        return isinstance(self.result, Half)

    @property
    def sentence(self) -> str:
        """What the service does with the event."""
        queue = f"{self.queue} queue" if self.queue else "either queue"
        if isinstance(self.result, Rejected):
            return f"{queue}, refused as {self.result.reason}"
        seller, video = self.result.key
        return f"{queue}, staged until the {_MISSING[self.result.kind]} ({seller} {video})"

    @property
    def mistakes(self) -> list[str]:
        """What is wrong: a sentence for each broken field."""
        if isinstance(self.result, Half):
            return []
        return [*self.result.broken] or [self.result.detail]


def judge(line: str) -> Verdict:
    """Judge a line: an event, an SNS envelope, or `{queue, body}`.

    An event goes to the queue of its fields, an envelope to the queue of its topic if that says so.
    """
    content = _parsed(line)
    queue, body = _addressed(content) or (None, line)
    try:
        event = read_body(body).event
        queue = queue or kind_of_topic(content) or kind_of(event)
        return Verdict(queue=queue, result=_checked_size(half_of(event, queue)))
    except Rejected as rejected:
        return Verdict(queue=queue, result=rejected)


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
