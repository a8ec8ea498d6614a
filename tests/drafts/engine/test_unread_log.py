"""An unread log keeps events in the outbox, but withholds none from the topic."""

import asyncio
from collections import Counter

import pytest

from assembly_service.drafts.engine import event_lines
from assembly_service.drafts.engine.events import StoredEvent
from tests.drafts.engine.relays import (
    LEFT_BEHIND_MILLISECONDS,
    PRODUCT_DRAFTS,
    WAITING,
    RecordingChannel,
    drafts,
    relay_of,
    running,
    waiting,
)
from tests.drafts.product.support import Instance

PUBLISHED = ["session.created", "product.added"]
MANY = 60
NEVER_SECONDS = 1_000


class UnreadLog:
    """A log whose lines are unread until `read`; while it is full it drops them."""

    def __init__(self) -> None:
        self.handed: list[StoredEvent] = []
        self.lines: list[str] = []
        self.is_full = self.is_read = False
        self._unread: list[tuple[str, asyncio.Future[bool]]] = []

    def __call__(self, event: StoredEvent) -> asyncio.Future[bool]:
        self.handed.append(event)
        line = asyncio.get_running_loop().create_future()
        if self.is_full:
            line.set_result(False)
        else:
            self._unread.append((event.event_id, line))
            if self.is_read:
                self.read()
        return line

    def read(self) -> None:
        """Read the log from now on."""
        self.is_read, self.is_full = True, False
        for event_id, line in self._unread:
            self.lines.append(event_id)
            line.set_result(True)
        self._unread.clear()

    def lose(self) -> None:
        """Drop all unread lines."""
        for _, line in self._unread:
            line.set_result(False)
        self._unread.clear()


@pytest.mark.parametrize("is_full", [False, True])
async def test_the_topic_gets_all_events_at_once_and_the_log_once_it_is_read(
    instance: Instance, is_full: bool
) -> None:
    written, topic, log = await drafts(instance, MANY), RecordingChannel(), UnreadLog()
    await instance.admin.add_product(written[0])
    log.is_full = is_full
    relay, registry = relay_of(instance, topic, write_line=log)
    for each in written:
        relay.nudge(each)
    assert not await relay.publish_all(sweep=False)
    assert topic.names(written[0]) == PUBLISHED
    assert {event.reference for event in topic.received} == {*written}
    instance.clock.now += 1_000_000
    assert not await relay.publish_all(sweep=True)
    assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 1_000
    in_the_outbox = [event.event_id for event in await waiting(instance)]
    assert len(in_the_outbox) == MANY + 1
    if not is_full:
        # Lines on their way are awaited, and nothing takes their place.
        assert len(log.handed) == MANY
    log.read()
    assert await relay.publish_all(sweep=True)
    assert await waiting(instance) == []
    assert sorted(log.lines) == in_the_outbox
    assert sorted(event.event_id for event in topic.received) == in_the_outbox
    assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 0


async def test_no_draft_waits_for_the_log_once_a_line_is_late(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    (first, *others), topic, log = await drafts(instance, 10), RecordingChannel(), UnreadLog()

    async def pause(seconds: float) -> None:
        raise AssertionError(seconds)

    relay, _ = relay_of(instance, topic, write_line=log, sweep_seconds=NEVER_SECONDS, pause=pause)
    relay.nudge(first)
    assert not await relay.publish_all(sweep=False)
    monkeypatch.setattr(event_lines, "_WRITE_SECONDS", NEVER_SECONDS)
    async with running(relay):
        for each in others:
            relay.nudge(each)
            await topic.until(lambda each=each: topic.names(each) == PUBLISHED[:1])  # type: ignore[misc]


async def test_a_new_event_of_a_draft_with_an_unread_line_reaches_the_topic_at_once(
    instance: Instance,
) -> None:
    draft, topic, log = await instance.admin.create(), RecordingChannel(), UnreadLog()
    relay, _ = relay_of(instance, topic, write_line=log)
    relay.nudge(draft)
    await relay.publish_all(sweep=False)
    await instance.admin.add_product(draft)
    relay.nudge(draft)
    await relay.publish_all(sweep=False)
    assert topic.names(draft) == PUBLISHED
    # In the log they come one after another: the first may still be dropped.
    assert [event.event_id for event in log.handed] == [f"{draft}#00000001"]
    log.lose()
    log.read()
    assert await relay.publish_all(sweep=True)
    assert log.lines == [f"{draft}#00000001", f"{draft}#00000002"]
    assert topic.names(draft) == PUBLISHED


async def test_while_the_log_is_full_a_sweep_retries_few_lines(
    instance: Instance,
) -> None:
    log = UnreadLog()
    log.is_full = True
    written = await drafts(instance, 40)
    relay, _ = relay_of(instance, RecordingChannel(), write_line=log)
    for each in written:
        relay.nudge(each)
    await relay.publish_all(sweep=False)
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    queries = Counter(instance.reads.called)
    await relay.publish_all(sweep=True)
    assert len(log.handed) == len(written) + 8
    # Besides those of the eight, the whole outbox is read.
    assert instance.reads.called["query"] - queries["query"] == 8 + 1


async def test_an_outage_of_the_topic_backs_off_whatever_the_log_does(
    instance: Instance,
) -> None:
    draft, topic, log, pauses = (
        await instance.admin.create(),
        RecordingChannel(),
        UnreadLog(),
        list[float](),
    )
    relay, _ = relay_of(instance, topic, write_line=log, sweep_seconds=NEVER_SECONDS)
    relay.nudge(draft)
    await relay.publish_all(sweep=False)
    await instance.admin.add_product(draft)
    topic.failures = 1

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    relay._pause = pause
    relay.nudge(draft)
    async with running(relay):
        await topic.until(lambda: topic.names(draft) == PUBLISHED)
    assert len(pauses) == 1


async def test_lines_that_another_instance_logged_meanwhile_are_forgotten(
    instance: Instance,
) -> None:
    draft, topic, log = await instance.admin.create(), RecordingChannel(), UnreadLog()
    relay, _ = relay_of(instance, topic, write_line=log)
    other, _ = relay_of(instance, topic)
    relay.nudge(draft)
    assert not await relay.publish_all(sweep=False)
    other.nudge(draft)
    assert await other.publish_all(sweep=False)
    log.lose()
    assert await relay.publish_all(sweep=True)
    assert len(log.handed) == 1


async def test_without_a_topic_an_event_is_published_when_its_line_is_written(
    instance: Instance,
) -> None:
    draft, log = await instance.admin.draft_with_product(), UnreadLog()
    relay, _ = relay_of(instance, write_line=log)
    relay.nudge(draft)
    assert not await relay.publish_all(sweep=False)
    assert len(log.handed) == 1
    log.read()
    assert await relay.publish_all(sweep=False)
    assert log.lines == [f"{draft}#00000001", f"{draft}#00000002"]
    assert await waiting(instance) == []
