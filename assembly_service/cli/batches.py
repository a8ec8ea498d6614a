"""Groups messages into batches that SQS and SNS accept."""

from collections.abc import Iterable, Iterator

from assembly_service.aws.message_limits import MESSAGES_PER_CALL, MOST_PUBLISHED_BYTES
from assembly_service.cli.event_files import EventLine
from assembly_service.domain.product import HalfKind

_BYTES_FOR_ATTRIBUTES = 512

Batch = list[EventLine]


def in_batches(
    messages: Iterable[EventLine], *, most_messages: int = MESSAGES_PER_CALL
) -> Iterator[Batch]:
    """Yield batches of one kind each, in order, within the limits of count and bytes.

    A message that is over the limit of bytes by itself is a batch of its own; AWS decides on it.
    """
    waiting: dict[HalfKind, Batch] = {kind: [] for kind in HalfKind}
    sizes = dict.fromkeys(HalfKind, 0)
    for message in messages:
        kind, size = message.kind, _size(message)
        if waiting[kind] and sizes[kind] + size > MOST_PUBLISHED_BYTES:
            yield waiting[kind]
            waiting[kind], sizes[kind] = [], 0
        waiting[kind].append(message)
        sizes[kind] += size
        if len(waiting[kind]) == most_messages:
            yield waiting[kind]
            waiting[kind], sizes[kind] = [], 0
    yield from filter(None, waiting.values())


def _size(message: EventLine) -> int:
    return len(message.body.encode("utf-8", "surrogatepass")) + _BYTES_FOR_ATTRIBUTES
