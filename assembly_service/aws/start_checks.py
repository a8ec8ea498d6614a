"""Whether queues, tables and topics are there and fit, asked before anything else is started."""

from collections.abc import Awaitable
from typing import Any, TypeVar

import structlog

from assembly_service.aws.clients import Clients
from assembly_service.aws.errors import ErrorKind, code_of, is_aws_error, kind_of
from assembly_service.aws.queues import QueueDescription, describe_queue
from assembly_service.settings import Settings

log = structlog.get_logger()

RECOMMENDED_RECEIVES = 20
UPDATED_AT_INDEX = "by_updated_at"

Answer = TypeVar("Answer")


class StartError(Exception):
    """The service cannot start; the message is one sentence that says what to do."""


async def check_tables(clients: Clients, settings: Settings) -> None:
    """Raises StartError if a table is missing or unfit."""
    products = await _describe_table(clients, settings.dynamodb_products_table, "PRODUCTS")
    _check_key(products, settings.dynamodb_products_table, ["seller_handle", "video_id"])
    index = next(
        (
            index
            for index in products.get("LocalSecondaryIndexes", [])
            if index["IndexName"] == UPDATED_AT_INDEX
        ),
        None,
    )
    if index is None or _key_names(index) != ["seller_handle", "updated_at"]:
        raise StartError(
            f"Table {settings.dynamodb_products_table} has no local index {UPDATED_AT_INDEX} on "
            "seller_handle and updated_at: create the table anew from infra/template.yaml, because "
            "a local index can only be made together with its table."
        )
    staging = await _describe_table(clients, settings.dynamodb_staging_table, "STAGING")
    _check_key(staging, settings.dynamodb_staging_table, ["video_id", "seller_handle"])
    await _check_time_to_live(clients, settings.dynamodb_staging_table)


async def check_queue(clients: Clients, url: str, setting: str) -> QueueDescription:
    """Raises StartError if the queue is missing or a FIFO queue; warns about its redrive."""
    described = await _ask(
        describe_queue(clients.sqs, url),
        f"Queue {url} does not exist: correct {setting}, or create it with "
        "`assembly-service provision`.",
    )
    if described.is_fifo:
        raise StartError(f"Queue {url} is a FIFO queue: point {setting} to a standard queue.")
    if described.most_receives is None:
        log.warning("queue_has_no_dead_letter_queue", queue=url)
    elif described.most_receives < RECOMMENDED_RECEIVES:
        log.warning(
            "queue_gives_up_early",
            queue=url,
            max_receive_count=described.most_receives,
            recommended=RECOMMENDED_RECEIVES,
        )
    return described


async def check_topic(clients: Clients, arn: str) -> None:
    """Raises StartError if the topic is missing."""
    await _ask(
        clients.sns.get_topic_attributes(TopicArn=arn),
        f"Topic {arn} does not exist: correct SNS_NEW_PRODUCT_TOPIC_ARN or leave it empty.",
    )


async def _ask(call: Awaitable[Answer], missing: str) -> Answer:
    try:
        return await call
    except Exception as error:
        if not is_aws_error(error):
            raise
        match kind_of(error):
            case ErrorKind.NOT_FOUND:
                raise StartError(missing) from error
            case ErrorKind.CREDENTIALS:
                raise StartError(
                    f"AWS refused the credentials ({code_of(error)}): check AWS_ACCESS_KEY_ID and "
                    "AWS_SECRET_ACCESS_KEY, or the profile or role, and its permissions."
                ) from error
            case _:
                raise StartError(
                    f"AWS cannot be reached ({code_of(error)}: {_first_line(error)}): check "
                    "AWS_ENDPOINT_URL, AWS_REGION and the network."
                ) from error


async def _describe_table(clients: Clients, name: str, which: str) -> dict[str, Any]:
    answer = await _ask(
        clients.dynamodb.describe_table(TableName=name),
        f"Table {name} does not exist: correct DYNAMODB_{which}_TABLE, or create it with "
        "`assembly-service provision`.",
    )
    table: dict[str, Any] = answer["Table"]
    return table


def _check_key(table: dict[str, Any], name: str, expected: list[str]) -> None:
    if _key_names(table) != expected:
        raise StartError(
            f"Table {name} has the key {', '.join(_key_names(table))} instead of "
            f"{', '.join(expected)}: create it anew from infra/template.yaml."
        )


async def _check_time_to_live(clients: Clients, name: str) -> None:
    answer = await _ask(
        clients.dynamodb.describe_time_to_live(TableName=name), f"Table {name} does not exist."
    )
    described = answer["TimeToLiveDescription"]
    enabled = described["TimeToLiveStatus"] in {"ENABLED", "ENABLING"}
    if not enabled or described.get("AttributeName") != "ttl":
        raise StartError(
            f"Table {name} has no time to live on its attribute ttl, so orphans would stay for "
            "ever: switch it on, or create the table from infra/template.yaml."
        )


def _key_names(description: dict[str, Any]) -> list[str]:
    """Partition key first, then sort key."""
    schema = sorted(description["KeySchema"], key=lambda key: str(key["KeyType"]))
    return [key["AttributeName"] for key in schema]


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [""])[0].rstrip(".")
