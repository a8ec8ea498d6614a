"""Setting aside what can never be processed: to the dead-letter queue, with the reason."""

import asyncio
from collections.abc import Mapping

import structlog

from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.aws.queues import CannotSetAside, HalfQueue, Message
from assembly_service.domain import exact_json
from assembly_service.domain.intake import Reason, Rejected
from assembly_service.domain.product import HalfKind
from assembly_service.domain.staging import StagedHalf
from assembly_service.pipeline.custody import Custody
from assembly_service.pipeline.outcomes import Identity, OutcomeLog
from assembly_service.pipeline.waiting import Backoff

log = structlog.get_logger()

_RETRY_SECONDS = 10
"""Shorter than for halves: what is set aside must not hold up what can be processed."""
TOO_LARGE = Rejected(
    Reason.TOO_LARGE,
    "The product would pass DynamoDB's limit of 400 KB an item with this half.",
)


class Quarantine:
    """Sends messages to their queue's dead-letter queue and only then deletes them."""

    def __init__(
        self,
        *,
        queues: Mapping[HalfKind, HalfQueue],
        custody: Custody,
        outcomes: OutcomeLog,
        stop: asyncio.Event,
    ) -> None:
        self._queues = queues
        self._custody = custody
        self._outcomes = outcomes
        self._stop = stop

    async def set_aside(self, message: Message, identity: Identity, rejected: Rejected) -> None:
        """Settle a message that can never be processed, one way or the other."""
        backoff = Backoff(limit=_RETRY_SECONDS, stop=self._stop)
        reasons = self._reasons(message.queue, rejected, message.message_id, identity)
        try:
            while not await self._sent(message, reasons):
                if not await backoff.pause():
                    await self._custody.hand_back([message])
                    return
        except CannotSetAside:
            self._outcomes.could_not_set_aside(message, identity, rejected)
            await self._custody.hand_back([message])
            return
        await self._custody.acknowledge([message])
        self._outcomes.set_aside(message, identity, rejected)

    async def set_aside_staged(self, staged: StagedHalf) -> bool:
        """Rebuild the message of a staged half that is too large; whether it was sent."""
        half = staged.half
        identity = Identity(staged.correlation_id, half.key)
        try:
            await self._queues[half.kind].return_half(
                body=exact_json.message_text(half.event()),
                reasons=self._reasons(half.kind, TOO_LARGE, staged.message_id, identity),
            )
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning("quarantine_failed", queue=half.kind.value, code=code_of(error))
            return False
        self._outcomes.staged_half_set_aside(staged, TOO_LARGE)
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
        try:
            await self._queues[message.queue].send_to_dead_letters(
                body=message.body, reasons=reasons, attributes=message.attributes
            )
        except Exception as error:
            if not is_aws_error(error):
                raise
            log.warning(
                "quarantine_failed",
                queue=message.queue.value,
                code=code_of(error),
                correlation_id=reasons["correlationId"],
            )
            return False
        return True
