"""Drafts are published concurrently, page by page, and a stop in between loses nothing."""

import asyncio
from collections import Counter

from assembly_service.drafts.engine.events import StoredEvent
from tests.drafts.engine.relays import (
    LEFT_BEHIND_MILLISECONDS,
    PATIENCE_SECONDS,
    Pages,
    RecordingChannel,
    drafts,
    relay_of,
    running,
    stopped,
    waiting,
)
from tests.drafts.product.support import (
    Instance,
)
from tests.harness.drafts import (
    timed_out,
)

PUBLISHED = ["session.created", "product.added"]
AT_ONCE = 8
NEVER_SECONDS = 1_000


async def test_eight_drafts_are_published_concurrently_and_never_two_events_of_one(
    instance: Instance,
) -> None:
    written = [await instance.admin.draft_with_product() for _ in range(AT_ONCE + 2)]
    channel, under_way, is_full = RecordingChannel(), Counter[str](), asyncio.Event()
    most = looks = 0

    async def crowd(event: StoredEvent) -> None:
        nonlocal most, looks
        under_way[event.reference] += 1
        assert under_way[event.reference] == 1
        most = max(most, under_way.total())
        if most == AT_ONCE and not is_full.is_set():
            looks = instance.reads.called["query"] - looks_before
            is_full.set()
        await is_full.wait()
        await channel(event)
        under_way[event.reference] -= 1

    relay, _ = relay_of(instance, crowd)
    for each in written:
        relay.nudge(each)
    looks_before = instance.reads.called["query"]
    async with asyncio.timeout(PATIENCE_SECONDS):
        assert await relay.publish_all(sweep=False)
    assert most == looks == AT_ONCE
    assert [channel.names(each) for each in written] == [PUBLISHED] * len(written)
    assert await waiting(instance) == []


async def test_an_event_written_while_its_draft_is_published_is_published_too(
    instance: Instance,
) -> None:
    session_id, channel = await instance.admin.create(), RecordingChannel()

    async def publish(event: StoredEvent) -> None:
        await channel(event)
        if len(channel.received) == 1:
            await instance.admin.add_product(session_id)
            relay.nudge(session_id)

    relay, _ = relay_of(instance, publish, sweep_seconds=NEVER_SECONDS)
    relay.nudge(session_id)
    async with running(relay):
        await channel.until(lambda: channel.names(session_id) == PUBLISHED)


async def test_a_stop_halfway_loses_no_event_and_no_order(instance: Instance) -> None:
    written = [await instance.admin.draft_with_product() for _ in range(AT_ONCE + 2)]
    channel, under_way, let_go = RecordingChannel(), set[str](), asyncio.Event()
    is_full = asyncio.Event()

    async def publish(event: StoredEvent) -> None:
        if event.name.endswith("product.added"):
            under_way.add(event.reference)
            if len(under_way) == AT_ONCE:
                is_full.set()
            await let_go.wait()
        await channel(event)

    relay, _ = relay_of(instance, publish, sweep_seconds=NEVER_SECONDS)
    for each in written:
        relay.nudge(each)
    async with running(relay), asyncio.timeout(PATIENCE_SECONDS):
        await is_full.wait()
    assert len(await waiting(instance)) == len(written) * 2 - AT_ONCE
    let_go.set()
    assert await relay.publish_all(sweep=False)  # as on shutdown
    assert [channel.names(each) for each in written] == [PUBLISHED] * len(written)
    assert await waiting(instance) == []


async def test_a_stop_ends_the_relay_although_it_cannot_clear_published_events(
    instance: Instance,
) -> None:
    session_id, is_there = await instance.admin.draft_with_product(), asyncio.Event()

    async def publish(event: StoredEvent) -> None:
        if event.name.endswith("product.added"):
            is_there.set()
            await asyncio.Event().wait()

    relay, _ = relay_of(instance, publish, sweep_seconds=NEVER_SECONDS)
    relay.nudge(session_id)
    instance.reads.orders["batch_write_item"].append(timed_out)
    task = asyncio.create_task(relay.run())
    async with asyncio.timeout(PATIENCE_SECONDS):
        await is_there.wait()
    await stopped(task)
    assert len(await waiting(instance)) == len(PUBLISHED)


async def test_a_sweep_holds_one_page_of_the_outbox_in_memory(instance: Instance) -> None:
    left, channel = await drafts(instance, 6), RecordingChannel()
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    pages = Pages(instance.reads, channel)
    relay, _ = relay_of(instance, channel, client=pages)
    assert await relay.publish_all(sweep=True)
    assert sorted(event.reference for event in channel.received) == left
    assert pages.sizes[:3] == [0, 2, 4]


async def test_an_event_written_during_a_sweep_does_not_wait_for_its_end(
    instance: Instance,
) -> None:
    await drafts(instance, 6)
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    news, channel = await instance.admin.create(), RecordingChannel()

    async def publish(event: StoredEvent) -> None:
        relay.nudge(news)
        await channel(event)

    relay, _ = relay_of(instance, publish, client=Pages(instance.reads, channel))
    assert await relay.publish_all(sweep=True)
    assert news in [event.reference for event in channel.received[:5]]


async def test_a_skipped_draft_is_skipped_on_the_next_page_too(
    instance: Instance,
) -> None:
    session_id, channel = await instance.admin.create(), RecordingChannel()
    # By the clocks of the instances that wrote them, the later events are older.
    instance.clock.now -= LEFT_BEHIND_MILLISECONDS
    await instance.admin.add_product(session_id)
    await instance.admin.configure_target(session_id, osot_province=[1])
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    relay, _ = relay_of(instance, channel, client=Pages(instance.reads, channel))
    assert await relay.publish_all(sweep=True)
    assert channel.received == []
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    assert await relay.publish_all(sweep=True)
    assert channel.names(session_id) == [*PUBLISHED, "target.configured"]


async def test_a_draft_in_trouble_waits_on_the_next_page_too(
    instance: Instance,
) -> None:
    session_id, channel = await instance.admin.draft_with_product(), RecordingChannel()
    await instance.admin.configure_target(session_id, osot_province=[1])
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    channel.refuses = {f"{session_id}#00000002"}
    relay, _ = relay_of(instance, channel, client=Pages(instance.reads, channel))
    assert not await relay.publish_all(sweep=True)
    assert channel.tried == {f"{session_id}#00000001": 1, f"{session_id}#00000002": 1}
