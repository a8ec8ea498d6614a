"""Delivery as users see it: processes, commands, and the client that browsers run."""

import json
import re

import aiohttp
import pytest

from assembly_service.domain import exact_json
from assembly_service.domain.exact_json import Value
from assembly_service.domain.product import HalfKind, ProductKey
from tests.cli.runs import bare_environment
from tests.harness.engine import Account
from tests.harness.pipeline import (
    SAMPLES,
    Pipeline,
    assert_equal_by_value,
    key_of,
    sample_events,
)
from tests.system.acceptance.processes import run_command, serving, stock_client

CAPTIONS, THUMBNAILS = SAMPLES / "captions.jsonl", SAMPLES / "thumbnails.jsonl"
SEND_ALL = ("send", "--captions", str(CAPTIONS), "--thumbnails", str(THUMBNAILS))

Pairs = dict[ProductKey, tuple[dict[str, Value], dict[str, Value]]]


@pytest.fixture
def pairs() -> Pairs:
    """The events of all sample videos, by key."""
    halves = (sample_events(kind, 300) for kind in HalfKind)
    return {
        key_of(caption): (caption, thumbnail) for caption, thumbnail in zip(*halves, strict=True)
    }


@pytest.fixture
def environment(aws: Account) -> dict[str, str]:
    """The environment of a process on the fresh account."""
    return bare_environment(**aws.environment, **aws.credentials, SQS_WAIT_SECONDS="1")


def sellers_of(pairs: Pairs) -> list[str]:
    return sorted({key.seller_handle for key in pairs})


async def assert_delivered(account: Pipeline, pairs: Pairs) -> None:
    """Check for exactly the expected products, equal by value, and nothing left over."""
    products = await account.products()
    assert products.keys() == pairs.keys()
    for key, events in pairs.items():
        assert_equal_by_value(products[key], *events)
    assert await account.messages_left() == 0
    assert await account.staged() == []
    for kind in HalfKind:
        assert await account.dead_letters(kind) == []


def assert_heard(heard: dict[str, dict[str, Value]], pairs: Pairs) -> None:
    for key, events in pairs.items():
        for event in events:
            expected = {name: value for name, value in event.items() if name != "timestamp"}
            assert expected.items() <= heard[key.video_id].items()


async def test_300_videos_shuffled_with_duplicates_reach_a_stock_client_exactly(
    account: Pipeline, environment: dict[str, str], pairs: Pairs
) -> None:
    async with (
        serving(environment) as service,
        stock_client(service.url, sellers_of(pairs)) as client,
    ):
        await run_command(environment, *SEND_ALL, "--shuffle", "--duplicates", "0.2")
        await client.until_heard_of(300)
        await account.drained()
    await assert_delivered(account, pairs)
    assert_heard(client.products, pairs)


async def test_with_two_instances_and_valkey_a_client_of_either_gets_every_product(
    account: Pipeline, environment: dict[str, str], pairs: Pairs, valkey: str
) -> None:
    environment["SOCKETIO_REDIS_URL"] = valkey
    async with (
        serving(environment) as one,
        serving(environment) as other,
        stock_client(one.url, sellers_of(pairs)) as client_of_one,
        stock_client(other.url, sellers_of(pairs)) as client_of_other,
    ):
        await run_command(environment, *SEND_ALL, "--shuffle", "--duplicates", "0.2")
        await client_of_one.until_heard_of(300)
        await client_of_other.until_heard_of(300)
        await account.drained()
    await assert_delivered(account, pairs)
    for client in (client_of_one, client_of_other):
        assert_heard(client.products, pairs)
    for instance in (one, other):
        assert any(line["event"] == "message_handled" for line in instance.lines)


async def test_events_published_on_the_topics_arrive(
    account: Pipeline, environment: dict[str, str], pairs: Pairs
) -> None:
    async with serving(environment):
        await run_command(environment, *SEND_ALL, "--sns")
        await account.drained()
    await assert_delivered(account, pairs)


async def test_sns_envelopes_on_the_queues_become_their_20_products(
    account: Pipeline, environment: dict[str, str], pairs: Pairs
) -> None:
    first_20 = dict(list(pairs.items())[:20])
    async with serving(environment):
        await run_command(environment, "send", "--raw", str(SAMPLES / "sns-envelopes.jsonl"))
        await account.drained()
    await assert_delivered(account, first_20)


async def test_invalid_messages_are_quarantined_while_valid_ones_are_assembled(
    account: Pipeline, environment: dict[str, str], pairs: Pairs
) -> None:
    invalid = [json.loads(line) for line in (SAMPLES / "invalid.jsonl").read_text().splitlines()]
    async with serving(environment):
        await run_command(environment, "send", "--raw", str(SAMPLES / "invalid.jsonl"))
        await run_command(environment, *SEND_ALL)
        await account.drained()
    assert (await account.products()).keys() == pairs.keys()
    for kind in HalfKind:
        dead = await account.dead_letters(kind)
        reasons = [(m["Body"], m["MessageAttributes"]["reason"]["StringValue"]) for m in dead]
        expected = [(s["body"], s["reason"]) for s in invalid if s["queue"] == kind.value]
        assert sorted(reasons) == sorted(expected)


async def test_the_shop_is_served_with_exact_numbers_and_metrics_and_health_agree(
    account: Pipeline, environment: dict[str, str], pairs: Pairs
) -> None:
    async with serving(environment) as service, aiohttp.ClientSession(service.url) as http:
        await run_command(environment, *SEND_ALL)
        await account.drained()
        seller = sellers_of(pairs)[0]
        async with http.get(f"/api/v1/shop/{seller}/products", params={"limit": 50}) as answer:
            shop = exact_json.loads(await answer.text())
        for product in shop["products"]:
            caption, _ = pairs[key_of(product)]
            assert product["price"] == caption["price"]
        async with http.get("/health/ready") as answer:
            assert answer.status == 200, await answer.text()
        async with http.get("/metrics") as answer:
            metrics = await answer.text()
        announced = re.search(r'announcements_total\{event_type="new_product"\} (\S+)', metrics)
        assert announced is not None
        assert float(announced[1]) >= 300
        assert 'assembly_seconds_since_last_receive{queue="caption"}' in metrics
        assert "assembly_time_to_announcement_seconds_count" in metrics
