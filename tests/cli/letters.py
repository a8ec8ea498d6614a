"""Puts dead letters into a test's account as the service does, and counts them as SQS does."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from assembly_service.domain.product import HalfKind
from assembly_service.settings.service import Settings

SIZES = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")


@dataclass(frozen=True, kw_only=True)
class Letters:
    """The two queues and their dead-letter queues."""

    sqs: Any
    sources: dict[HalfKind, str]

    @classmethod
    def of(cls, sqs: Any, settings: Settings) -> "Letters":
        """The queues that the settings name."""
        return cls(
            sqs=sqs,
            sources={
                HalfKind.CAPTION: settings.sqs_caption_analysis_queue_url,
                HalfKind.THUMBNAIL: settings.sqs_thumbnail_generation_queue_url,
            },
        )

    def dead(self, kind: HalfKind) -> str:
        """The address of a dead-letter queue."""
        name = self.sources[kind].rsplit("/", 1)[-1] + "-dead-letters"
        url: str = self.sqs.get_queue_url(QueueName=name)["QueueUrl"]
        return url

    def put(self, kind: HalfKind, body: str, **attributes: str) -> str:
        """Put a dead letter with these attributes. Returns its id."""
        answer = self.sqs.send_message(
            QueueUrl=self.dead(kind),
            MessageBody=body,
            MessageAttributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in attributes.items()
            },
        )
        message_id: str = answer["MessageId"]
        return message_id

    def quarantine(self, kind: HalfKind, body: str, reason: str, **attributes: str) -> str:
        """Put a dead letter as the service quarantines one. Returns its id."""
        ours = {
            "reason": reason,
            "detail": f"detail of {body[:20]}",
            "sourceQueue": self.sources[kind].rsplit("/", 1)[-1],
            "originalMessageId": f"original of {body[:20]}",
        }
        return self.put(kind, body, **ours, **attributes)

    def size(self, url: str) -> tuple[int, int]:
        """How many messages are visible and how many are hidden."""
        answer = self.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(SIZES))
        visible, hidden = (int(answer["Attributes"][name]) for name in SIZES)
        return visible, hidden

    def take(self, url: str) -> list[tuple[str, dict[str, str]]]:
        """Receive all bodies with their attributes, sorted by body."""
        messages = sorted(self._all(url), key=lambda message: str(message["Body"]))
        return [
            (
                message["Body"],
                {
                    name: value["StringValue"]
                    for name, value in message.get("MessageAttributes", {}).items()
                },
            )
            for message in messages
        ]

    def _all(self, url: str) -> Iterator[dict[str, Any]]:
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                WaitTimeSeconds=0,
                MessageAttributeNames=["All"],
            )
            if not answer.get("Messages"):
                return
            yield from answer["Messages"]


@pytest.fixture
def letters(connect: Callable[[str], Any], settings: Settings) -> Letters:
    """The dead letters of the fresh account."""
    return Letters.of(connect("sqs"), settings)
