"""Puts together how the flow stands, once for all who ask within a second."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from assembly_service.aws.errors import AWS_ERRORS, code_of
from assembly_service.aws.queues import QueueCounts
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.notification.instances import HeardInstance, Instance, Instances
from assembly_service.notification.latest_products import LatestProducts
from assembly_service.operations.flow.problems import problems
from assembly_service.operations.flow.queues import QueueSizeReader, QueueSizes
from assembly_service.operations.flow.rates import Rates, RateWatch
from assembly_service.operations.flow.staging import SECONDS_BETWEEN_SCANS, read_staging
from assembly_service.operations.handlers import SubscriptionCounts
from assembly_service.operations.health import Health
from assembly_service.operations.shared_reading import SharedReading
from assembly_service.runtime.clock import Clock
from assembly_service.runtime.recent_lines import recent_lines
from assembly_service.storage.assembly_tables import AssemblyTables

_SHARED_SECONDS = 1


class _Staging(NamedTuple):
    figures: dict[str, Value] | None
    problem: str | None


class FlowReader:
    """Answers what waits where, what this instance did lately, and what is wrong."""

    def __init__(
        self,
        *,
        instances: Instances,
        latest_products: LatestProducts,
        queues: QueueSizeReader,
        tables: AssemblyTables,
        rates: RateWatch,
        health: Health,
        subscriptions: SubscriptionCounts,
        clock: Clock,
    ) -> None:
        self._instances = instances
        self._latest_products = latest_products
        self._queues = queues
        self._tables = tables
        self._rates = rates
        self._health = health
        self._subscriptions = subscriptions
        self._clock = clock
        self._staging = SharedReading(self._read_staging, seconds=SECONDS_BETWEEN_SCANS)
        self._shared = SharedReading(self._read, seconds=_SHARED_SECONDS)

    async def flow(self) -> dict[str, Value]:
        """Return the state of the last second. What cannot be read is None, and a problem."""
        return await self._shared.get()

    async def _read(self) -> dict[str, Value]:
        sizes, staging, checks = await asyncio.gather(
            self._queues.read(), self._staging.get(), self._health.everything()
        )
        now, rates = self._clock(), self._rates.rates()
        unread = [*(each.problem for each in sizes.values()), staging.problem]
        return {
            **_instances(self._instances.all()),
            "queues": _queues(sizes, rates),
            "staging": staging.figures,
            "outcomes": {outcome.value: n for outcome, n in rates.outcomes.items()},
            "products": {"perMinute": rates.announced},
            "browsers": {
                "connections": self._subscriptions.total_connections,
                "subscriptions": sum(self._subscriptions.clients_per_seller().values()),
                "deliveriesPerMinute": rates.delivered,
            },
            "deadLetters": _dead_letters(sizes),
            "problems": problems(
                unread=filter(None, unread), checks=checks, lines=recent_lines(), now=now
            ),
            "latestProducts": _latest_products(self._latest_products),
            "timestamp": format_milliseconds(now),
        }

    async def _read_staging(self) -> _Staging:
        """Read the staging table. Failures are shared too: an outage causes no more reads."""
        try:
            return _Staging(await read_staging(self._tables, self._clock), None)
        except AWS_ERRORS as error:
            return _Staging(None, f"The staging table cannot be read ({code_of(error)}).")


def _instances(heard: Sequence[HeardInstance]) -> dict[str, Value]:
    listed: list[Value] = [
        {
            **_instance(each.instance),
            "connections": each.instance.connections,
            "lastHeardAt": format_milliseconds(each.heard_at),
            "isLive": each.is_live,
        }
        for each in heard
    ]
    return {"instance": _instance(heard[0].instance), "instances": listed}


def _instance(instance: Instance) -> dict[str, Value]:
    return {
        "id": instance.id,
        "role": instance.role,
        "version": instance.version,
        "startedAt": instance.started_at,
    }


def _latest_products(latest: LatestProducts) -> list[Value]:
    return [
        {
            "sellerHandle": product.key.seller_handle,
            "videoId": product.key.video_id,
            "title": product.title,
            "eventType": product.event_type,
            "at": product.at,
        }
        for product in latest.newest_first()
    ]


def _queues(sizes: Mapping[HalfKind, QueueSizes], rates: Rates) -> dict[str, Value]:
    return {
        kind.value: {
            "name": each.name,
            "waiting": _visible(each.source),
            "inFlight": _hidden(each.source),
            "perMinute": rates.received[kind],
        }
        for kind, each in sizes.items()
    }


def _dead_letters(sizes: Mapping[HalfKind, QueueSizes]) -> dict[str, Value]:
    return {
        kind.value: {"waiting": _visible(each.dead_letters), "hidden": _hidden(each.dead_letters)}
        for kind, each in sizes.items()
    }


def _visible(size: QueueCounts | None) -> int | None:
    return None if size is None else size.visible


def _hidden(size: QueueCounts | None) -> int | None:
    return None if size is None else size.hidden
