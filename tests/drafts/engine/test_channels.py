"""An event leaves the outbox when its line is written, and is on each channel once."""

import asyncio
import logging
import os
from collections.abc import Iterator
from typing import TextIO

import pytest
import structlog

from assembly_service.drafts.engine.channels import to_log
from assembly_service.runtime.line_writer import LineWriter
from tests.drafts.engine.relays import PATIENCE_SECONDS, RecordingChannel, relay_of, waiting
from tests.drafts.product.support import Instance


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    structlog.reset_defaults()


def log_to(stream: TextIO | None) -> None:
    writer = LineWriter(stream, dropped_line=str)
    # A cached logger would write nowhere in later tests.
    structlog.configure(
        processors=[structlog.processors.JSONRenderer()],
        wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=False,
    )


async def test_an_event_stays_in_the_outbox_until_its_line_is_written_at_any_log_level(
    instance: Instance,
) -> None:
    draft = await instance.admin.create()
    topic = RecordingChannel()
    relay, _ = relay_of(instance, topic, write_line=to_log)
    relay.nudge(draft)
    log_to(None)
    assert not await relay.publish_all(sweep=False)
    assert not await relay.publish_all(sweep=True)
    assert [event.reference for event in await waiting(instance)] == [draft]
    reader, descriptor = os.pipe()
    with os.fdopen(reader, "rb") as lines, os.fdopen(descriptor, "w") as stream:
        log_to(stream)
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not await relay.publish_all(sweep=True):
                pass
        assert await waiting(instance) == []
        stream.close()
        [line] = lines.read().decode().splitlines()
    assert f"{draft}#" in line
    # The topic, which took it at once, does not get it again.
    assert topic.names(draft) == ["session.created"]


async def test_a_channel_that_took_an_event_gets_the_next_one_of_its_draft(
    instance: Instance,
) -> None:
    draft = await instance.admin.draft_with_product()
    first, second = RecordingChannel(), RecordingChannel(failures=1)
    relay, _ = relay_of(instance, first, second)
    relay.nudge(draft)
    assert not await relay.publish_all(sweep=False)
    assert await relay.publish_all(sweep=True)
    published = ["session.created", "product.added"]
    assert [first.names(draft), second.names(draft)] == [published, published]
