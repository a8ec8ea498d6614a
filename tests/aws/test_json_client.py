from collections.abc import AsyncIterator, Awaitable

import pytest
from aiohttp import web
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.aws.errors import (
    AWS_ERRORS,
    ErrorKind,
    cancellation_codes,
    is_not_aws,
    kind_of,
)
from assembly_service.runtime.metrics import Metrics
from assembly_service.settings.service import Settings
from tests.aws.json_server import Answer, Server, cancelled, refusal, well


@pytest.fixture
def metrics() -> Metrics:
    return Metrics()


@pytest.fixture
async def clients(
    settings: Settings, server: tuple[Server, str], metrics: Metrics
) -> AsyncIterator[Clients]:
    elsewhere = settings.model_copy(update={"aws_endpoint_url": server[1]})
    async with open_clients(elsewhere, metrics) as clients:
        yield clients


async def error_of(call: Awaitable[object]) -> Exception:
    with pytest.raises(Exception) as caught:
        await call
    assert isinstance(caught.value, Exception)
    return caught.value


async def test_parameters_and_responses_pass_unchanged(
    clients: Clients, server: tuple[Server, str]
) -> None:
    server[0].answers = [well(Item={"n": {"N": "1.50"}, "b": {"B": "aGVsbG8="}})]
    key = {"seller_handle": {"S": "é😍"}, "b": {"B": "aGVsbG8="}}
    answer = await clients.dynamodb.get_item(TableName="products", Key=key)
    assert answer == {"Item": {"n": {"N": "1.50"}, "b": {"B": "aGVsbG8="}}}
    [(headers, body)] = server[0].requests
    assert body.pop("ReturnConsumedCapacity") == "TOTAL"
    assert body == {"TableName": "products", "Key": key}
    assert headers["x-amz-target"] == "DynamoDB_20120810.GetItem"
    assert headers["content-type"] == "application/x-amz-json-1.0"
    assert "accept-encoding" not in headers


async def test_only_operations_that_can_report_their_consumed_capacity_are_asked_to(
    clients: Clients, server: tuple[Server, str]
) -> None:
    server[0].answers = [well(), well(), well()]
    await clients.dynamodb.query(TableName="products")
    await clients.dynamodb.describe_table(TableName="products")
    await clients.sqs.receive_message(QueueUrl="captions")
    assert [body for _, body in server[0].requests] == [
        {"TableName": "products", "ReturnConsumedCapacity": "TOTAL"},
        {"TableName": "products"},
        {"QueueUrl": "captions"},
    ]


async def test_an_unknown_operation_is_named_in_the_error(clients: Clients) -> None:
    with pytest.raises(AttributeError, match="no operation make_coffee"):
        await clients.sqs.make_coffee()


async def test_an_error_is_the_one_that_the_library_raises(
    clients: Clients, server: tuple[Server, str]
) -> None:
    code = "com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException"
    server[0].answers = [refusal(code)]
    error = await error_of(clients.dynamodb_writes.put_item(TableName="products", Item={}))
    assert isinstance(error, ClientError)
    assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"
    assert error.response["Error"]["Message"] == "because"
    assert kind_of(error) is ErrorKind.CONDITION_FAILED


async def test_a_write_is_attempted_once(clients: Clients, server: tuple[Server, str]) -> None:
    server[0].answers = [refusal("ThrottlingException"), well()]
    error = await error_of(clients.dynamodb_writes.put_item(TableName="products", Item={}))
    assert kind_of(error) is ErrorKind.TRANSIENT
    assert len(server[0].requests) == 1


@pytest.mark.parametrize(
    "trouble",
    [
        refusal("InternalServerError", 500),
        refusal("ProvisionedThroughputExceededException"),
        lambda: web.Response(status=503, text="<html>busy</html>"),
    ],
)
async def test_a_read_is_retried_once_after_a_transient_error_and_the_retry_is_counted(
    clients: Clients, server: tuple[Server, str], metrics: Metrics, trouble: Answer
) -> None:
    server[0].answers = [trouble, well(Item={})]
    assert await clients.dynamodb.get_item(TableName="products", Key={}) == {"Item": {}}
    assert metrics.aws.retries.labels("dynamodb", "GetItem")._value.get() == 1
    assert metrics.aws.calls.labels("dynamodb", "GetItem")._value.get() == 1


async def test_a_permanent_error_is_not_retried(
    clients: Clients, server: tuple[Server, str], metrics: Metrics
) -> None:
    server[0].answers = [refusal("ResourceNotFoundException")]
    error = await error_of(clients.dynamodb.get_item(TableName="products", Key={}))
    assert kind_of(error) is ErrorKind.NOT_FOUND
    assert len(server[0].requests) == 1
    counted = metrics.aws.errors.labels("dynamodb", "GetItem", "ResourceNotFoundException")
    assert counted._value.get() == 1


