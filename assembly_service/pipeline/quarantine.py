"""Quarantine: sends what can never be processed to the dead-letter queue, with the reason."""

from collections.abc import Mapping, Sequence

import structlog

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.queues import CannotQuarantine, Message
from assembly_service.domain import exact_json
from assembly_service.domain.intake import Rejected, RejectionReason
from assembly_service.domain.product import HalfKind
from assembly_service.domain.staging import StagedHalf
from assembly_service.pipeline.collaborators import Collaborators
from assembly_service.pipeline.in_flight import InFlightMessages
from assembly_service.pipeline.outcomes import Identity, OutcomeLog
from assembly_service.pipeline.steps import QueueSteps
from assembly_service.pipeline.swapped_queues import SwappedQueues
from assembly_service.pipeline.work_item import UnfitMessage
from assembly_service.runtime.retry import Backoff
from assembly_service.runtime.tasks import all_ended

log = structlog.get_logger()

_RETRY_SECONDS = 10
"""Short, so that quarantine does not hold up what can be processed."""
REJECTED = {
    RejectionReason.TOO_LARGE: Rejected(
        RejectionReason.TOO_LARGE,
        "With this half the product would exceed DynamoDB's limit of 400 KB per item.",
    ),
    RejectionReason.SELLER_FULL: Rejected(
        RejectionReason.SELLER_FULL,
        "The seller's products have used up the 10 GB that a table with a local index allows: "
        "delete some of them, then redrive this message.",
    ),
}
"""Why a valid half can never become part of a product."""


class Quarantine:
    """Sends messages to their dead-letter queue, and only then deletes them."""

    def __init__(
        self,
        collaborators: Collaborators,
        *,
        in_flight: InFlightMessages,
        swapped_queues: SwappedQueues,
        outcomes: OutcomeLog,
    ) -> None:
        self._queues = collaborators.queues
        self._stop = collaborators.stop
        self._in_flight = in_flight
        self._swapped_queues = swapped_queues
        self._tracing = collaborators.tracing
        self._steps = QueueSteps(collaborators.queues)
        self._outcomes = outcomes

    async def settle(self, unfit: Sequence[UnfitMessage]) -> list[UnfitMessage]:
        """Quarantine messages or hand them back.

        If one fails because of a bug, the others are settled before it is raised.
        """
        await all_ended(*map(self.send, unfit))
        return []

    async def send(self, unfit: UnfitMessage) -> bool:
        """Quarantine one message; False: it was handed back to its queue."""
        message, identity, rejected, _ = unfit
        if self._swapped_queues.withhold(unfit):
            await self._in_flight.hand_back([message], logged=False)
            return False
        backoff = Backoff(window=_RETRY_SECONDS)
        reasons = self._reasons(message.queue, rejected, message.message_id, identity)
        try:
            while not await self._sent(message, reasons):
                if not await backoff.pause(self._stop):
                    await self._in_flight.hand_back([message])
                    return False
        except CannotQuarantine:
            self._outcomes.could_not_quarantine(message, identity, rejected)
            await self._in_flight.hand_back([message])
            return False
        await self._in_flight.acknowledge([message])
        self._outcomes.quarantined(message, identity, rejected)
        return True

    async def send_staged(self, staged: StagedHalf, rejected: Rejected) -> bool:
        """Rebuild the message of a staged half and send it; return whether that succeeded."""
        half = staged.half
        identity = Identity(staged.correlation_id, half.key)
        try:
            await self._queues[half.kind].return_half(
                body=exact_json.message_text(half.event()),
                reasons=self._reasons(half.kind, rejected, staged.message_id, identity),
                group=half.key.seller_handle,
            )
        except AWS_ERRORS as error:
            log.warning("quarantine_failed", queue=half.kind.value, code=code_of(error))
            return False
        self._outcomes.staged_half_quarantined(staged, rejected)
        return True

    def _reasons(
        self, kind: HalfKind, rejected: Rejected, message_id: str, identity: Identity
    ) -> dict[str, str]:
        return {
            "reason": rejected.reason.value,
            "detail": rejected.detail,
            "sourceQueue": self._queues[kind].name,
            "originalMessageId": message_id,
            "correlationId": identity.correlation_id,
        }

    async def _sent(self, message: Message, reasons: Mapping[str, str]) -> bool:
        with self._tracing.spans(self._steps.quarantine, [message]) as spans:
            try:
                await self._queues[message.queue].send_to_dead_letters(
                    body=message.body,
                    reasons=reasons,
                    attributes=message.attributes,
                    group=message.group,
                )
            except AWS_ERRORS as error:
                spans.fail([code_of(error)])
                log.warning(
                    "quarantine_failed",
                    queue=message.queue.value,
                    code=code_of(error),
                    correlation_id=reasons["correlationId"],
                )
                return False
            return True
