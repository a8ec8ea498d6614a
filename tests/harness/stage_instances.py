"""The parts of an instance; every AWS call is a step of its handler."""

import asyncio
from dataclasses import dataclass, replace
from typing import Any

from assembly_service.aws.clients import Clients
from assembly_service.aws.queues import HalfQueue
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import HalfKind
from assembly_service.pipeline.cleanup import Cleanup
from assembly_service.pipeline.collaborators import Announce, Collaborators
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.storage.assembly_tables import AssemblyTables
from tests.harness.handling import Handling
from tests.harness.stage_handlers import Handler, Resources, StagedClient

_VISIBILITY_SECONDS = 3_600


def tables_on(client: Any, resources: Resources) -> AssemblyTables:
    """Both tables, with a client."""
    return AssemblyTables(
        client=client,
        products_table=resources.products_table,
        staging_table=resources.staging_table,
    )


def queue_on(clients: Clients, kind: HalfKind, resources: Resources) -> HalfQueue:
    """A queue, with the clients of an account."""
    url = resources.url(kind)
    return HalfQueue(
        kind=kind,
        url=url,
        dead_letter_url=f"{url}-dead",
        clients=clients,
        wait_seconds=1,
        visibility_seconds=_VISIBILITY_SECONDS,
    )


@dataclass(frozen=True, kw_only=True)
class Instance:
    """An instance that does the work of one handler."""

    handler: Handler
    clients: Clients
    resources: Resources
    rules: AssemblyRules
    announce: Announce
    clock: Clock
    metrics: Metrics

    @property
    def tables(self) -> AssemblyTables:
        """The tables; every call waits to be released."""
        return tables_on(self._staged(self.clients.dynamodb_writes), self.resources)

    def handling(self) -> Handling:
        """Handles messages; those of the handler are in flight."""
        return Handling(self._collaborators(), self.handler.messages)

    async def sweep(self) -> None:
        """Look for orphans once."""
        handling = self.handling()
        cleanup = Cleanup(
            self._collaborators(),
            loop=handling.loop,
            caught_up=lambda: True,
            in_trouble=lambda _: False,
            interval_seconds=3_600,
        )
        await cleanup.sweep()
        await handling.work_on([])

    def _collaborators(self) -> Collaborators:
        clients = replace(self.clients, sqs=self._staged(self.clients.sqs))
        return Collaborators(
            queues={kind: queue_on(clients, kind, self.resources) for kind in HalfKind},
            tables=self.tables,
            announce=self.announce,
            rules=self.rules,
            clock=self.clock,
            metrics=self.metrics,
            stop=asyncio.Event(),
            new_version=self._new_version,
        )

    def _staged(self, client: Any) -> StagedClient:
        return StagedClient(client, self.handler, self.resources)

    def _new_version(self) -> str:
        return f"{self.handler.name} {next(self.handler.versions)}"
