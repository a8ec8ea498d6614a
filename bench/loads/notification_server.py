"""Runs the service's sockets as a process; the parent says when to announce.

It has the whole web front of an instance; no request of the bench reads a table.
"""

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any

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
from assembly_service.storage.catalogue import Catalogue
from bench.loads.lines import requests, say
from bench.loads.products import make_product

_SETTINGS = Settings(
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


def _application(
    catalogue: Catalogue, metrics: Metrics, notification: Notification
) -> web.Application:
    application = create_application(
        catalogue=catalogue,
        recent_changes=RecentChanges(catalogue=catalogue, clock=wall_clock),
        settings=_SETTINGS,
        clock=wall_clock,
        metrics=metrics,
        operations=OperationsHandlers(
            health=_Unasked(), metrics=metrics, subscriptions=notification.subscriptions
        ),
    )
    notification.attach(application)
    return application


async def _announce(notification: Notification, request: dict[str, Any]) -> list[int]:
    """Announce a product so many times. Returns when, on the monotonic clock."""
    product = make_product(request["seller"], "video-0", updated_at=wall_clock())
    announcements = [Announcement(product=product, correlation_id="bench")]
    announced_at = []
    for _ in range(request["count"]):
        announced_at.append(time.monotonic_ns())
        await notification.announcer.announce(announcements)
        await asyncio.sleep(request["pause"])
    return announced_at


async def main() -> None:
    """Serve until the parent closes the input."""
    configure_logs(level="ERROR", log_format="json")
    metrics = Metrics()
    catalogue = Catalogue(dynamodb=None, table="products")
    async with (
        open_notification(
            settings=_SETTINGS,
            metrics=metrics,
            clock=wall_clock,
            changed_since=catalogue.changed_since,
            newest=catalogue.newest,
            products_table_arn="arn:aws:dynamodb:us-east-1:000000000000:table/products",
        ) as notification,
        http_server(
            _application(catalogue, metrics, notification),
            public_endpoint(_SETTINGS.model_copy(update={"port": 0})),
            metrics=metrics.http,
            before_close=partial(notification.close, "The bench is over."),
        ) as url,
    ):
        say(port=int(url.rpartition(":")[2]))
        async for request in requests():
            announced_at = await _announce(notification, request)
            slow = metrics.registry.get_sample_value("assembly_websocket_slow_clients_total")
            say(announced_at=announced_at, dropped=slow)


if __name__ == "__main__":
    collect_rarely()
    uvloop.run(main())
