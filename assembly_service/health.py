"""Whether this instance lives, is ready for its part, and reaches its tables."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.operations.health import Check, CheckStatus
from assembly_service.pipeline.pollers import STALLED_SECONDS
from assembly_service.pipeline.worker import Worker
from assembly_service.settings import Settings

_ANSWER_SECONDS = 3
_SHARED_SECONDS = 1
_PRODUCT_KEY = ("seller_handle", "video_id")
_DRAFT_KEY = ("pk", "sk")
_NOBODY = {"S": "#health"}
"""No item has it in its key: handles and video ids take no such character, and the keys of drafts
and their records start with a word."""


class _Table(NamedTuple):
    check: str
    name: str
    key: tuple[str, str]


class Bus(Protocol):
    """The way to other instances."""

    @property
    def bus_trouble(self) -> str | None:
        """Why other instances cannot be reached at the moment, as a clause; None if they can."""
        ...


class ServiceHealth:
    """The checks behind the health routes.

    Web front and worker are judged by their own part: a stalled queue does not take an instance
    of the web front down.
    """

    def __init__(
        self,
        *,
        clients: Clients,
        settings: Settings,
        worker: Worker | None,
        bus: Bus,
        stop: asyncio.Event,
        draft_tables: Mapping[str, str] = {},
    ) -> None:
        """`draft_tables` are the names of the drafts' tables, by the names of their checks."""
        self._clients = clients
        self._settings = settings
        self._worker = worker
        self._bus = bus
        self._stop = stop
        self._draft_tables = draft_tables
        self._asking = asyncio.Lock()
        self._answered_at = -math.inf
        self._answers: Sequence[Check] = ()

    async def live(self) -> Sequence[Check]:
        """A process that answers this is alive."""
        return [Check(name="process", status=CheckStatus.OK, detail="The process answers.")]

    async def ready(self) -> Sequence[Check]:
        """The tables it needs, a worker's polls, and the way to other instances."""
        return [
            *self._stopping(),
            *await self.database(),
            *self._polls(),
            *self._other_instances(),
        ]

    async def database(self) -> Sequence[Check]:
        """Whether the tables answer that the role needs.

        Everyone who asks within a second of an answer gets the same one, because anyone may ask.
        """
        async with self._asking:
            if time.monotonic() - self._answered_at > _SHARED_SECONDS:
                self._answers = await asyncio.gather(*map(self._table, self._needed_tables()))
                self._answered_at = time.monotonic()
            return self._answers

    def _needed_tables(self) -> list[_Table]:
        role, settings = self._settings.service_role, self._settings
        needed = [_Table("products_table", settings.dynamodb_products_table, _PRODUCT_KEY)]
        if role != "web":
            needed.append(_Table("staging_table", settings.dynamodb_staging_table, _PRODUCT_KEY))
        if role != "worker":
            needed += [_Table(*each, _DRAFT_KEY) for each in self._draft_tables.items()]
        return needed

    async def _table(self, table: _Table) -> Check:
        """A read, as the service itself reads: cheap, because nothing has the key."""
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._clients.dynamodb.get_item(
                    TableName=table.name,
                    Key=dict.fromkeys(table.key, _NOBODY),
                    ConsistentRead=True,
                    ReturnConsumedCapacity="TOTAL",
                )
        except Exception as error:
            if not is_aws_error(error):
                raise
            detail = f"Table {table.name} does not answer ({code_of(error)})."
            return Check(name=table.check, status=CheckStatus.FAILING, detail=detail)
        return Check(name=table.check, status=CheckStatus.OK, detail=f"Table {table.name} answers.")

    def _stopping(self) -> list[Check]:
        if not self._stop.is_set():
            return []
        return [Check(name="stop", status=CheckStatus.FAILING, detail="The service is stopping.")]

    def _polls(self) -> list[Check]:
        if self._worker is None:
            return []
        return [
            Check(
                name=f"{kind.value}_queue",
                status=CheckStatus.OK if age <= STALLED_SECONDS else CheckStatus.FAILING,
                detail=f"The last successful receive was {age:.0f} s ago."
                if math.isfinite(age)
                else "No receive has succeeded yet.",
            )
            for kind, age in self._worker.seconds_since_last_receive().items()
        ]

    def _other_instances(self) -> list[Check]:
        if self._settings.socketio_redis_url is None:
            return []
        trouble = self._bus.bus_trouble
        return [
            Check(
                name="other_instances",
                status=CheckStatus.DEGRADED if trouble else CheckStatus.OK,
                detail=f"Other instances cannot be told through Redis or Valkey: {trouble}."
                if trouble
                else "Other instances are reached.",
            )
        ]
