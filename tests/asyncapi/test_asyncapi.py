"""The AsyncAPI document is up to date, valid, and true of what is really sent."""

import json
from collections.abc import Iterator
from typing import Any

import aiohttp
import pytest
from jsonschema import Draft7Validator

from assembly_service.asyncapi import asyncapi_document
from assembly_service.domain.product import Announcement
from assembly_service.notification.rooms import ResyncReason, resync
from assembly_service.notification.sns import SnsPublisher
from tests.asyncapi.document import FILE, text
from tests.cli.runs import SAMPLES
from tests.harness.senders import SENDER
from tests.notification.clients import python_client
from tests.notification.support import CLIENTS, Table, product, running_instance

SPECIFICATION = CLIENTS / "typescript/node_modules/@asyncapi/specs/schemas/3.0.0.json"
DOCUMENT = asyncapi_document()
THEN = 1_795_000_000_000
STAMP = "2026-11-29T12:00:00.000Z"


def _mistakes(message: str, payload: Any) -> list[str]:
    """What of a message is not as the document says."""
    schema = {"components": DOCUMENT["components"]}
    described = DOCUMENT["components"]["messages"][message]["payload"]
    return [error.message for error in Draft7Validator(schema | described).iter_errors(payload)]


def _references(node: Any) -> Iterator[str]:
    for name, child in node.items() if isinstance(node, dict) else enumerate(node):
        if name == "$ref":
            yield child
        elif isinstance(child, dict | list):
            yield from _references(child)


def test_the_file_is_the_document() -> None:
    assert FILE.read_text(encoding="utf-8") == text(), "Run 'make asyncapi'."


def test_the_document_is_valid_asyncapi() -> None:
    if not SPECIFICATION.is_file():
        pytest.fail("The specification is missing: run 'make test', or 'npm ci' in its directory.")
    validator = Draft7Validator(json.loads(SPECIFICATION.read_text()))
    assert [error.message for error in validator.iter_errors(DOCUMENT)] == []
    assert not validator.is_valid(DOCUMENT | {"channels": {"broken": {"messages": 1}}})


def test_every_reference_leads_somewhere() -> None:
    for reference in _references(DOCUMENT):
        node = DOCUMENT
        for step in reference.removeprefix("#/").split("/"):
            assert step in node, reference
            node = node[step]


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("captions.jsonl", "CaptionParsed"),
        ("thumbnails.jsonl", "ThumbnailGenerated"),
        ("sns-envelopes.jsonl", "SnsNotification"),
    ],
)
def test_samples_are_as_described(name: str, message: str) -> None:
    for line in (SAMPLES / name).read_text(encoding="utf-8").splitlines()[::20]:
        assert _mistakes(message, json.loads(line)) == []
        assert _mistakes(message, {})


async def test_what_sockets_and_streams_are_sent_is_as_described() -> None:
    table = Table(product("v1", updated_at=THEN))
    async with (
        running_instance(changed_since=table.changed_since, newest=table.newest) as instance,
        python_client(instance) as client,
    ):
        await client.emit("subscribe_to_seller", {"seller_handle": "amani", "snapshot": 1})
        await client.record.first("subscribed")
        await client.call("subscribe_to_seller", {"seller_handle": 5})
        await client.call("get_subscription_status")
        await instance.announce(product("v1"), product("v2", created_at=THEN))
        reload = resync("amani", ResyncReason.TOO_MANY_CHANGES, STAMP)
        await instance.notification._rooms.push([reload])
        await client.record.first("resync")
        await client.call("unsubscribe", {"seller_handle": "amani"})
        for event, payload in client.record.happenings:
            assert _mistakes(event, payload) == []
            assert event in DOCUMENT["channels"]["products"]["messages"]
        seen = {event for event, _ in client.record.happenings}
        received = {"subscribe_to_seller", "unsubscribe", "get_subscription_status"}
        assert seen | received == DOCUMENT["channels"]["products"]["messages"].keys()
        await _check_stream(instance.url)


async def _check_stream(url: str) -> None:
    channel = DOCUMENT["channels"]["sellerEvents"]
    path = channel["address"].format(handle="amani")
    async with aiohttp.ClientSession(url) as session, session.get(f"{path}?snapshot=1") as stream:
        lines: list[str] = []
        while not lines or not lines[-1].startswith("data: "):
            lines.append((await stream.content.readline()).decode())
    [event] = [line[7:-1] for line in lines if line.startswith("event: ")]
    assert event == "subscribed"
    assert event in channel["messages"]
    assert _mistakes(event, json.loads(lines[-1][6:])) == []


def test_requests_that_the_service_refuses_are_described_as_wrong() -> None:
    right: list[Any] = [{"seller_handle": "a", **more} for more in ({}, {"snapshot": 50})]
    wrong: list[Any] = [{}, None, *({"seller_handle": "a", "snapshot": n} for n in (0, 51, "1"))]
    assert [_mistakes("subscribe_to_seller", request) for request in right] == [[], []]
    assert all(_mistakes("subscribe_to_seller", request) for request in wrong)


class _Topic:
    """Keeps what is published."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    async def publish_batch(self, **request: Any) -> dict[str, Any]:
        self.entries += request["PublishBatchRequestEntries"]
        return {}


async def test_what_the_topic_gets_is_as_described() -> None:
    topic = _Topic()
    products = [product("v1"), product("v2", created_at=THEN), product("v3", padding=300_000)]
    await SnsPublisher(sns=topic, topic_arn="arn").publish(
        [
            Announcement(product=each, correlation_id="c-1", trace_context=SENDER)
            for each in products
        ],
        STAMP,
    )
    messages = [json.loads(entry["Message"]) for entry in topic.entries]
    assert [_mistakes("ProductAnnouncement", message) for message in messages] == [[], [], []]
    assert ["truncated" in message for message in messages] == [False, False, True]
    headers = DOCUMENT["components"]["messages"]["ProductAnnouncement"]["headers"]["properties"]
    assert {name for entry in topic.entries for name in entry["MessageAttributes"]} == set(headers)
