"""A receive that never ends, because its response trickles in, is detected."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from structlog.testing import capture_logs

from assembly_service.aws.queues import HalfQueue, Message
from assembly_service.domain.product import HalfKind
from assembly_service.operations import service_health
from assembly_service.operations.health import CheckStatus
from assembly_service.operations.service_health import ServiceHealth
from assembly_service.pipeline import pollers
from assembly_service.settings.service import Settings
from tests.harness.pipeline import Pipeline, eventually, open_pipeline


class NoBus:
    """There are no other instances."""

    bus_failure: str | None = None


@pytest.fixture
async def account(settings: Settings) -> AsyncIterator[Pipeline]:
    quick_end = settings.model_copy(update={"drain_deadline_seconds": 2})
    async with open_pipeline(quick_end) as opened:
        yield opened


async def test_a_receive_that_never_ends_is_logged_and_fails_the_worker_check(
    account: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (service_health, pollers):
        monkeypatch.setattr(module, "STALLED_SECONDS", 0.5)
    monkeypatch.setattr(pollers, "_STALL_CHECK_SECONDS", 0.05)

    async def receive(queue: HalfQueue, *, wait: bool = True) -> list[Message]:
        if wait and queue.kind is HalfKind.CAPTION:
            await asyncio.Event().wait()
        await asyncio.sleep(0.05)
        return []

    monkeypatch.setattr(HalfQueue, "receive", receive)
    with capture_logs() as logs:
        async with account.working() as worker:
            checks = ServiceHealth(
                clients=account.clients,
                settings=account.settings,
                worker=worker,
                bus=NoBus(),
                stop=asyncio.Event(),
            )

            async def named() -> bool:
                return any(line["event"] == "poller_stalled" for line in logs)

            await eventually(named)
            found = {check.name: check.status for check in await checks.worker()}
    assert found["caption_queue"] is CheckStatus.FAILING
    queue = account.settings.sqs_caption_analysis_queue_url.rsplit("/", 1)[-1]
    assert queue in {line["queue"] for line in logs if line["event"] == "poller_stalled"}
