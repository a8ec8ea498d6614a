"""Checks whether this instance is alive and ready, and whether its tables answer."""

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.operations.health import Check, CheckStatus
from assembly_service.operations.shared_reading import SharedReading
from assembly_service.pipeline.pollers import STALLED_SECONDS
from assembly_service.pipeline.worker import Worker
from assembly_service.settings.service import Settings

_ANSWER_SECONDS = 0.8
"""Kubernetes gives a probe one second by default; a hanging table must not use it up."""
_SHARED_SECONDS = 1
_GRACE_SECONDS = 30
"""A hiccup of the database must not make load balancers drop every socket."""
_STAGING_TABLE = "staging_table"
_PRODUCT_KEY = ("seller_handle", "video_id")
_DRAFT_KEY = ("pk", "sk")
_NO_ITEM = {"S": "#health"}
"""Never part of a key: handles and video ids have no such character, and the keys of drafts and
records start with a word."""


class _Table(NamedTuple):
    check: str
    name: str
    key: tuple[str, str]


class Bus(Protocol):
    """The pub/sub channel to other instances."""

    @property
    def bus_failure(self) -> str | None:
        """Why other instances cannot be reached at the moment, as a clause, or None if they can."""
        ...


class ServiceHealth:
    """The checks behind the health routes.

    Readiness depends on the role. `web` and `all` are ready while the web front serves, so stalled
    queues do not take it down; `worker` is ready while it receives. A table that stops answering
    only degrades readiness for the first 30 s.
    """

    def __init__(
        self,
        *,
        clients: Clients,
        settings: Settings,
        worker: Worker | None,
        bus: Bus,
        stop: asyncio.Event,
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._worker = worker
        self._bus = bus
        self._stop = stop
        self._table_checks = SharedReading(self._check_tables, seconds=_SHARED_SECONDS)
        self._lost_at: dict[str, float] = {}

    async def everything(self) -> Sequence[Check]:
        """Run every check. Where two check the same table, readiness counts."""
        worker = await self.worker() if self._worker is not None else ()
        checks = [*await self.live(), *await self.database(), *worker, *await self.ready()]
        return list({check.name: check for check in checks}.values())

    async def live(self) -> Sequence[Check]:
        """Succeed whenever the process answers at all."""
        return [Check(name="process", status=CheckStatus.OK, detail="The process answers.")]

    async def ready(self) -> Sequence[Check]:
        """Check the tables of its role and the bus; if it is only a worker, its polls too."""
        is_worker = self._settings.service_role == "worker"
        return [
            *self._stopping(),
            *(
                self._with_grace(check)
                for check in await self.database()
                if is_worker or check.name != _STAGING_TABLE
            ),
            *(await self.worker() if is_worker else ()),
            *self._other_instances(),
        ]

    async def worker(self) -> Sequence[Check]:
        """Check that the pollers work, on the right queues. An instance without pollers fails."""
        if self._worker is None:
            detail = "This instance receives from no queue: its SERVICE_ROLE is web."
            return [Check(name="worker", status=CheckStatus.FAILING, detail=detail)]
        return [*self._polls(self._worker), *self._swapped_queues(self._worker)]

    async def database(self) -> Sequence[Check]:
        """Check that the tables of its role answer.

        The result is shared for a second, since anyone may ask.
        """
        return await self._table_checks.get()

    async def _check_tables(self) -> Sequence[Check]:
        checks = await asyncio.gather(*map(self._check_table, self._needed_tables()))
        self._note_losses(checks)
        return checks

    def _needed_tables(self) -> list[_Table]:
        role, settings = self._settings.service_role, self._settings
        needed = [_Table("products_table", settings.dynamodb_products_table, _PRODUCT_KEY)]
        if role != "web":
            needed.append(_Table(_STAGING_TABLE, settings.dynamodb_staging_table, _PRODUCT_KEY))
        if role != "worker" and (drafts := settings.draft_engine) is not None:
            needed.append(_Table("drafts_table", drafts.dynamodb_drafts_table, _DRAFT_KEY))
            needed.append(_Table("records_table", drafts.dynamodb_records_table, _DRAFT_KEY))
        return needed

    async def _check_table(self, table: _Table) -> Check:
        """Read like the service itself does; a key that no item has makes it cheap."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._clients.dynamodb.get_item(
                    TableName=table.name,
                    Key=dict.fromkeys(table.key, _NO_ITEM),
                    ConsistentRead=True,
                )
        except AWS_ERRORS as error:
            detail = f"Table {table.name} does not answer ({code_of(error)})."
            return Check(name=table.check, status=CheckStatus.FAILING, detail=detail)
        return Check(name=table.check, status=CheckStatus.OK, detail=f"Table {table.name} answers.")

    def _note_losses(self, checks: Sequence[Check]) -> None:
        """Note when each table stopped answering; infinity while it answers."""
        for check in checks:
            if check.status is CheckStatus.OK:
                self._lost_at[check.name] = math.inf
            elif self._lost_at.get(check.name) == math.inf:
                self._lost_at[check.name] = time.monotonic()

    def _with_grace(self, table: Check) -> Check:
        """Degrade instead of failing, but only a table that has answered before."""
        lost_at = self._lost_at.get(table.name, -math.inf)
        if table.status is CheckStatus.OK or time.monotonic() - lost_at > _GRACE_SECONDS:
            return table
        return replace(table, status=CheckStatus.DEGRADED)

    def _stopping(self) -> list[Check]:
        if not self._stop.is_set():
            return []
        return [Check(name="stop", status=CheckStatus.FAILING, detail="The service is stopping.")]

    def _polls(self, worker: Worker) -> list[Check]:
        return [
            Check(
                name=f"{kind.value}_queue",
                status=CheckStatus.OK if age <= STALLED_SECONDS else CheckStatus.FAILING,
                detail=f"The last successful receive was {age:.0f} s ago."
                if math.isfinite(age)
                else "No receive has succeeded yet.",
            )
            for kind, age in worker.seconds_since_last_receive().items()
        ]

    def _swapped_queues(self, worker: Worker) -> list[Check]:
        if not worker.queues_seem_swapped:
            return []
        detail = (
            "Every event so far arrived on the other half's queue: SQS_CAPTION_ANALYSIS_QUEUE_URL "
            "and SQS_THUMBNAIL_GENERATION_QUEUE_URL seem to be swapped."
        )
        return [Check(name="swapped_queues", status=CheckStatus.FAILING, detail=detail)]

    def _other_instances(self) -> list[Check]:
        if self._settings.socketio_redis_url is None:
            return []
        failure = self._bus.bus_failure
        return [
            Check(
                name="other_instances",
                status=CheckStatus.DEGRADED if failure else CheckStatus.OK,
                detail=f"Other instances cannot be reached through Redis or Valkey: {failure}."
                if failure
                else "Other instances can be reached.",
            )
        ]
