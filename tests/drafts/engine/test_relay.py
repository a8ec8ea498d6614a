"""The relay publishes every event at least once, and those of a draft in order."""

import json
import math
import time
from typing import Any
from unittest.mock import Mock

import pytest
from prometheus_client import Counter
from structlog.testing import capture_logs

from assembly_service.aws.clients import Clients
from assembly_service.drafts.engine.channels import to_topic
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.engine.relays import (
    LEFT_BEHIND_MILLISECONDS,
    PRODUCT_DRAFTS,
    WAITING,
    WAITING_AGE,
    RecordingChannel,
    relay_of,
    waiting,
)
from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    Instance,
)
from tests.harness.drafts import (
    timed_out,
)

STEPS = ["session.created", "product.added", "target.configured", "commit.started"]
ALL = [*STEPS, "commit.success"]
FAILURES = Counter("failures", "Not read.", registry=None)


async def committed(instance: Instance, code: str = "CODE-1") -> str:
    session_id = await instance.admin.draft_with_product(productCode=code)
    await instance.admin.configure_target(session_id, osot_province=[1])
    answer = await instance.admin.commit(session_id)
    assert answer.body["success"], answer
    return session_id


async def test_events_written_here_are_published_once_in_order(instance: Instance) -> None:
    session_id, channel = await committed(instance), RecordingChannel()
    relay, _ = relay_of(instance, channel)
    relay.nudge(session_id)
    assert await relay.publish_all(sweep=False)
    assert channel.names(session_id) == ALL
    assert await waiting(instance) == []
    relay.nudge(session_id)
    assert await relay.publish_all(sweep=True)
    assert len(channel.received) == len(ALL)


async def test_a_failing_channel_loses_no_event_and_no_order(instance: Instance) -> None:
    session_id, channel = await committed(instance), RecordingChannel(failures=3)
    relay, _ = relay_of(instance, channel)
    relay.nudge(session_id)
    assert [await relay.publish_all(sweep=True) for _ in range(4)] == [False, False, False, True]
    assert channel.names(session_id) == ALL


async def test_a_published_event_that_was_not_cleared_is_published_again_with_the_same_id(
    instance: Instance,
) -> None:
    session_id, channel = await committed(instance), RecordingChannel()
    relay, _ = relay_of(instance, channel)
    instance.reads.orders["batch_write_item"].append(timed_out)
    relay.nudge(session_id)
    assert not await relay.publish_all(sweep=False)
    assert await relay.publish_all(sweep=True)
    assert channel.names(session_id) == [*ALL, *ALL]
    ids = [event.event_id for event in channel.received]
    assert ids == ids[: len(ALL)] * 2
    assert len(set(ids)) == len(ALL)


async def test_events_of_a_dead_instance_are_published_by_the_sweep_of_another(
    instance: Instance,
) -> None:
    session_id, channel = await committed(instance), RecordingChannel()
    relay, _ = relay_of(instance, channel)
    assert await relay.publish_all(sweep=True)
    assert channel.received == []  # its own instance may be publishing it
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    assert await relay.publish_all(sweep=True)
    assert channel.names(session_id) == ALL
    assert await waiting(instance) == []


async def test_a_sweep_publishes_a_draft_from_its_oldest_event_on_or_not_at_all(
    instance: Instance,
) -> None:
    channel = RecordingChannel()
    relay, _ = relay_of(instance, channel)
    session_id = await instance.admin.create()
    instance.clock.now += LEFT_BEHIND_MILLISECONDS
    await instance.admin.add_product(session_id)
    other = await instance.admin.create()
    assert await relay.publish_all(sweep=True)
    assert channel.names(session_id) == STEPS[:2]
    assert channel.names(other) == []


async def test_the_age_of_unpublished_events_shows_while_a_channel_fails(
    instance: Instance,
) -> None:
    await instance.admin.create()
    instance.clock.now += 1_000_000
    relay, registry = relay_of(instance, RecordingChannel(failures=1))
    assert not await relay.publish_all(sweep=True)
    assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 1_000
    assert await relay.publish_all(sweep=True)
    assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == 0


