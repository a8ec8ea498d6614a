"""An endpoint that answers every call as the test says."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from assembly_service.settings.service import Settings
from tests.harness.served import in_place_of_aws, served


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
    async with served(in_place_of_aws(scripted.answer)) as scripted.url:
        yield scripted


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
