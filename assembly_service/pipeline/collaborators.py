"""The dependencies of a worker."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from assembly_service.aws.errors import Failure
from assembly_service.aws.queues import HalfQueue
from assembly_service.domain.decision import AssemblyRules
from assembly_service.domain.product import Announcement, HalfKind, ProductKey
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.runtime.retry import RetryPolicy
from assembly_service.runtime.tracing import NO_TRACING, Tracing
from assembly_service.storage.assembly_tables import AssemblyTables

Announce = Callable[[Sequence[Announcement]], Awaitable[Mapping[ProductKey, Failure]]]
"""Announces products. Sockets always get them; returns those that the topic refused, and why."""

_random_version = partial(secrets.token_hex, 16)


@dataclass(frozen=True, kw_only=True, slots=True)
class Collaborators:
    """What the parts of a worker share.

    `new_version` makes the version of a staging record; `stop` ends the work.
    """

    queues: Mapping[HalfKind, HalfQueue]
    tables: AssemblyTables
    announce: Announce
    rules: AssemblyRules
    clock: Clock
    metrics: Metrics
    stop: asyncio.Event
    retry_policy: RetryPolicy = field(default_factory=RetryPolicy)
    new_version: Callable[[], str] = _random_version
    tracing: Tracing = NO_TRACING
