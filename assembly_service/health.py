"""Whether this instance lives, is ready for its part, and reaches its tables."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import code_of, is_aws_error
from assembly_service.pipeline.worker import Worker
from assembly_service.settings import Settings
from assembly_service.web.health import Check, CheckStatus

_STALLED_SECONDS = 60
_ANSWER_SECONDS = 3


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

    async def live(self) -> Sequence[Check]:
        """A process that answers this is alive."""
        return [Check(name="process", status=CheckStatus.OK, detail="The process answers.")]

    async def ready(self) -> Sequence[Check]:
        """The tables, a worker's polls, and the way to other instances."""
        return [
            *self._stopping(),
            *await self.database(),
            *self._polls(),
            *self._other_instances(),
        ]

    async def database(self) -> Sequence[Check]:
        """Whether both tables answer."""
        tables = {
            "products_table": self._settings.dynamodb_products_table,
            "staging_table": self._settings.dynamodb_staging_table,
        }
        return await asyncio.gather(*(self._table(name, table) for name, table in tables.items()))

    async def _table(self, name: str, table: str) -> Check:
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                answer = await self._clients.dynamodb.describe_table(TableName=table)
        except Exception as error:
            if not is_aws_error(error):
                raise
            detail = f"Table {table} does not answer ({code_of(error)})."
            return Check(name=name, status=CheckStatus.FAILING, detail=detail)
        status = answer["Table"]["TableStatus"]
        healthy = status in {"ACTIVE", "UPDATING"}
        return Check(
            name=name,
            status=CheckStatus.OK if healthy else CheckStatus.FAILING,
            detail=f"Table {table} is {status}.",
        )

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
                status=CheckStatus.OK if age <= _STALLED_SECONDS else CheckStatus.FAILING,
                detail=f"The last successful receive was {age:.0f} s ago.",
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
