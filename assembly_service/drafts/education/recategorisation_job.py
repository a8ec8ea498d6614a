"""Updates categories once a day across all instances, after 02:00 in Toronto."""

import asyncio
from typing import Any

import structlog

from assembly_service.aws.errors import AWS_ERRORS, ErrorKind, code_of, kind_of
from assembly_service.drafts.education.category import local_time
from assembly_service.drafts.education.recategorisation import Recategorisation, RunCounts
from assembly_service.drafts.engine.attempts import Pause
from assembly_service.drafts.engine.identifiers import operation_id
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.jitter import spread
from assembly_service.storage.attribute_values import Item

ACTOR = "recategorisation"
FIRST_HOUR = 2
CLAIM_MILLISECONDS = 3_600_000
_TICK_SECONDS = 60.0
_KEY: Item = {"pk": {"S": "JOB#EDUCATION"}, "sk": {"S": "RECATEGORISATION"}}

log = structlog.get_logger()


class RecategorisationJob:
    """Ticks about once a minute. The first tick to claim a day runs the update.

    A claim expires after an hour, in case its instance died or met an outage. Another instance
    then takes over; a repeated run changes nothing more.
    """

    def __init__(
        self,
        *,
        recategorisation: Recategorisation,
        client: Any,
        table: str,
        clock: Clock,
        pause: Pause = asyncio.sleep,
    ) -> None:
        self.recategorisation = recategorisation
        self._client = client
        self._table = table
        self._clock = clock
        self._pause = pause
        self._not_before = 0

    async def run(self) -> None:
        """Tick until cancelled."""
        while True:
            await self._pause(_TICK_SECONDS * spread(0.5, 1.5))
            try:
                await self.tick()
            except AWS_ERRORS as error:
                log.warning("education_recategorisation_failed", code=code_of(error))
            except Exception:
                # A bug here must not stop the service; the next tick tries again.
                log.exception("education_recategorisation_failed")

    async def tick(self) -> RunCounts | None:
        """Run if it is due and no other instance has claimed the day. Raises AWS's errors."""
        now = self._clock()
        local = local_time(now)
        day = local.date().isoformat()
        if local.hour < FIRST_HOUR or now < self._not_before:
            return None
        if not await self._claims(day, now):
            self._not_before = now + CLAIM_MILLISECONDS
            return None
        operation = operation_id("recategorise-education")
        moved = await self.recategorisation.run(actor=ACTOR, operation=operation)
        await self._done(day)
        log.info(
            "education_recategorised",
            day=day,
            checked=moved.checked,
            moved=moved.moved.total(),
            unreadable=moved.unreadable,
            operation_id=operation,
        )
        return moved

    async def _claims(self, day: str, now: int) -> bool:
        """Claim the day. False if another instance has claimed or done it."""
        return await self._updates(
            UpdateExpression="SET #day = :day, claimed_until = :until, is_done = :no",
            ConditionExpression=(
                "attribute_not_exists(pk) OR #day < :day"
                " OR (#day = :day AND is_done = :no AND claimed_until <= :now)"
            ),
            ExpressionAttributeValues={
                ":day": {"S": day},
                ":no": {"BOOL": False},
                ":until": {"N": str(now + CLAIM_MILLISECONDS)},
                ":now": {"N": str(now)},
            },
        )

    async def _done(self, day: str) -> None:
        await self._updates(
            UpdateExpression="SET is_done = :yes",
            ConditionExpression="#day = :day",
            ExpressionAttributeValues={":day": {"S": day}, ":yes": {"BOOL": True}},
        )

    async def _updates(self, **request: Any) -> bool:
        """Update the row. False if the condition failed."""
        try:
            await self._client.update_item(
                TableName=self._table,
                Key=_KEY,
                ExpressionAttributeNames={"#day": "day"},
                **request,
            )
        except AWS_ERRORS as error:
            if kind_of(error) is not ErrorKind.CONDITION_FAILED:
                raise
            return False
        return True
