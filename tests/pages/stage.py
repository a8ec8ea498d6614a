"""Running instances of one deployment for pages to look at, and events to send to them."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from assembly_service.aws.clients import open_clients
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.local_aws.page_calls import page_calls
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.service import Service, running_service
from assembly_service.settings.service import Settings
from tests.harness.halves import thumbnail_fields
from tests.harness.valkey import free_port

TOKENS = {"PRODUCT_DRAFTS": "true", "JWT_SECRET": secrets.token_urlsafe(32)}
"""Settings without which nobody may act on a page."""

_FIRST_VIDEO = 7_500_000_000_000_000_000


class Stage:
    """What scenarios call: `send`, `half`, `video`, `stop`, `start`, and where things are."""

    def __init__(self, settings: Settings, other: Service, sqs: Any, directory: Path) -> None:
        self._settings = settings
        self._other = other
        self._sqs = sqs
        self._directory = directory
        self._running = AsyncExitStack()

    @property
    def url(self) -> str:
        """Where the first instance is; the same after a restart."""
        return f"http://127.0.0.1:{self._settings.port}"

    async def start(self) -> None:
        """Start the first instance."""
        service = running_service(self._settings, local_calls=page_calls)
        await self._running.enter_async_context(service)

    async def stop(self) -> None:
        """Stop it."""
        await self._running.aclose()

    async def operators(self) -> str:
        """Where the operators' port of the second instance is."""
        return str(self._other.operations_url)

    async def other(self) -> str:
        """Where the second instance is."""
        return self._other.url

    async def directory(self) -> str:
        """Where pictures go."""
        return str(self._directory)

    async def video(self, number: int) -> str:
        """The id of a video; the larger the number, the newer it is."""
        return str(_FIRST_VIDEO + number)

    async def send(self, seller: str, number: int, caption: dict[str, Value]) -> None:
        """Publish both halves of a video, as the workers would."""
        await self.half("caption", seller, number, caption)
        await self.half("thumbnail", seller, number, {})

    async def half(
        self,
        kind: str,
        seller: str,
        number: int,
        changes: dict[str, Value],
        queue: str | None = None,
    ) -> None:
        """Publish a half with some fields changed; on its own queue, unless another is named."""
        video_id = await self.video(number)
        event: dict[str, Value] = {
            "video_id": video_id,
            "seller_handle": seller,
            "timestamp": format_milliseconds(wall_clock()),
        }
        if kind == HalfKind.CAPTION:
            event |= {"title": "A cup", "price": 12.5, "sizes": None, "tags": []}
        else:
            event |= thumbnail_fields(video_id)
        await self._sqs.send_message(
            QueueUrl=self._settings.queue_urls[HalfKind(queue or kind)],
            MessageBody=json.dumps(event | changes),
        )


@asynccontextmanager
async def running_stage(
    settings: Settings, valkey_url: str, *, directory: Path = Path()
) -> AsyncIterator[Stage]:
    """A stage with two instances; the second one serves clients alone."""
    shared = settings.model_copy(
        update={"pages": True, "socketio_redis_url": valkey_url, "port": free_port()}
    )
    other = shared.model_copy(
        update={"port": 0, "operations_port": free_port(), "service_role": "web"}
    )
    async with open_clients(settings, Metrics()) as clients, running_service(other) as second:
        stage = Stage(shared, second, clients.sqs, directory)
        await stage.start()
        try:
            yield stage
        finally:
            await stage.stop()
