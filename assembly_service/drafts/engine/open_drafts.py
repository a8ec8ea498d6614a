"""Counts open drafts over the index of their expiry.

That reads the whole index, so only one instance does it: the one that holds, and renews, the claim.
"""

import asyncio
from collections.abc import Iterable
from typing import Any
from uuid import uuid4

import structlog

from assembly_service.aws.errors import AWS_ERRORS, ErrorKind, code_of, kind_of
from assembly_service.aws.paging import pages
from assembly_service.aws.table_indexes import EXPIRY_INDEX
from assembly_service.drafts.engine.metrics import DraftMetrics
from assembly_service.drafts.engine.rows import open_drafts
from assembly_service.runtime.clock import Clock

COUNT_SECONDS = 60.0
_CLAIM_MILLISECONDS = 130_000
_CLAIM = {"pk": {"S": "CLAIM#open-drafts"}, "sk": {"S": "META"}}

log = structlog.get_logger()


class OpenDrafts:
    """Shows the figure on the instance that counts, and none on the others."""

    def __init__(self, *, client: Any, table: str, clock: Clock, metrics: DraftMetrics) -> None:
        self._client = client
        self._table = table
        self._clock = clock
        self._metrics = metrics
        self._holder = str(uuid4())

    async def count(self, systems: Iterable[str]) -> None:
        """Count the drafts of these systems unless another instance does. Raises AWS's errors."""
        if not await self._claims():
            self.forget()
            return
        for system in systems:
            self._metrics.open.labels(system).set(await self._open(system))

    def forget(self) -> None:
        """Show no figure: another instance may have a newer one."""
        self._metrics.open.clear()

    async def _claims(self) -> bool:
        now = self._clock()
        until = now + _CLAIM_MILLISECONDS
        try:
            await self._client.update_item(
                TableName=self._table,
                Key=_CLAIM,
                UpdateExpression="SET holder = :me, claimed_until = :until, #ttl = :ttl",
                ConditionExpression=(
                    "attribute_not_exists(holder) OR holder = :me OR claimed_until <= :now"
                    " OR claimed_until > :until"
                ),
                ExpressionAttributeNames={"#ttl": "ttl"},
                ExpressionAttributeValues={
                    ":me": {"S": self._holder},
                    ":now": {"N": str(now)},
                    ":until": {"N": str(until)},
                    ":ttl": {"N": str(until // 1000 + 3_600)},
                },
            )
        except AWS_ERRORS as error:
            if kind_of(error) is not ErrorKind.CONDITION_FAILED:
                raise
            return False
        return True

    async def _open(self, system: str) -> int:
        query = pages(
            self._client.query,
            TableName=self._table,
            IndexName=EXPIRY_INDEX,
            Select="COUNT",
            KeyConditionExpression="lifecycle = :open AND expires_at > :now",
            ExpressionAttributeValues={
                ":open": {"S": open_drafts(system)},
                ":now": {"N": str(self._clock())},
            },
        )
        return sum([int(page["Count"]) async for page in query])


async def keep_counting(drafts: OpenDrafts, *, systems: Iterable[str]) -> None:
    """Count once a minute until cancelled."""
    while True:
        await asyncio.sleep(COUNT_SECONDS)
        try:
            await drafts.count(systems)
        except AWS_ERRORS as error:
            drafts.forget()
            log.warning("open_drafts_not_counted", code=code_of(error))
