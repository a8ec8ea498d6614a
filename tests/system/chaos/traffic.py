"""Shuffled traffic: new videos made from the samples, duplicates, newer halves."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind, ProductKey
from tests.harness.pipeline import Pipeline, key_of, sample_events

Event = dict[str, Value]

_SAMPLES = 300
_DUPLICATES = 0.2
_UPDATES = 0.05
_NEWER_THAN_ALL_SAMPLES = "2031-01-01T00:00:00.5+03:00"
_MESSAGES_PER_CALL = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class SentMessage:
    """An event for the queue of its kind."""

    kind: HalfKind
    body: str


@dataclass(frozen=True, kw_only=True)
class Traffic:
    """All messages in order, in bursts, and the halves that must result from them."""

    bursts: Sequence[Sequence[SentMessage]]
    expected: dict[ProductKey, tuple[Event, ...]]

    @property
    def messages(self) -> int:
        return sum(map(len, self.bursts))

    @property
    def sellers(self) -> list[str]:
        return sorted({key.seller_handle for key in self.expected})


def make_traffic(*, videos: int, bursts: int, chance: random.Random) -> Traffic:
    """Make traffic; the same `chance` makes the same."""
    first = {kind: _events(kind, videos) for kind in HalfKind}
    updated = {
        (kind, number): _newer(kind, first[kind][number])
        for kind in HalfKind
        for number in chance.sample(range(videos), round(videos * _UPDATES))
    }
    sent = [(kind, event) for kind in HalfKind for event in first[kind]]
    sent += [(kind, event) for (kind, _), event in updated.items()]
    sent += chance.sample(sent, round(len(sent) * _DUPLICATES))
    chance.shuffle(sent)
    messages = [SentMessage(kind=k, body=exact_json.dumps(event).decode()) for k, event in sent]
    newest = [
        tuple(updated.get((kind, number), first[kind][number]) for kind in HalfKind)
        for number in range(videos)
    ]
    return Traffic(
        bursts=_cut(messages, bursts, chance),
        expected={key_of(halves[0]): halves for halves in newest},
    )


async def send(account: Pipeline, burst: Sequence[SentMessage]) -> set[str]:
    """Send a burst to the queues; return the message ids."""
    sent = set()
    for kind, entries in _calls(burst):
        answer = await account.clients.sqs.send_message_batch(
            QueueUrl=account.url(kind), Entries=entries
        )
        sent |= {each["MessageId"] for each in answer["Successful"]}
    assert len(sent) == len(burst)
    return sent


def _calls(burst: Sequence[SentMessage]) -> list[tuple[HalfKind, list[dict[str, str]]]]:
    """Split a burst into batch calls, alternating between the queues."""
    entries = []
    for start in range(0, len(burst), 2 * _MESSAGES_PER_CALL):
        part = burst[start : start + 2 * _MESSAGES_PER_CALL]
        for kind in HalfKind:
            bodies = [message.body for message in part if message.kind is kind]
            for first in range(0, len(bodies), _MESSAGES_PER_CALL):
                some = bodies[first : first + _MESSAGES_PER_CALL]
                entries.append(
                    (kind, [{"Id": str(n), "MessageBody": body} for n, body in enumerate(some)])
                )
    return entries


def _events(kind: HalfKind, videos: int) -> list[Event]:
    samples = sample_events(kind, _SAMPLES)
    return [
        samples[number % _SAMPLES]
        | {"video_id": f"{samples[number % _SAMPLES]['video_id']}-{number // _SAMPLES}"}
        for number in range(videos)
    ]


def _newer(kind: HalfKind, event: Event) -> Event:
    if kind is HalfKind.CAPTION:
        changes: Event = {"title": "Corrected", "tags": ["corrected"]}
    else:
        changes = {"thumbnails": event["thumbnails"][:1]}
    return event | changes | {"timestamp": _NEWER_THAN_ALL_SAMPLES}


def _cut(
    messages: Sequence[SentMessage], bursts: int, chance: random.Random
) -> list[Sequence[SentMessage]]:
    cuts = sorted(chance.sample(range(1, len(messages)), min(bursts, len(messages)) - 1))
    return [messages[start:end] for start, end in pairwise([0, *cuts, len(messages)])]
