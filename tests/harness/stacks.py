"""Stacks of queues and tables on one account, with workers behind a gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from assembly_service.aws.errors import Failure
from assembly_service.aws.queues import HalfQueue
from assembly_service.domain.product import Announcement, HalfKind, ProductKey
from tests.harness.lives import AnswerLost, Interference, Life
from tests.harness.pipeline import Announcer, Pipeline


@dataclass(kw_only=True)
class StackPipeline(Pipeline):
    """A pipeline that knows its dead-letter queues by name, which saves calls."""

    async def queue(self, kind: HalfKind) -> HalfQueue:
        return HalfQueue(
            kind=kind,
            url=self.url(kind),
            dead_letter_url=f"{self.url(kind)}-dead-letters",
            clients=self.clients,
            wait_seconds=self.settings.sqs_wait_seconds,
            visibility_seconds=self.settings.sqs_visibility_timeout,
        )

    async def dead_bodies(self) -> frozenset[str]:
        """The bodies in both dead-letter queues, at most ten of each."""
        answers = [
            await self.clients.sqs.receive_message(
                QueueUrl=f"{self.url(kind)}-dead-letters", MaxNumberOfMessages=10
            )
            for kind in HalfKind
        ]
        return frozenset(each["Body"] for answer in answers for each in answer.get("Messages", []))


class GatedAnnouncer(Announcer):
    """Announces to everyone who watches the stack, one product at a time."""

    def __init__(self, life: Life, interfere: Interference, announced: list[Announcement]) -> None:
        super().__init__(announced)
        self._life = life
        self._interfere = interfere

    async def __call__(self, announcements: Sequence[Announcement]) -> Mapping[ProductKey, Failure]:
        return {
            each.product.key: Failure.CALL
            for each in announcements
            if not await self._went_out(each)
        }

    async def _went_out(self, announcement: Announcement) -> bool:
        announce = partial(self._announce, announcement)
        try:
            went_out: bool = await self._life.call(
                "announce", partial(self._interfere, "announce", announce)
            )
        except AnswerLost:
            return False
        return went_out

    async def _announce(self, announcement: Announcement) -> bool:
        self.announced.append(announcement)
        return True