@pytest.mark.parametrize(
    "other",
    [
        lambda: web.Response(text="<html>welcome</html>"),
        lambda: web.Response(text="[]"),
        lambda: web.Response(status=204),
        lambda: web.Response(status=302, headers={"Location": "/login"}),
    ],
)
async def test_a_response_from_a_server_that_is_not_aws_is_an_error_and_never_empty(
    clients: Clients, server: tuple[Server, str], other: Answer
) -> None:
    server[0].answers = [other]
    error = await error_of(clients.sqs_receive.receive_message(QueueUrl="captions"))
    assert isinstance(error, ResponseParserError | ClientError)
    assert isinstance(error, AWS_ERRORS)


@pytest.mark.parametrize("body", [b'"busy"', b"null", b"[]", b"\xff\xfe"])
async def test_a_5xx_that_is_not_a_json_object_is_transient(
    clients: Clients, server: tuple[Server, str], body: bytes
) -> None:
    server[0].answers = [lambda: web.Response(status=503, body=body)]
    error = await error_of(clients.dynamodb_writes.put_item(TableName="products", Item={}))
    assert isinstance(error, AWS_ERRORS)
    assert kind_of(error) is ErrorKind.TRANSIENT
    assert not is_not_aws(error)


@pytest.mark.parametrize("body", [b'"busy"', b"null", b"[]", b"\xff\xfe"])
async def test_a_4xx_that_is_not_a_json_object_is_not_from_aws(
    clients: Clients, server: tuple[Server, str], body: bytes
) -> None:
    server[0].answers = [lambda: web.Response(status=400, body=body)]
    error = await error_of(clients.dynamodb_writes.put_item(TableName="products", Item={}))
    assert isinstance(error, ResponseParserError)
    assert is_not_aws(error)


async def test_a_dropped_connection_is_transient(
    clients: Clients, server: tuple[Server, str], metrics: Metrics
) -> None:
    class Cut(web.Response):
        async def prepare(self, request: web.BaseRequest) -> None:
            assert request.transport is not None
            request.transport.abort()

    server[0].answers = [Cut]
    error = await error_of(clients.dynamodb_writes.put_item(TableName="products", Item={}))
    assert isinstance(error, AWS_ERRORS)
    assert kind_of(error) is ErrorKind.TRANSIENT
    assert metrics.aws.calls.labels("dynamodb", "PutItem")._value.get() == 1


CONDITION, CONFLICT, NONE = "ConditionalCheckFailed", "TransactionConflict", "None"


@pytest.mark.parametrize(
    ("codes", "kind"),
    [
        ([NONE, CONDITION], ErrorKind.CONDITION_FAILED),
        ([CONFLICT, "DuplicateItem"], ErrorKind.CONDITION_FAILED),
        (["ValidationError", CONDITION], ErrorKind.CONDITION_FAILED),
        (["ValidationError", CONFLICT, NONE], ErrorKind.REFUSED),
        ([NONE, "ItemCollectionSizeLimitExceeded"], ErrorKind.REFUSED),
        ([NONE, "AccessDenied"], ErrorKind.CREDENTIALS),
        ([NONE, CONFLICT, NONE], ErrorKind.TRANSIENT),
        (["ThrottlingError", "ProvisionedThroughputExceeded"], ErrorKind.TRANSIENT),
        ([], ErrorKind.TRANSIENT),
    ],
)
async def test_a_cancelled_transaction_says_why_each_action_failed_and_is_classified_by_that(
    clients: Clients, server: tuple[Server, str], codes: list[str], kind: ErrorKind
) -> None:
    server[0].answers = [cancelled(*codes)]
    error = await error_of(clients.dynamodb_writes.transact_write_items(TransactItems=[]))
    assert isinstance(error, ClientError)
    assert error.response["CancellationReasons"] == [{"Code": code} for code in codes]
    assert cancellation_codes(error) == tuple(codes)
    assert kind_of(error) is kind


async def test_only_a_cancelled_transaction_has_reasons(
    clients: Clients, server: tuple[Server, str]
) -> None:
    server[0].answers = [refusal("TransactionInProgressException")]
    error = await error_of(clients.dynamodb_writes.transact_write_items(TransactItems=[]))
    assert cancellation_codes(error) == cancellation_codes(TimeoutError()) == ()
    assert kind_of(error) is ErrorKind.TRANSIENT


async def test_a_cancelled_transaction_without_reasons_is_transient(
    clients: Clients, server: tuple[Server, str]
) -> None:
    server[0].answers = [refusal("TransactionCanceledException")]
    error = await error_of(clients.dynamodb_writes.transact_write_items(TransactItems=[]))
    assert cancellation_codes(error) == ()
    assert kind_of(error) is ErrorKind.TRANSIENT


@pytest.mark.parametrize(
    ("trouble", "requests"),
    [
        (cancelled(NONE, CONFLICT), 2),
        (refusal("TransactionInProgressException"), 2),
        (cancelled(CONFLICT, CONDITION), 1),
        (cancelled("ValidationError"), 1),
        (refusal("IdempotentParameterMismatchException"), 1),
    ],
)
async def test_a_transaction_is_retried_only_if_that_may_help(
    clients: Clients, server: tuple[Server, str], trouble: Answer, requests: int
) -> None:
    server[0].answers = [trouble]
    await error_of(clients.dynamodb.transact_write_items(TransactItems=[]))
    assert len(server[0].requests) == requests
