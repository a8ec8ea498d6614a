"""Checks queues, tables and topics before anything is started."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import structlog

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.aws.queue_descriptions import (
    DeadLetterQueueMissing,
    QueueDescription,
    dead_letter_source,
    describe_queue,
)
from assembly_service.aws.start_errors import CannotStart, ask, not_aws
from assembly_service.aws.table_indexes import EXPIRY_INDEX, UPDATED_AT_INDEX
from assembly_service.domain.product import HalfKind
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.drafts import DraftEngineSettings
from assembly_service.settings.masking import mask_urls
from assembly_service.settings.service import Settings

log = structlog.get_logger()

RECOMMENDED_RECEIVES = 400
"""Messages of a key in trouble are received about 200 times in two days."""
_USABLE = {"ACTIVE", "UPDATING"}
_WHAT_TO_DO_ABOUT = {
    "CREATING": "start again when it is ready",
    "DELETING": "create it anew with `assembly-service provision` when it is gone",
}


@asynccontextmanager
async def open_checked_clients(
    settings: Settings, metrics: Metrics
) -> AsyncIterator[tuple[Clients, str]]:
    """Open the clients and check all resources but the queues; close the clients at the end.

    Yields the ARN of the products table with them. Raises CannotStart.
    """
    async with AsyncExitStack() as opened:
        try:
            clients = await opened.enter_async_context(open_clients(settings, metrics))
        except Exception as error:
            raise CannotStart(
                f"AWS's client library refuses the settings ({error}): "
                "check AWS_REGION, AWS_ENDPOINT_URL, AWS_PROFILE and AWS_CA_BUNDLE."
            ) from error
        yield clients, await check_resources(clients, settings)


async def check_resources(clients: Clients, settings: Settings) -> str:
    """Check tables and topics, all but the queues; return the ARN of the products table.

    Raises CannotStart if one is missing or unsuitable.
    """
    products_table_arn = await check_tables(clients, settings)
    if (topic := settings.sns_new_product_topic_arn) is not None:
        await check_topic(clients, topic, setting="SNS_NEW_PRODUCT_TOPIC_ARN")
    if (drafts := settings.draft_engine) is not None:
        await check_draft_tables(clients, drafts)
        if (topic := drafts.sns_draft_events_topic_arn) is not None:
            await check_topic(clients, topic, setting="SNS_DRAFT_EVENTS_TOPIC_ARN")
    return products_table_arn


async def check_tables(clients: Clients, settings: Settings) -> str:
    """Check the tables that the role needs; return the ARN of the products table.

    Raises CannotStart if one is missing or unsuitable.
    """
    endpoint = settings.endpoint_url("dynamodb")
    products = settings.dynamodb_products_table
    described = await _describe_table(clients, products, "DYNAMODB_PRODUCTS_TABLE", endpoint)
    _check_key(described, products, ["seller_handle", "video_id"])
    _check_updated_at_index(described, products)
    products_table_arn = str(described["TableArn"])
    if settings.service_role == "web":
        return products_table_arn
    staging = settings.dynamodb_staging_table
    described = await _describe_table(clients, staging, "DYNAMODB_STAGING_TABLE", endpoint)
    _check_key(described, staging, ["video_id", "seller_handle"])
    await _check_time_to_live(clients, staging, "DYNAMODB_STAGING_TABLE", leftovers="orphans")
    return products_table_arn


async def check_draft_tables(clients: Clients, settings: DraftEngineSettings) -> None:
    """Raise CannotStart if a table of the drafts is missing or unsuitable."""
    drafts, records = settings.dynamodb_drafts_table, settings.dynamodb_records_table
    described = await _describe_table(clients, drafts, "DYNAMODB_DRAFTS_TABLE")
    _check_key(described, drafts, ["pk", "sk"])
    _check_expiry_index(described, drafts)
    await _check_time_to_live(clients, drafts, "DYNAMODB_DRAFTS_TABLE", leftovers="expired drafts")
    described = await _describe_table(clients, records, "DYNAMODB_RECORDS_TABLE")
    _check_key(described, records, ["pk", "sk"])


async def check_queues(clients: Clients, settings: Settings) -> dict[HalfKind, QueueDescription]:
    """Raise CannotStart if a queue is missing or unsuitable; warn about its redrive policy."""
    captions = await _check_queue(clients, settings, "SQS_CAPTION_ANALYSIS_QUEUE_URL")
    thumbnails = await _check_queue(clients, settings, "SQS_THUMBNAIL_GENERATION_QUEUE_URL")
    if captions.arn == thumbnails.arn:
        raise CannotStart(
            "SQS_CAPTION_ANALYSIS_QUEUE_URL and SQS_THUMBNAIL_GENERATION_QUEUE_URL name the same "
            "queue: give captions and thumbnails a queue each."
        )
    for setting, queue, other in (
        ("SQS_CAPTION_ANALYSIS_QUEUE_URL", captions, thumbnails),
        ("SQS_THUMBNAIL_GENERATION_QUEUE_URL", thumbnails, captions),
    ):
        if queue.arn == other.dead_letter_arn:
            raise CannotStart(_takes_dead_letters(setting, other.arn))
    return {HalfKind.CAPTION: captions, HalfKind.THUMBNAIL: thumbnails}


async def check_topic(clients: Clients, arn: str, *, setting: str) -> None:
    """Raise CannotStart if the topic that the setting names is missing."""
    await ask(
        clients.sns.get_topic_attributes(TopicArn=arn),
        name=f"Topic {arn}",
        setting=setting,
        missing=f"Topic {arn} does not exist: correct {setting} or leave it empty.",
    )


async def _check_queue(clients: Clients, settings: Settings, setting: str) -> QueueDescription:
    url = str(getattr(settings, setting.lower()))
    try:
        described = await ask(
            describe_queue(clients.sqs, url),
            endpoint=settings.endpoint_url("sqs"),
            name=f"Queue {url}",
            setting=setting,
        )
    except DeadLetterQueueMissing as missing:
        raise CannotStart(
            f"Queue {url} sends what keeps failing to the dead-letter queue {missing}, which does "
            "not exist: create that queue, or correct the redrive policy."
        ) from missing
    if described.is_fifo:
        raise CannotStart(f"Queue {url} is a FIFO queue: point {setting} to a standard queue.")
    source = await ask(
        dead_letter_source(clients.sqs_receive, url, described.arn),
        name=f"Queue {url}",
        setting=setting,
    )
    if source is not None:
        raise CannotStart(_takes_dead_letters(setting, source))
    if described.most_receives is None:
        log.warning("queue_has_no_dead_letter_queue", queue=mask_urls(url))
    elif described.most_receives < RECOMMENDED_RECEIVES:
        log.warning(
            "max_receive_count_low",
            queue=mask_urls(url),
            max_receive_count=described.most_receives,
            recommended=RECOMMENDED_RECEIVES,
        )
    return described


def _takes_dead_letters(setting: str, source: str) -> str:
    return (
        f"{setting} names the dead-letter queue of {source}: name the queue on which the events "
        "arrive."
    )


async def _describe_table(
    clients: Clients, name: str, setting: str, endpoint: str | None = None
) -> dict[str, Any]:
    answer = await ask(
        clients.dynamodb.describe_table(TableName=name),
        endpoint=endpoint,
        name=f"Table {name}",
        setting=setting,
    )
    if "TableArn" not in answer.get("Table", {}):
        raise CannotStart(not_aws(endpoint))
    table: dict[str, Any] = answer["Table"]
    status = table["TableStatus"]
    if status not in _USABLE:
        advice = _WHAT_TO_DO_ABOUT.get(status, "see in DynamoDB's console what it needs")
        raise CannotStart(f"Table {name} cannot be used while it is {status}: {advice}.")
    return table


def _check_key(table: dict[str, Any], name: str, expected: list[str]) -> None:
    found = _key_names(table)
    if found != expected:
        raise CannotStart(
            f"Table {name} has the key {', '.join(found)} instead of "
            f"{', '.join(expected)}: create it anew from infra/template.yaml."
        )
    _check_types(table, name, dict.fromkeys(expected, "S"))


def _check_updated_at_index(table: dict[str, Any], name: str) -> None:
    index = _index(table, "LocalSecondaryIndexes", UPDATED_AT_INDEX)
    if index is None or _key_names(index) != ["seller_handle", "updated_at"]:
        raise CannotStart(
            f"Table {name} has no local index {UPDATED_AT_INDEX} on seller_handle and updated_at: "
            "create the table anew from infra/template.yaml, because a local index can only be "
            "made together with its table."
        )
    _check_types(table, name, {"updated_at": "S"})
    _check_projection(index, name)


def _check_expiry_index(table: dict[str, Any], name: str) -> None:
    index = _index(table, "GlobalSecondaryIndexes", EXPIRY_INDEX)
    if index is None or _key_names(index) != ["lifecycle", "expires_at"]:
        raise CannotStart(
            f"Table {name} has no global index {EXPIRY_INDEX} on lifecycle and expires_at: "
            "add it, or create the table anew from infra/template.yaml."
        )
    _check_types(table, name, {"lifecycle": "S", "expires_at": "N"})
    _check_projection(index, name)


def _index(table: dict[str, Any], kind: str, name: str) -> dict[str, Any] | None:
    return {each["IndexName"]: each for each in table.get(kind, [])}.get(name)


def _check_projection(index: dict[str, Any], name: str) -> None:
    """Warn of an index that projects more than keys: the rest is paid for, and never read."""
    projection = index["Projection"]["ProjectionType"]
    if projection != "KEYS_ONLY":
        log.warning(
            "index_not_keys_only",
            table=name,
            projection=projection,
            recommended="KEYS_ONLY",
        )


def _check_types(table: dict[str, Any], name: str, expected: Mapping[str, str]) -> None:
    found = {each["AttributeName"]: each["AttributeType"] for each in table["AttributeDefinitions"]}
    for attribute, kind in expected.items():
        if found[attribute] != kind:
            raise CannotStart(
                f"Table {name} has {attribute} of type {found[attribute]} in a key instead of "
                f"{kind}: create it anew from infra/template.yaml."
            )


async def _check_time_to_live(clients: Clients, name: str, setting: str, *, leftovers: str) -> None:
    answer = await ask(
        clients.dynamodb.describe_time_to_live(TableName=name),
        name=f"Table {name}",
        setting=setting,
    )
    described = answer["TimeToLiveDescription"]
    enabled = described["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
    if not enabled or described.get("AttributeName") != "ttl":
        raise CannotStart(
            f"Table {name} has no time to live on its attribute ttl, so {leftovers} would stay "
            "forever: switch it on, or create the table from infra/template.yaml."
        )


def _key_names(description: dict[str, Any]) -> list[str]:
    """Return the names of the partition key and the sort key, in this order."""
    schema = sorted(description["KeySchema"], key=lambda key: str(key["KeyType"]))
    return [key["AttributeName"] for key in schema]
