"""The body of an event has its type and id, in the log and on the topic."""

import json

from jsonschema import Draft7Validator
from prometheus_client import Counter
from structlog.testing import capture_logs

from assembly_service.asyncapi import asyncapi_document
from assembly_service.drafts.engine.channels import to_topic
from tests.drafts.product.support import (
    Caller,
    Instance,
)
from tests.harness.draft_topic import Topic


async def test_the_body_on_the_topic_has_type_and_id(instance: Instance, admin: Caller) -> None:
    session_id = await admin.draft_with_product()
    topic = Topic()
    arn = "arn:aws:sns:eu-west-1:1:draft-events.fifo"
    publish = to_topic(topic, arn, failures=Counter("failures", "Not read.", registry=None))
    outbox = instance.engine.relay.outbox
    for _ in range(2):
        async for page in outbox.waiting(session_id):
            for event in page:
                await publish(event)
    assert len(topic.events) == 2
    described = Draft7Validator(asyncapi_document()["components"]["schemas"]["DraftEvent"])
    for event_id, (name, message) in topic.events.items():
        body = json.loads(message)
        assert (body["eventType"], body["eventId"]) == (name, event_id)
        assert (body["sessionId"], body["operationId"] != "") == (session_id, True)
        assert described.is_valid(body)


async def test_the_body_in_the_log_has_type_and_id(instance: Instance, admin: Caller) -> None:
    await admin.draft_with_product()
    with capture_logs() as lines:
        await instance.engine.relay.publish_all(sweep=False)
    published = [line for line in lines if line["event"] == "domain_event"]
    assert [line["name"].rpartition("orchestrator.")[2] for line in published] == [
        "session.created",
        "product.added",
    ]
    for line in published:
        payload = line["payload"]
        assert (payload["eventType"], payload["eventId"]) == (line["name"], line["event_id"])
