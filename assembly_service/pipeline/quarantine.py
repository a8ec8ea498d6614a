"""Setting aside what can never be processed: to the dead-letter queue, with the reason."""

from collections.abc import Mapping

import structlog

from assembly_service.aws.errors import is_aws_error
from assembly_service.aws.queues import CannotSetAside, HalfQueue, Message
from assembly_service.domain import exact_json
from assembly_service.domain.intake import Reason, Rejected
from assembly_service.domain.product import HalfKind
from assembly_service.domain.staging import StagedHalf
from assembly_service.monitoring.metrics import Metrics
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.outcomes import OutcomeLog
from assembly_service.pipeline.waiting import Backoff

log = structlog.get_logger()


class Quarantine:
    """Sends messages to their queue's dead-letter queue and only then deletes them."""

    def __init__(
        self,
        *,
        queues: Mapping[HalfKind, HalfQueue],
        custody: Custody,
        outcomes: OutcomeLog,
        metrics: Metrics,
    ) -> None:
        self._queues = queues
        self._custody = custody
        self._outcomes = outcomes
        self._metrics = metrics

    async def set_aside(
        self, message: Message, rejected: Rejected, correlation_id: str, backoff: Backoff
    ) -> None:
        """Settle a message that can never be processed, whatever it takes."""
        try:
            while not await self._sent(message, rejected, correlation_id):
                if not await backoff.pause():
                    await self._custody.hand_back([message])
                    return
        except CannotSetAside:
            self._outcomes.could_not_set_aside(message, correlation_id, rejected)
            await self._custody.hand_back([message])
            return
        await self._custody.acknowledge([message])
        self._outcomes.set_aside(message, correlation_id, rejected)

    async def set_aside_staged(self, staged: StagedHalf) -> bool:
        """Rebuild the message of a staged half that is too large; whether it was sent."""
        kind = staged.half.kind
        queue = self._queues[kind]
        reasons = {
            "reason": Reason.TOO_LARGE.value,
            "detail": TOO_LARGE_DETAIL,
            "sourceQueue": queue.name,
            "originalMessageId": staged.message_id,
            "correlationId": staged.correlation_id,
        }
        body = exact_json.dumps(staged.half.event()).decode()
        try:
            await queue.return_half(body=body, reasons=reasons)
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning("quarantine_failed", queue=queue.name, error=str(error))
            return False
        self._metrics.quarantined.labels(kind.value, Reason.TOO_LARGE.value).inc()
        log.warning("staged_half_set_aside", **staged.half.key._asdict(), kind=kind.value)
        return True

    async def _sent(self, message: Message, rejected: Rejected, correlation_id: str) -> bool:
        queue = self._queues[message.queue]
        try:
            await queue.send_to_dead_letters(
                body=message.body,
                reasons={
                    "reason": rejected.reason.value,
                    "detail": rejected.detail,
                    "sourceQueue": queue.name,
                    "originalMessageId": message.message_id,
                    "correlationId": correlation_id,
                },
                attributes=message.attributes,
            )
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning("quarantine_failed", queue=queue.name, error=str(error))
            return False
        return True


TOO_LARGE_DETAIL = "The product would pass DynamoDB's limit of 400 KB an item with this half."
