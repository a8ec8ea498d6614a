"""A running service, and what tests on Node ask of it over HTTP."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from assembly_service.access.caller import Privilege
from assembly_service.domain.product import HalfKind, ProductKey
from tests.harness.drafts import token
from tests.harness.pipeline import Pipeline
from tests.harness.served import served
from tests.harness.service_process import ServiceProcess
from tests.harness.small_events import event

ORGANIZATION = "7d7c1d2e-5d1f-4c0e-9a51-1f0a2f6f3b10"
"""Whose accounts and years are in the samples of reference data."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """Handlers: send videos, sign tokens, stop the service, start it again."""

    service: ServiceProcess
    account: Pipeline

    async def send_videos(self, request: web.Request) -> web.Response:
        """Send both halves of videos, each `{seller_handle, video_id, title, timestamp}`."""
        videos = await request.json()
        await asyncio.gather(*(self._send(kind, video) for video in videos for kind in HalfKind))
        return web.Response()

    async def token(self, request: web.Request) -> web.Response:
        """A token of `{sub?, privilege?, organization?, businessId?, sellers?, expiresIn?}`.

        It expires in so many seconds.
        """
        asked = await request.json()
        signed = token(
            user=asked.get("sub", "local-user"),
            privilege=asked.get("privilege", Privilege.MAIN),
            organization=asked.get("organization", ORGANIZATION),
            expires_in=timedelta(seconds=asked.get("expiresIn", 3_600)),
            userBusinessId=asked.get("businessId"),
            sellers=asked.get("sellers"),
        )
        return web.json_response({"token": signed})

    async def stop(self, _: web.Request) -> web.Response:
        """Returns when it is gone."""
        await self.service.stop()
        return web.Response()

    async def start(self, _: web.Request) -> web.Response:
        """Returns when it serves."""
        await self.service.start()
        return web.Response()

    async def _send(self, kind: HalfKind, video: Mapping[str, str]) -> None:
        key = ProductKey(video["seller_handle"], video["video_id"])
        body = event(kind, 1, key=key) | {"timestamp": video["timestamp"]}
        if kind is HalfKind.CAPTION:
            body["title"] = video["title"]
        await self.account.send(kind, body)


@asynccontextmanager
async def running_stage(service: ServiceProcess, account: Pipeline) -> AsyncIterator[str]:
    """Yields the URL of the stage of a service that runs."""
    stage = Stage(service=service, account=account)
    app = web.Application()
    app.add_routes(
        [
            web.post("/videos", stage.send_videos),
            web.post("/token", stage.token),
            web.post("/stop", stage.stop),
            web.post("/start", stage.start),
        ]
    )
    async with served(app) as url:
        yield url
