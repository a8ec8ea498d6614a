"""Running instances of one deployment for pages to look at, and events to send to them."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from datetime import timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import Any, Never
from unittest.mock import DEFAULT, AsyncMock, patch
from urllib.parse import urlsplit

from botocore.exceptions import ConnectTimeoutError

from assembly_service.access.caller import Privilege
from assembly_service.aws.clients import open_clients
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind
from assembly_service.domain.timestamps import format_milliseconds
from assembly_service.drafts.education.reference_items import read_lines, to_row
from assembly_service.drafts.education.reference_loading import write
from assembly_service.drafts.engine import commit, transactions
from assembly_service.local_aws.page_calls import page_calls
from assembly_service.local_aws.reference import ORGANIZATION, sample_lines
from assembly_service.runtime.clock import wall_clock
from assembly_service.runtime.metrics import Metrics
from assembly_service.service import Service, running_service
from assembly_service.settings.service import Settings
from tests.harness.drafts import SIGNING_KEY, token
from tests.harness.halves import thumbnail_fields
from tests.harness.valkey import free_port

DRAFTS = {
    "PRODUCT_DRAFTS": "true",
    "PROJECT_SESSIONS": "true",
    "EDUCATION_REGISTRATION": "true",
    "JWT_SECRET": SIGNING_KEY,
    # However slow the machine is, a repeated commit is answered with its result.
    "ORCHESTRATOR_REPLAY_SECONDS": "300",
    "EDUCATION_REPLAY_SECONDS": "300",
    "SESSION_CREATES_PER_MINUTE": "10000",
}
"""Settings with which people may act on every page."""

_FIRST_VIDEO = 7_500_000_000_000_000_000


class Stage:
    """What scenarios call: `send`, `half`, `token`, `stop`, `start`, where things are, and more."""

    def __init__(
        self,
        settings: Settings,
        other: Service,
        sqs: Any,
        directory: Path,
        until_end: AsyncExitStack,
    ) -> None:
        self._settings = settings
        self._until_end = until_end
        self._other = other
        self._sqs = sqs
        self._directory = directory
        self._running = AsyncExitStack()
        self._broken = ExitStack()
        self._brief: dict[int, str] = {}

    @property
    def url(self) -> str:
        """Where the first instance is; the same after a restart."""
        return f"http://127.0.0.1:{self._settings.port}"

    async def start(self) -> None:
        """Start the first instance, where it was before."""
        starting = running_service(self._settings, local_calls=page_calls)
        service = await self._running.enter_async_context(starting)
        port = urlsplit(service.url).port
        self._settings = self._settings.model_copy(update={"port": port})

    async def stop(self) -> None:
        """Stop it. What was broken in it is whole again afterwards."""
        with self._broken:
            await self._running.aclose()

    async def cut_off_commits(self) -> None:
        """Have commits end, until the stop, as by a kill: the draft is held, nothing is written."""

        async def killed(*_: object, **__: object) -> Never:
            raise asyncio.CancelledError

        self._broken.enter_context(patch.object(commit, "transact", killed))
        # The usual 30 s would have to be waited for.
        self._broken.enter_context(patch.object(commit, "LEASE_SECONDS", 2))

    async def fail_next_commit(self) -> None:
        """Have the three attempts of the next commit fail, as if the tables did not answer."""
        failures = repeat(ConnectTimeoutError(endpoint_url=self.url), 3)
        transact = AsyncMock(
            wraps=transactions.transact, side_effect=chain(failures, repeat(DEFAULT))
        )
        self._broken.enter_context(patch.object(commit, "transact", transact))

    async def operators(self) -> str:
        """Where the operators' port of the second instance is."""
        return str(self._other.operations_url)

    async def other(self) -> str:
        """Where the second instance is."""
        return self._other.url

    async def brief(self, seconds: int) -> str:
        """Where an instance is whose product and project drafts live only for so long.

        It serves clients alone, and needs tokens of `token`. It is there until the end.
        """
        if seconds not in self._brief:
            products, projects = self._settings.product_drafts, self._settings.project_sessions
            assert products is not None
            assert projects is not None
            # Nobody could set so short a time.
            settings = self._settings.model_copy(
                update={
                    "port": 0,
                    "service_role": "web",
                    "product_drafts": products.model_copy(
                        update={"orchestrator_ttl_seconds": seconds}
                    ),
                    "project_sessions": projects.model_copy(
                        update={"session_ttl": seconds, "session_extension": 0}
                    ),
                }
            )
            service = await self._until_end.enter_async_context(running_service(settings))
            self._brief[seconds] = service.url
        return self._brief[seconds]

    async def other_projects(self, building_types: list[str]) -> str:
        """Where an instance is that has projects of these types, and needs a token for each call.

        It is there until the end.
        """
        projects = self._settings.project_sessions
        assert projects is not None
        changes = {"require_auth": True, "building_types": tuple(building_types)}
        strict = projects.model_copy(update=changes)
        settings = self._settings.model_copy(
            update={"port": 0, "service_role": "web", "project_sessions": strict}
        )
        return (await self._until_end.enter_async_context(running_service(settings))).url

    async def for_readers(self) -> str:
        """Where an instance is that shows nothing without a token. It is there until the end."""
        changes = {"port": 0, "service_role": "web", "reader_auth": "required"}
        settings = self._settings.model_copy(update=changes)
        return (await self._until_end.enter_async_context(running_service(settings))).url

    async def token(self, claims: dict[str, Any]) -> str:
        """A token of the samples' organisation: with all privileges, unless `claims` say else."""
        mine: dict[str, Any] = {
            "user": "local-user",
            "privilege": Privilege.MAIN,
            "organization": ORGANIZATION,
        }
        lifetime = timedelta(seconds=claims.pop("expires_in", 3_600))
        return token(**(mine | claims), expires_in=lifetime)

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
    shared = settings.model_copy(update={"pages": True, "socketio_redis_url": valkey_url})
    other = shared.model_copy(
        update={"port": 0, "operations_port": free_port(), "service_role": "web"}
    )
    async with (
        open_clients(settings, Metrics()) as clients,
        running_service(other) as second,
        AsyncExitStack() as until_end,
    ):
        samples = read_lines(("", line) for line in sample_lines().splitlines()).items
        rows = [to_row(item) for item in samples]
        education = settings.education_registration
        assert education is not None
        await write(clients.dynamodb, education.dynamodb_records_table, rows, lambda _: None)
        stage = Stage(shared, second, clients.sqs, directory, until_end)
        await stage.start()
        try:
            yield stage
        finally:
            await stage.stop()
