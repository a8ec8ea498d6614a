"""A draft in trouble delays no other; during an outage the relay backs off quietly."""

import asyncio
from collections import Counter
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from structlog.testing import capture_logs

from assembly_service.drafts.engine.events import StoredEvent
from assembly_service.drafts.engine.written_here import MOST_WRITTEN
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
from tests.drafts.product.support import (
    Instance,
)
from tests.harness.drafts import (
    timed_out,
)

PUBLISHED = ["session.created", "product.added"]
MOST_TRIED = 15
"""Eight are under way when the first fails, and seven more start before the eighth fails: of new
drafts, and again of those that were in trouble before."""
NEVER_SECONDS = 1_000


class NoDeletes:
    """A client whose deletes time out."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def __getattr__(self, operation: str) -> Any:
        return getattr(self._client, operation)

    async def batch_write_item(self, **_: Any) -> NoReturn:
        raise TimeoutError


async def test_a_refused_event_delays_only_its_draft(instance: Instance) -> None:
    bad, *others = [await instance.admin.draft_with_product() for _ in range(3)]
    channel = RecordingChannel()
    channel.refuses = {f"{bad}#00000002"}
    relay, _ = relay_of(instance, channel)
    for each in (bad, *others):
        relay.nudge(each)
    with capture_logs() as logs:
        assert not await relay.publish_all(sweep=False)
    assert [channel.names(each) for each in others] == [PUBLISHED, PUBLISHED]
    assert channel.names(bad) == PUBLISHED[:1]
    assert [event.event_id for event in await waiting(instance)] == [f"{bad}#00000002"]
    [line] = [each for each in logs if each["event"] == "draft_events_not_published"]
    name = "product-orchestrator.product.added"
    assert line["some"] == [{"draft": bad, "name": name, "code": "InvalidParameter"}]
    assert (line["drafts"], line["outbox"], line["log_level"]) == (1, None, "warning")


async def test_a_published_event_that_cannot_be_deleted_is_not_named_as_unpublished(
    instance: Instance,
) -> None:
    draft, channel = await instance.admin.create(), RecordingChannel()
    relay, _ = relay_of(instance, channel, client=NoDeletes(instance.reads))
    relay.nudge(draft)
    with capture_logs() as logs:
        assert not await relay.publish_all(sweep=False)
    assert channel.names(draft) == PUBLISHED[:1]
    [line] = [each for each in logs if each["event"] == "draft_events_not_published"]
    assert line["some"] == [{"draft": draft, "name": "", "code": "TimeoutError"}]


async def test_a_refused_event_is_retried_by_the_sweep_and_its_age_shows(
    instance: Instance,
) -> None:
    # It comes first in the outbox.
    bad, other, *left = await drafts(instance, 5)
    await instance.admin.add_product(bad)
    refused, channel = f"{bad}#00000002", RecordingChannel()
    channel.refuses = {refused}
    relay, registry = relay_of(instance, channel)
    relay.nudge(bad)
    assert not await relay.publish_all(sweep=False)
    relay.nudge(other)
    assert await relay.publish_all(sweep=False)
    assert channel.tried[refused] == 1
    instance.clock.now += 1_000_000
    assert not await relay.publish_all(sweep=True)
    assert [channel.names(each) for each in left] == [PUBLISHED[:1]] * 3
    assert channel.tried[refused] == 2
    assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 1_000
    channel.refuses = set()
    assert await relay.publish_all(sweep=True)
    assert channel.names(bad) == PUBLISHED
    assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 0
    await instance.admin.configure_target(bad, osot_province=[1])
    relay.nudge(bad)
    assert await relay.publish_all(sweep=False)
    assert channel.names(bad) == [*PUBLISHED, "target.configured"]


async def test_many_drafts_in_trouble_do_not_delay_another(instance: Instance) -> None:
    *bad, healthy = await drafts(instance, MOST_TRIED + 3)
    channel = RecordingChannel()
    channel.refuses = set(bad)
    relay, _ = relay_of(instance, channel)
    for _ in range(3):
        for each in bad:
            relay.nudge(each)
        await relay.publish_all(sweep=False)
    assert len(channel.tried) == channel.tried.total() == len(bad)
    relay.nudge(healthy)
    assert await relay.publish_all(sweep=False)
    assert channel.names(healthy) == PUBLISHED[:1]


async def test_no_number_of_refused_drafts_keeps_the_sweep_from_others(instance: Instance) -> None:
    *bad, healthy = await drafts(instance, 2 * MOST_TRIED)
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    channel = RecordingChannel()
    channel.refuses = set(bad)
    relay, _ = relay_of(instance, channel)
    while len(channel.tried) <= len(bad):
        tried = len(channel.tried)
        assert not await relay.publish_all(sweep=True)
        assert len(channel.tried) > tried
    assert channel.names(healthy) == PUBLISHED[:1]
    # Nor from each other: each gets its turn, though a sweep tries few.
    sweeps = 0
    while any(channel.tried[f"{each}#00000001"] < 3 for each in bad):
        tried, sweeps = channel.tried.total(), sweeps + 1
        assert not await relay.publish_all(sweep=True)
        assert channel.tried.total() - tried <= MOST_TRIED
        assert sweeps < 200


async def test_an_outage_round_tries_few_drafts_and_logs_one_line(
    instance: Instance,
) -> None:
    all_of_them, channel = await drafts(instance, 40), RecordingChannel(failures=100)
    relay, registry = relay_of(instance, channel)
    for each in all_of_them[:30]:
        relay.nudge(each)
    instance.clock.now += 1_000_000
    for number in (1, 2):
        with capture_logs() as logs:
            assert not await relay.publish_all(sweep=True)
        [line] = logs
        assert line["drafts"] <= MOST_TRIED * number
        assert len(line["some"]) == 8
        assert {each["code"] for each in line["some"]} == {"TimeoutError"}
        assert channel.tried.total() <= MOST_TRIED * (1 + 2 * (number - 1))
        assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 1_000
    channel.failures = 0
    assert await relay.publish_all(sweep=True)
    assert sorted(event.reference for event in channel.received) == all_of_them
    assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 0


async def test_pauses_grow_during_an_outage_and_then_all_is_published(
    instance: Instance,
) -> None:
    first, *later = await drafts(instance, 10)
    channel, pauses = RecordingChannel(failures=1_000), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        relay.nudge(later[len(pauses) - 1])
        if len(pauses) == len(later):
            channel.failures = 0

    relay, _ = relay_of(instance, channel, sweep_seconds=NEVER_SECONDS, pause=pause)
    relay.nudge(first)
    async with running(relay):
        await channel.until(lambda: len(channel.received) == 10)
    longest = [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert [most / 2 <= each <= most for each, most in zip(pauses, longest, strict=True)] == [
        True
    ] * 9


async def test_each_outage_starts_with_a_short_pause(instance: Instance) -> None:
    *written, last = await drafts(instance, 6)
    channel, pauses = RecordingChannel(failures=1_000), list[float]()

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    relay, _ = relay_of(instance, channel, sweep_seconds=NEVER_SECONDS, pause=pause)
    for each in written:
        relay.nudge(each)
        assert not await relay.publish_all(sweep=False)
    channel.failures = 0
    assert await relay.publish_all(sweep=True)
    channel.failures = 1
    relay.nudge(last)
    assert not await relay.publish_all(sweep=False)
    async with running(relay):
        await channel.until(lambda: channel.names(last) == PUBLISHED[:1])
    assert len(pauses) == 1
    assert 0.25 <= pauses[0] <= 0.5


async def test_an_unreadable_outbox_is_an_outage_too(instance: Instance) -> None:
    session_id, channel, pauses = await instance.admin.create(), RecordingChannel(), list[float]()
    instance.clock.now += LEFT_BEHIND_MILLISECONDS

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    relay, _ = relay_of(instance, channel, sweep_seconds=NEVER_SECONDS, pause=pause)
    instance.reads.orders["query"].extend([timed_out] * 3)
    with capture_logs() as logs:
        async with running(relay):
            await channel.until(lambda: channel.names(session_id) == PUBLISHED[:1])
    assert [line["outbox"] for line in logs] == ["TimeoutError"] * 3
    assert len(pauses) == 3
    assert pauses[2] >= 1


async def test_there_is_no_pause_while_only_drafts_in_trouble_fail(instance: Instance) -> None:
    bad, channel, pauses = await instance.admin.create(), RecordingChannel(), list[float]()
    channel.refuses = {bad}
    refused = f"{bad}#00000001"

    async def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) > 1:
            await asyncio.Event().wait()

    relay, _ = relay_of(instance, channel, sweep_seconds=NEVER_SECONDS, pause=pause)
    relay.nudge(bad)
    async with running(relay):
        await channel.until(lambda: channel.tried[refused] == 2)
        await instance.admin.add_product(bad)
        relay.nudge(bad)
        another = await instance.admin.create()
        relay.nudge(another)
        await channel.until(lambda: channel.names(another) == PUBLISHED[:1])
    assert channel.tried[refused] == 2
    assert len(pauses) == 1
    assert 0.25 <= pauses[0] <= 0.5


async def test_drafts_written_beyond_a_bound_in_a_long_outage_are_left_to_the_sweep(
    instance: Instance,
) -> None:
    channel, looks = RecordingChannel(), Counter[str]()

    class Empty:
        """An outbox whose events others have published."""

        async def query(self, **request: Any) -> dict[str, list[object]]:
            looks[request["ExpressionAttributeValues"][":draft"]["S"]] += 1
            return {"Items": []}

    relay, _ = relay_of(instance, channel, client=Empty())
    for number in range(MOST_WRITTEN + 10):
        relay.nudge(str(number))
    assert await relay.publish_all(sweep=False)
    assert len(looks) == looks.total() == MOST_WRITTEN
    relay.nudge("the next")
    assert await relay.publish_all(sweep=False)
    assert looks["the next#"] == 1


async def test_a_bug_in_a_channel_ends_the_orchestrator(instance: Instance) -> None:
    left = await drafts(instance, 3)
    instance.clock.now += LEFT_BEHIND_MILLISECONDS

    async def mistaken(event: StoredEvent) -> None:
        if event.reference == left[1]:
            raise KeyError(event.name)

    relay, _ = relay_of(instance, mistaken)
    engine = replace(instance.engine, relay=relay)
    with pytest.raises(ExceptionGroup) as raised:
        async with asyncio.timeout(20):
            await engine.run(asyncio.Event())
    assert raised.group_contains(KeyError)
    assert left[1] in {event.reference for event in await waiting(instance)}
