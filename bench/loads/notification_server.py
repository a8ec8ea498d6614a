"""Runs the service's sockets as a process; the parent says when to announce.

It has the whole web front of an instance, and a catalogue in memory, without products.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from functools import partial
from importlib.metadata import version
from itertools import cycle
from typing import Any
from urllib.parse import urlsplit

import uvloop
from aiohttp import web

from assembly_service.application import create_application
from assembly_service.domain.product import Announcement
from assembly_service.http.server import http_server, public_endpoint
from assembly_service.notification.notification import Notification, open_notification
from assembly_service.operations.handlers import OperationsHandlers
from assembly_service.operations.health import Check
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.garbage_collector import collect_rarely
from assembly_service.runtime.logs import configure_logs
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from assembly_service.shop.recent_changes import RecentChanges
from assembly_service.storage.catalogue import Catalogue, Page
from bench.loads.lines import collect, obey, say
from bench.loads.products import announcements

_SETTINGS = Settings(
    host="127.0.0.1",
    port=0,
    aws_region="us-east-1",
    sqs_caption_analysis_queue_url="http://127.0.0.1:1/captions",
    sqs_thumbnail_generation_queue_url="http://127.0.0.1:1/thumbnails",
    dynamodb_products_table="products",
    dynamodb_staging_table="staging",
)


class _Unasked:
    """Health checks that are never called."""

    async def everything(self) -> Sequence[Check]:
        return []

    async def live(self) -> Sequence[Check]:
        return []

    async def ready(self) -> Sequence[Check]:
        return []

    async def worker(self) -> Sequence[Check]:
        return []

    async def database(self) -> Sequence[Check]:
        return []


class _NoProducts(Catalogue):
    """A catalogue without products, in memory."""

    async def changed_since(self, *_: Any, **__: Any) -> Page:
        """Return no change."""
        return Page(products=(), positions=(), last=None, has_more=False)


def _application(
    catalogue: Catalogue,
    recent_changes: RecentChanges,
    metrics: Metrics,
    notification: Notification,
) -> web.Application:
    application = create_application(
        catalogue=catalogue,
        readers=None,
        recent_changes=recent_changes,
        settings=_SETTINGS,
        clock=wall_clock,
        metrics=metrics,
        operations=OperationsHandlers(
            health=_Unasked(), metrics=metrics, subscriptions=notification.subscriptions
        ),
    )
    notification.attach(application)
    return application


class _Announcing:
    """Announces products to the subscribers of one seller."""

    def __init__(self, notification: Notification, metrics: Metrics) -> None:
        self._notification = notification
        self._metrics = metrics
        self._announcements: Iterator[Announcement] = iter(())

    async def prepare(self, *, seller: str, **_: object) -> dict[str, Any]:
        """Make the products to announce."""
        self._announcements = cycle(announcements(seller))
        return {}

    async def announce(self, *, count: int, pause: float, **__: object) -> dict[str, Any]:
        """Announce so many. Returns when, on the monotonic clock, and how many were dropped."""
        announced_at = []
        for _ in range(count):
            announced_at.append(time.monotonic_ns())
            await self._notification.announcer.announce([next(self._announcements)])
            await asyncio.sleep(pause)
        slow = self._metrics.registry.get_sample_value("assembly_websocket_slow_clients_total")
        return {"announced_at": announced_at, "dropped": slow}


async def main() -> None:
    """Serve until the parent closes the input."""
    configure_logs(level="ERROR", log_format="json")
    metrics = Metrics()
    catalogue = _NoProducts(dynamodb=None, table="products")
    recent_changes = RecentChanges(catalogue=catalogue, clock=wall_clock)
    async with (
        open_notification(
            settings=_SETTINGS,
            metrics=metrics,
            clock=wall_clock,
            changed_since=catalogue.changed_since,
            newest=catalogue.newest,
            readers=None,
            products_table_arn="arn:aws:dynamodb:us-east-1:000000000000:table/products",
            recent_changes=recent_changes,
        ) as notification,
        http_server(
            _application(catalogue, recent_changes, metrics, notification),
            public_endpoint(_SETTINGS),
            metrics=metrics.http,
            before_close=partial(notification.close, "The bench is over."),
        ) as url,
    ):
        say(port=urlsplit(url).port, version=f"aiohttp {version('aiohttp')}")
        announcing = _Announcing(notification, metrics)
        await obey(
            {
                "prepare": announcing.prepare,
                "announce": announcing.announce,
                "collect": collect,
            }
        )


if __name__ == "__main__":
    collect_rarely()
    uvloop.run(main())
