"""Announcements on an SNS topic, as a queue behind it sees them."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from botocore.exceptions import ClientError

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.aws.errors import Failure
from assembly_service.domain import exact_json
from assembly_service.domain.product import Announcement, Product
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.notification.clients import python_client
from tests.notification.support import Instance, Table, product, running_instance

THEN = 1_795_000_000_000


@dataclass(frozen=True, kw_only=True)
class Topic:
    """A topic with one queue behind it."""

    clients: Clients
    arn: str
    queue_url: str

    async def messages(self, count: int) -> dict[str, dict[str, Any]]:
        """Exactly so many envelopes, by video."""
        found: list[dict[str, Any]] = []
        while len(found) < count:
            answer = await self.clients.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=5
            )
            assert "Messages" in answer
            found += [json.loads(message["Body"]) for message in answer["Messages"]]
        by_video = {message["MessageAttributes"]["videoId"]["Value"]: message for message in found}
        assert len(by_video) == len(found) == count
        return by_video


@pytest_asyncio.fixture
async def topic(settings: Settings) -> AsyncIterator[Topic]:
    async with open_clients(settings, Metrics()) as clients:
        queue = await clients.sqs.create_queue(QueueName="downstream")
        attributes = await clients.sqs.get_queue_attributes(
            QueueUrl=queue["QueueUrl"], AttributeNames=["QueueArn"]
        )
        created = await clients.sns.create_topic(Name="announced")
        await clients.sns.subscribe(
            TopicArn=created["TopicArn"],
            Protocol="sqs",
            Endpoint=attributes["Attributes"]["QueueArn"],
        )
        yield Topic(clients=clients, arn=created["TopicArn"], queue_url=queue["QueueUrl"])


@pytest_asyncio.fixture
async def instance(topic: Topic, settings: Settings) -> AsyncIterator[Instance]:
    named = settings.model_copy(update={"sns_new_product_topic_arn": topic.arn})
    async with running_instance(
        settings=named, changed_since=Table().changed_since, sns=topic.clients.sns
    ) as running:
        yield running


async def test_each_announcement_carries_subject_attributes_and_the_event(
    topic: Topic, instance: Instance
) -> None:
    new = product("v1", updated_at=THEN)
    updated = product("v2", updated_at=THEN + 5, created_at=THEN)
    assert await instance.announce(new, updated) == {}
    messages = await topic.messages(2)
    for shown, subject, event_type in [
        (new, "New Product Available", "new_product"),
        (updated, "Product Updated", "product_updated"),
    ]:
        message = messages[shown.key.video_id]
        assert message["Subject"] == subject
        attributes = {
            name: attribute["Value"] for name, attribute in message["MessageAttributes"].items()
        }
        assert attributes == {
            "eventType": event_type,
            "sellerHandle": "amani",
            "videoId": shown.key.video_id,
            "correlationId": "c-1",
        }
        event = exact_json.loads(message["Message"])
        assert event["event_type"] == event_type
        assert event["product"] == shown.shown()


async def test_many_announcements_all_arrive_in_batches_that_aws_accepts(
    topic: Topic, instance: Instance
) -> None:
    batches: list[list[dict[str, Any]]] = []

    def record(params: dict[str, Any], **_: object) -> None:
        batches.append(params["PublishBatchRequestEntries"])

    topic.clients.sns.meta.events.register("provide-client-params.sns.PublishBatch", record)
    large = [product(f"large-{number}", padding=100_000) for number in range(5)]
    small = [product(f"small-{number}") for number in range(23)]
    assert await instance.announce(*large, *small) == {}
    assert len(await topic.messages(28)) == 28
    for batch in batches:
        assert len(batch) <= 10
        assert sum(len(entry["Message"].encode()) for entry in batch) < 256 * 1024
    assert instance.metric("announcements_total", event_type="new_product") == 28


async def test_a_product_too_big_for_the_topic_is_announced_by_its_keys(
    topic: Topic, instance: Instance
) -> None:
    assert await instance.announce(product("v1", padding=300_000)) == {}
    event = json.loads((await topic.messages(1))["v1"]["Message"])
    assert event.pop("timestamp").endswith("Z")
    assert event == {
        "seller_handle": "amani",
        "video_id": "v1",
        "event_type": "new_product",
        "truncated": True,
    }


@pytest.mark.parametrize("correlation_id", ["", "bell \a", "\uffff"])
async def test_a_correlation_id_that_is_invalid_in_an_attribute_is_left_out(
    topic: Topic, instance: Instance, correlation_id: str
) -> None:
    announcement = Announcement(product=product("v1"), correlation_id=correlation_id)
    assert await instance.notification.announcer.announce([announcement]) == {}
    assert "correlationId" not in (await topic.messages(1))["v1"]["MessageAttributes"]


async def test_what_the_topic_refuses_is_reported_and_counted_as_its_failure_but_still_pushed(
    topic: Topic, instance: Instance
) -> None:
    await topic.clients.sns.delete_topic(TopicArn=topic.arn)
    async with python_client(instance) as client:
        await client.subscribe("amani")
        lost: list[Product] = [product(f"v{number}") for number in range(12)]
        assert await instance.announce(*lost) == {shown.key: Failure.CALL for shown in lost}
        await client.record.first("new_product", count=12)
    assert instance.metric("announcements_total", event_type="new_product") == 0
    assert instance.metric("topic_failures_total", topic="products") == 12
    assert instance.metric("topic_failures_total", topic="draft_events") == 0


async def test_what_was_pushed_before_is_published_and_not_pushed_again(
    topic: Topic, instance: Instance
) -> None:
    first, second = product("v1"), product("v2")
    async with python_client(instance) as client:
        await client.subscribe("amani")
        announcements = [
            Announcement(first, "c-1", pushed=True),
            Announcement(second, "c-2"),
        ]
        assert await instance.notification.announcer.announce(announcements) == {}
        await client.record.first("new_product")
        pushed = [push["product"]["video_id"] for push in client.record.of("new_product")]
    assert pushed == ["v2"]
    assert (await topic.messages(2)).keys() == {"v1", "v2"}


async def test_a_batch_that_is_throttled_whole_is_split_by_seller(
    topic: Topic, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    publish = topic.clients.sns.publish_batch

    async def throttled(**call: Any) -> Any:
        if "hot" in str(call):
            raise ClientError({"Error": {"Code": "Throttled"}}, "PublishBatch")
        return await publish(**call)

    monkeypatch.setattr(topic.clients.sns, "publish_batch", throttled)
    hot = [product(f"h{number}", seller_handle="hot") for number in range(2)]
    unpublished = await instance.announce(product("v1"), *hot, product("v2"))
    assert unpublished == {each.key: Failure.ITEM for each in hot}
    assert (await topic.messages(2)).keys() == {"v1", "v2"}
