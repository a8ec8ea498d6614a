"""What the parts of a worker work with, made outside of it."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assembly_service.aws.queues import HalfQueue
from assembly_service.clock import Clock
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import HalfKind
from assembly_service.monitoring.metrics import Metrics
from assembly_service.pipeline.execution import Announce
from assembly_service.storage.assembly_tables import AssemblyTables


def _random_version() -> str:
    return secrets.token_hex(16)


@dataclass(frozen=True, kw_only=True, slots=True)
class Collaborators:
    """The queues and tables, what announces, and by which rules, clock and figures.

    `new_version` names every staging record anew; `stop` ends the work.
    """

    queues: Mapping[HalfKind, HalfQueue]
    tables: AssemblyTables
    announce: Announce
    rules: AssemblyRules
    clock: Clock
    metrics: Metrics
    stop: asyncio.Event
    new_version: Callable[[], str] = _random_version
