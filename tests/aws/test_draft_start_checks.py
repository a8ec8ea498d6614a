"""Unsuitable tables of the drafts are reported in one sentence that says what to do."""

from typing import Any

import boto3
import pytest
from structlog.testing import capture_logs

from assembly_service.aws.clients import Clients
from assembly_service.aws.start_checks import check_draft_tables, check_topic
from assembly_service.aws.start_errors import CannotStart
from assembly_service.settings.drafts import ProductDraftSettings
from assembly_service.settings.service import Settings
from tests.harness.engine import Account

ANEW = "create it anew from infra/template.yaml."


@pytest.fixture
def drafts(aws: Account) -> ProductDraftSettings:
    return ProductDraftSettings.model_validate({**aws.environment, "JWT_SECRET": "secret" * 6})


@pytest.fixture
def dynamodb(settings: Settings) -> Any:
    return boto3.Session().client(
        "dynamodb", region_name=settings.aws_region, endpoint_url=settings.aws_endpoint_url
    )


async def refusal(clients: Clients, drafts: ProductDraftSettings, **changes: object) -> str:
    with pytest.raises(CannotStart) as caught:
        await check_draft_tables(clients, drafts.model_copy(update=changes))
    return str(caught.value)


def schema(**attributes: str) -> list[dict[str, str]]:
    kinds = ("HASH", "RANGE")
    return [
        {"AttributeName": name, "KeyType": kind}
        for name, kind in zip(attributes, kinds, strict=True)
    ]


def make_table(
    dynamodb: Any,
    name: str,
    keys: dict[str, str],
    index: dict[str, str] | None = None,
    projection: str = "KEYS_ONLY",
) -> None:
    """Attributes by name with their type, the partition key first."""
    by_expiry = {
        "IndexName": "by_expiry",
        "KeySchema": schema(**index or {}) if index else [],
        "Projection": {"ProjectionType": projection},
    }
    dynamodb.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": attribute, "AttributeType": kind}
            for attribute, kind in {**keys, **(index or {})}.items()
        ],
        KeySchema=schema(**keys),
        **({"GlobalSecondaryIndexes": [by_expiry]} if index else {}),
    )


async def test_the_tables_of_the_template_pass_without_a_warning(
    clients: Clients, drafts: ProductDraftSettings
) -> None:
    with capture_logs() as logs:
        await check_draft_tables(clients, drafts)
    assert logs == []


@pytest.mark.parametrize("field", ["dynamodb_drafts_table", "dynamodb_records_table"])
async def test_a_missing_table_is_named_with_its_setting(
    clients: Clients, drafts: ProductDraftSettings, field: str
) -> None:
    assert await refusal(clients, drafts, **{field: "no-such-table"}) == (
        f"Table no-such-table does not exist: correct {field.upper()}, or create it with "
        "`assembly-service provision`."
    )


@pytest.mark.parametrize("field", ["dynamodb_drafts_table", "dynamodb_records_table"])
async def test_a_table_with_another_key_is_refused(
    clients: Clients, drafts: ProductDraftSettings, settings: Settings, field: str
) -> None:
    products = settings.dynamodb_products_table
    assert await refusal(clients, drafts, **{field: products}) == (
        f"Table {products} has the key seller_handle, video_id instead of pk, sk: {ANEW}"
    )


@pytest.mark.parametrize("field", ["dynamodb_drafts_table", "dynamodb_records_table"])
async def test_a_key_of_another_type_is_refused(
    clients: Clients, drafts: ProductDraftSettings, dynamodb: Any, field: str
) -> None:
    make_table(dynamodb, "numbers", {"pk": "S", "sk": "N"})
    assert await refusal(clients, drafts, **{field: "numbers"}) == (
        f"Table numbers has sk of type N in a key instead of S: {ANEW}"
    )


@pytest.mark.parametrize("index", [None, {"lifecycle": "S", "ttl": "N"}])
async def test_drafts_that_cannot_be_found_by_their_expiry_are_refused(
    clients: Clients, drafts: ProductDraftSettings, dynamodb: Any, index: dict[str, str] | None
) -> None:
    make_table(dynamodb, "plain", {"pk": "S", "sk": "S"}, index)
    assert await refusal(clients, drafts, dynamodb_drafts_table="plain") == (
        "Table plain has no global index by_expiry on lifecycle and expires_at: "
        "add it, or create the table anew from infra/template.yaml."
    )


async def test_an_expiry_that_is_not_a_number_is_refused(
    clients: Clients, drafts: ProductDraftSettings, dynamodb: Any
) -> None:
    index = {"lifecycle": "S", "expires_at": "S"}
    make_table(dynamodb, "text", {"pk": "S", "sk": "S"}, index)
    assert await refusal(clients, drafts, dynamodb_drafts_table="text") == (
        f"Table text has expires_at of type S in a key instead of N: {ANEW}"
    )


async def test_drafts_without_time_to_live_are_refused(
    clients: Clients, drafts: ProductDraftSettings, dynamodb: Any
) -> None:
    index = {"lifecycle": "S", "expires_at": "N"}
    make_table(dynamodb, "eternal", {"pk": "S", "sk": "S"}, index)
    assert await refusal(clients, drafts, dynamodb_drafts_table="eternal") == (
        "Table eternal has no time to live on its attribute ttl, so expired drafts would stay "
        "forever: switch it on, or create the table from infra/template.yaml."
    )


async def test_an_index_that_costs_more_is_warned_about(
    clients: Clients, drafts: ProductDraftSettings, dynamodb: Any
) -> None:
    index = {"lifecycle": "S", "expires_at": "N"}
    make_table(dynamodb, "dear", {"pk": "S", "sk": "S"}, index, projection="ALL")
    dynamodb.update_time_to_live(
        TableName="dear", TimeToLiveSpecification={"AttributeName": "ttl", "Enabled": True}
    )
    with capture_logs() as logs:
        await check_draft_tables(
            clients, drafts.model_copy(update={"dynamodb_drafts_table": "dear"})
        )
    assert [(line["event"], line["projection"]) for line in logs] == [
        ("index_not_keys_only", "ALL")
    ]


async def test_a_missing_topic_is_named_with_its_setting(
    clients: Clients, drafts: ProductDraftSettings
) -> None:
    arn = str(drafts.sns_draft_events_topic_arn)
    await check_topic(clients, arn, setting="SNS_DRAFT_EVENTS_TOPIC_ARN")
    gone = arn.replace("draft-events", "gone")
    with pytest.raises(CannotStart) as caught:
        await check_topic(clients, gone, setting="SNS_DRAFT_EVENTS_TOPIC_ARN")
    assert str(caught.value) == (
        f"Topic {gone} does not exist: correct SNS_DRAFT_EVENTS_TOPIC_ARN or leave it empty."
    )
