"""Whether this instance lives, is ready for its part, and reaches its tables."""

import asyncio
import math
import time
from collections.abc import Sequence
from typing import Protocol

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.pipeline.poller import STALLED_SECONDS
from assembly_service.pipeline.worker import Worker
from assembly_service.settings import Settings
from assembly_service.web.health import Check, CheckStatus

_ANSWER_SECONDS = 3
_SHARED_SECONDS = 1
_NOBODYS_KEY = {"seller_handle": {"S": "#health"}, "video_id": {"S": "#health"}}
"""No event can have it: handles and video ids take no such character."""


class Bus(Protocol):
    """The way to other instances."""

    @property
    def bus_degraded(self) -> bool:
        """Whether other instances cannot be reached at the moment."""
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
    ) -> None:
        self._clients = clients
        self._settings = settings
        self._worker = worker
        self._bus = bus
        self._stop = stop
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
        """Whether the tables answer: both, or for the web front the products.

        Everyone who asks within a second of an answer gets the same one, because anyone may ask.
        """
        async with self._asking:
            if time.monotonic() - self._answered_at > _SHARED_SECONDS:
                self._answers = await asyncio.gather(*map(self._table, self._needed_tables()))
                self._answered_at = time.monotonic()
            return self._answers

    def _needed_tables(self) -> list[tuple[str, str]]:
        products = ("products_table", self._settings.dynamodb_products_table)
        if self._settings.service_role == "web":
            return [products]
        return [products, ("staging_table", self._settings.dynamodb_staging_table)]

    async def _table(self, named: tuple[str, str]) -> Check:
        """A read, as the service itself reads: cheap, because nothing has the key."""
        name, table = named
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                await self._clients.dynamodb.get_item(
                    TableName=table,
                    Key=_NOBODYS_KEY,
                    ConsistentRead=True,
                    ReturnConsumedCapacity="TOTAL",
                )
        except Exception as error:
            if not is_aws_error(error):
                raise
            detail = f"Table {table} does not answer ({code_of(error)})."
            return Check(name=name, status=CheckStatus.FAILING, detail=detail)
        return Check(name=name, status=CheckStatus.OK, detail=f"Table {table} answers.")

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
        degraded = self._bus.bus_degraded
        return [
            Check(
                name="other_instances",
                status=CheckStatus.DEGRADED if degraded else CheckStatus.OK,
                detail="Other instances cannot be told at the moment."
                if degraded
                else "Other instances are reached.",
            )
        ]