async def test_how_long_ago_the_outbox_was_read_shows(
    instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay, registry = relay_of(instance, RecordingChannel(failures=1))
    relay._metrics.add_system(**PRODUCT_DRAFTS, commit_step="commit")

    def age() -> float:
        return registry.get_sample_value(WAITING_AGE, PRODUCT_DRAFTS) or 0

    monkeypatch.setattr(relay.outbox, "waiting", Mock(side_effect=TimeoutError))
    assert not await relay.publish_all(sweep=True)
    assert age() == math.inf
    monkeypatch.undo()
    # It is empty, then has an event that cannot be published.
    for waits in (0, 1_000):
        began = time.monotonic()
        assert await relay.publish_all(sweep=True) is not bool(waits)
        assert 0 < age() <= time.monotonic() - began
        assert registry.get_sample_value(WAITING, PRODUCT_DRAFTS) == waits
        await instance.admin.create()
        instance.clock.now += 1_000_000


async def test_the_outbox_holds_events_of_drafts_and_nothing_else(instance: Instance) -> None:
    session_id = await committed(instance)
    taken = await instance.admin.draft_with_product(productCode="CODE-2")
    # The code is taken between the two reads of the loser.
    await instance.admin.call("POST", PRODUCTS, {**PRODUCT, "productCode": "CODE-2"})
    assert not (await instance.admin.commit(taken)).body["success"]
    left = await instance.admin.create()
    instance.clock.now += 7_200_000
    await instance.admin.progress(left)
    events = [event for each in (session_id, taken, left) for event in await instance.events(each)]
    published = {
        event["event"].removeprefix("product-orchestrator."): set(event) - {"event"}
        for event in events
    }
    always = {"sessionId", "timestamp", "operationId"}
    assert published == {
        "session.created": always | {"userId"},
        "product.added": always | {"productCode"},
        "target.configured": always | {"productCode", "targetFieldsCount"},
        "commit.started": always | {"productCode"},
        "commit.success": always | {"productGuid", "targetGuid", "productCode"},
        "commit.failed": always | {"productCode", "errors"},
        "session.expired": always,
    }


async def test_an_event_that_the_topic_refused_is_counted_and_logged_once_when_it_is_published(
    instance: Instance, clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(**_: object) -> None:
        raise TimeoutError

    session_id, relay = await instance.admin.create(), instance.engine.relay
    relay.nudge(session_id)
    with monkeypatch.context() as patch, capture_logs() as logs:
        patch.setattr(clients.sns, "publish", down)
        assert not await relay.publish_all(sweep=True)
        assert not await relay.publish_all(sweep=True)
    assert [line["event"] for line in logs] == ["draft_events_not_published"] * 2
    failures = {"topic": "draft_events"}
    assert instance.registry.get_sample_value("assembly_topic_failures_total", failures) == 2
    with capture_logs() as logs:
        assert await relay.publish_all(sweep=True)
    assert [line["event"] for line in logs] == ["domain_event"]


@pytest.mark.parametrize("is_fifo", [True, False])
async def test_a_topic_gets_each_event_with_its_name_and_id_and_a_fifo_topic_its_order_too(
    instance: Instance,
    clients: Clients,
    orchestrator_settings: ProductDraftSettings,
    is_fifo: bool,
) -> None:
    topic = orchestrator_settings.sns_draft_events_topic_arn
    assert topic is not None
    if not is_fifo:
        topic = (await clients.sns.create_topic(Name="standard"))["TopicArn"]
    sent: list[dict[str, object]] = []
    publish = clients.sns.publish

    class Noting:
        async def publish(self, **arguments: object) -> object:
            sent.append(arguments)
            return await publish(**arguments)

    session_id = await committed(instance)
    relay, _ = relay_of(instance, to_topic(Noting(), topic, failures=FAILURES))
    relay.nudge(session_id)
    assert await relay.publish_all(sweep=False)
    assert [json.loads(str(each["Message"]))["sessionId"] for each in sent] == [session_id] * 5
    grouped = [(each.get("MessageGroupId"), each.get("MessageDeduplicationId")) for each in sent]
    events = [f"{session_id}#{number:08d}" for number in (1, 2, 3, 4)] + [f"{session_id}#~"]
    assert grouped == [(session_id, event) if is_fifo else (None, None) for event in events]


async def test_what_was_written_here_alone_is_published_without_being_read(
    instance: Instance,
) -> None:
    session_id = await committed(instance)
    instance.reads.called.clear()
    with capture_logs() as lines:
        assert await instance.engine.relay.publish_all(sweep=False)
    named = [line["name"] for line in lines if line["event"] == "domain_event"]
    assert [name.partition(".")[2] for name in named] == ALL
    assert dict(instance.reads.called) == {"batch_write_item": 1}
    assert await instance.events(session_id) == []


async def test_an_event_that_another_instance_wrote_comes_before_the_next_one_written_here(
    instance: Instance, second: Instance
) -> None:
    session_id = await instance.admin.draft_with_product()
    await second.admin.configure_target(session_id)
    assert (await instance.admin.commit(session_id)).body["success"]
    with capture_logs() as lines:
        assert await instance.engine.relay.publish_all(sweep=False)
    named = [line["name"] for line in lines if line["event"] == "domain_event"]
    assert [name.partition(".")[2] for name in named] == ALL


async def test_events_that_the_store_did_not_delete_are_published_again_in_order(
    instance: Instance,
) -> None:
    async def not_processed(_: object) -> dict[str, Any]:
        return {"UnprocessedItems": {"the table": ["all"]}}

    session_id = await instance.admin.draft_with_product()
    instance.reads.orders["batch_write_item"].append(not_processed)
    assert await instance.engine.relay.publish_all(sweep=False)
    assert await instance.event_names(session_id) == ALL[:2]
    await instance.admin.configure_target(session_id)
    with capture_logs() as lines:
        assert await instance.engine.relay.publish_all(sweep=False)
    named = [line["name"] for line in lines if line["event"] == "domain_event"]
    assert [name.partition(".")[2] for name in named] == ALL[:3]
    assert await instance.events(session_id) == []
