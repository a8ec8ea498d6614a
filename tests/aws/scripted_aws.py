"""An endpoint that answers every call as the test says."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from assembly_service.settings.service import Settings


@dataclass
class ScriptedAws:
    """Answers with `status` and `body`: text as it is, anything else as JSON."""

    url: str = ""
    status: int = 200
    body: object = ""

    async def answer(self, _request: web.Request) -> web.Response:
        """The answer."""
        text = self.body if isinstance(self.body, str) else json.dumps(self.body)
        return web.Response(status=self.status, text=text)


@asynccontextmanager
async def scripted_aws() -> AsyncIterator[ScriptedAws]:
    """Listen on a free loopback port."""
    scripted = ScriptedAws()
    application = web.Application()
    application.router.add_post("/{path:.*}", scripted.answer)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    scripted.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield scripted
    finally:
        await runner.cleanup()


def settings_for(url: str) -> Settings:
    """Settings with which every client calls the endpoint."""
    return Settings(
        aws_region="us-east-1",
        aws_endpoint_url=url,
        sqs_caption_analysis_queue_url=f"{url}/captions",
        sqs_thumbnail_generation_queue_url=f"{url}/thumbnails",
        dynamodb_products_table="products",
        dynamodb_staging_table="staging",
    )
