"""AWS calls are counted, with errors inside successful responses."""

import asyncio
import re
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError

from assembly_service.aws.clients import Clients, open_clients
from assembly_service.aws.errors import AWS_ERRORS
from assembly_service.runtime.metrics import Metrics
from tests.aws.scripted_aws import ScriptedAws, scripted_aws, settings_for
from tests.harness.valkey import free_port
from tests.infra import alert_rules
from tests.infra.expressions import reads

STATEMENTS = [{"Statement": "INSERT INTO products VALUE {'video_id': '1'}"}]
ENTRIES = [{"Id": "0", "ReceiptHandle": "receipt"}, {"Id": "1", "ReceiptHandle": "receipt"}]
FAILED_PUBLISH = (
    '<PublishBatchResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><PublishBatchResult>'
    "<Successful/><Failed><member><Id>0</Id><Code>InternalError</Code><SenderFault>false"
    "</SenderFault></member></Failed></PublishBatchResult></PublishBatchResponse>"
)


class Counted(NamedTuple):
    """The metrics, and the clients whose calls they count."""

    metrics: Metrics
    clients: Clients

    def of(self, name: str, operation: str, **labels: str) -> float | None:
        return self.metrics.registry.get_sample_value(name, {"operation": operation, **labels})

    def errors(self) -> dict[tuple[str, str, str], float]:
        """By service, operation and code."""
        return {
            (sample.labels["service"], sample.labels["operation"], sample.labels["code"]): (
                sample.value
            )
            for family in self.metrics.aws.errors.collect()
            for sample in family.samples
            if sample.name.endswith("_total")
        }


@pytest.fixture(autouse=True)
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "123456789012")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "local")


@pytest.fixture
async def scripted() -> AsyncIterator[ScriptedAws]:
    async with scripted_aws() as listening:
        yield listening


@pytest.fixture
async def counted(scripted: ScriptedAws) -> AsyncIterator[Counted]:
    metrics = Metrics()
    async with open_clients(settings_for(scripted.url), metrics) as clients:
        yield Counted(metrics, clients)


async def execute_statements(clients: Clients) -> Any:
    return await clients.dynamodb_writes.batch_execute_statement(Statements=STATEMENTS)


async def get_items(clients: Clients) -> Any:
    keys = {"Keys": [{"video_id": {"S": "1"}}]}
    return await clients.dynamodb_writes.batch_get_item(RequestItems={"products": keys})


async def delete_messages(clients: Clients) -> Any:
    return await clients.sqs.delete_message_batch(QueueUrl="http://queue", Entries=ENTRIES)


async def publish(clients: Clients) -> Any:
    entries = [{"Id": "0", "Message": "{}"}]
    return await clients.sns.publish_batch(TopicArn="topic", PublishBatchRequestEntries=entries)


def failed_statements(*codes: str) -> dict[str, Any]:
    return {"Responses": [{"Error": {"Code": code}} if code else {} for code in codes]}


@pytest.mark.parametrize(
    ("call", "body", "expected"),
    [
        (
            execute_statements,
            failed_statements("", "ThrottlingError", "ThrottlingError"),
            ("dynamodb", "BatchExecuteStatement", "ThrottlingError"),
        ),
        (
            get_items,
            {"Responses": {}, "UnprocessedKeys": {"products": {"Keys": [{}]}}},
            ("dynamodb", "BatchGetItem", "UnprocessedKeys"),
        ),
        (
            delete_messages,
            {"Failed": [{"Id": "0", "Code": "RequestThrottled", "SenderFault": False}]},
            ("sqs", "DeleteMessageBatch", "RequestThrottled"),
        ),
        (publish, FAILED_PUBLISH, ("sns", "PublishBatch", "InternalError")),
    ],
)
async def test_errors_inside_a_successful_response_count_once_per_call(
    counted: Counted,
    scripted: ScriptedAws,
    call: Callable[[Clients], Any],
    body: object,
    expected: tuple[str, str, str],
) -> None:
    scripted.body = body
    await call(counted.clients)
    await call(counted.clients)
    service, operation, _ = expected
    assert counted.errors() == {expected: 2}
    assert counted.of("assembly_aws_calls_total", operation, service=service) == 2


async def test_a_lost_condition_is_counted_apart_from_errors(
    counted: Counted, scripted: ScriptedAws
) -> None:
    scripted.body = failed_statements("DuplicateItem", "ConditionalCheckFailed", "")
    await execute_statements(counted.clients)
    assert counted.errors() == {}
    assert counted.of("assembly_conditions_lost_total", "BatchExecuteStatement") == 2


async def transact(counted: Counted, scripted: ScriptedAws, *codes: str) -> None:
    scripted.status = 400
    scripted.body = {
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    with pytest.raises(ClientError):
        await counted.clients.dynamodb_writes.transact_write_items(TransactItems=[])


async def test_lost_conditions_of_a_cancelled_transaction_are_not_errors(
    counted: Counted, scripted: ScriptedAws
) -> None:
    await transact(counted, scripted, "ConditionalCheckFailed", "None", "ConditionalCheckFailed")
    assert counted.errors() == {}
    assert counted.of("assembly_conditions_lost_total", "TransactWriteItems") == 2


async def test_whatever_else_cancels_a_transaction_is_an_error_under_a_known_code(
    counted: Counted, scripted: ScriptedAws
) -> None:
    await transact(counted, scripted, "TransactionConflict", "Odd1", "Odd2", "None")
    await transact(counted, scripted)
    assert counted.errors() == {
        ("dynamodb", "TransactWriteItems", code): 1
        for code in ("TransactionConflict", "other", "TransactionCanceledException")
    }


async def test_consumed_capacity_is_summed_by_table(
    counted: Counted, scripted: ScriptedAws
) -> None:
    consumed = [("products", 3.0), ("staging", 1.5)]
    scripted.body = {
        "Responses": [],
        "ConsumedCapacity": [{"TableName": n, "CapacityUnits": units} for n, units in consumed],
    }
    await execute_statements(counted.clients)
    for table, units in consumed:
        name = "assembly_dynamodb_consumed_capacity_units_total"
        assert counted.of(name, "BatchExecuteStatement", table=table) == units


async def test_retries_within_a_call_are_counted_and_the_call_once(
    counted: Counted, scripted: ScriptedAws
) -> None:
    scripted.status = 500
    with pytest.raises(ClientError):
        await counted.clients.dynamodb.describe_table(TableName="products")
    assert counted.of("assembly_aws_calls_total", "DescribeTable", service="dynamodb") == 1
    assert counted.of("assembly_aws_retries_total", "DescribeTable", service="dynamodb") == 1
    assert counted.errors() == {("dynamodb", "DescribeTable", "500"): 1}


async def test_unknown_codes_share_one_label(counted: Counted, scripted: ScriptedAws) -> None:
    scripted.body = failed_statements("Odd1", "Odd2")
    await execute_statements(counted.clients)
    assert counted.errors() == {("dynamodb", "BatchExecuteStatement", "other"): 1}


@pytest.mark.parametrize(
    ("alert", "code"),
    [
        ("AwsThrottles", "ThrottlingError"),
        ("AwsThrottles", "ThrottlingException"),
        ("AwsThrottles", "ProvisionedThroughputExceeded"),
        ("AwsThrottles", "ProvisionedThroughputExceededException"),
        ("AwsThrottles", "RequestLimitExceeded"),
        ("AwsThrottles", "RequestThrottled"),
        ("AwsThrottles", "OverLimit"),
        ("AwsUnreachable", "InternalServerError"),
        ("AwsUnreachable", "ServiceUnavailable"),
        ("AwsUnreachable", "503"),
    ],
)
async def test_a_failure_is_counted_under_a_code_that_its_alert_looks_for(
    counted: Counted, scripted: ScriptedAws, alert: str, code: str
) -> None:
    scripted.body = failed_statements(code)
    await execute_statements(counted.clients)
    assert_rings(alert, counted)


async def test_an_unreachable_endpoint_is_counted_and_rings() -> None:
    metrics = Metrics()
    async with open_clients(settings_for(f"http://127.0.0.1:{free_port()}"), metrics) as clients:
        with pytest.raises(Exception) as caught:
            await execute_statements(clients)
        assert isinstance(caught.value, AWS_ERRORS)
        counted = Counted(metrics, clients)
        assert_rings("AwsUnreachable", counted)
        name, operation = "assembly_aws_calls_total", "BatchExecuteStatement"
        assert counted.of(name, operation, service="dynamodb") == 1


_HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{"


@pytest.mark.parametrize("resets", [False, True], ids=["closed", "reset"])
@pytest.mark.parametrize("sent", [b"", _HEAD, b"no HTTP\r\n\r\n"], ids=["before", "within", "odd"])
@pytest.mark.parametrize("service", ["dynamodb", "sns"])
async def test_a_connection_that_is_cut_is_counted_and_rings(
    sent: bytes, resets: bool, service: str
) -> None:
    async def cut(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(sent)
        if resets:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.close()

    metrics = Metrics()
    async with await asyncio.start_server(cut, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with open_clients(settings_for(url), metrics) as clients:
            calls: dict[str, Callable[[], Awaitable[object]]] = {
                "dynamodb": lambda: execute_statements(clients),
                "sns": lambda: clients.sns.publish(TopicArn="topic", Message="{}"),
            }
            with pytest.raises(AWS_ERRORS):
                await calls[service]()
            assert_rings("AwsUnreachable", Counted(metrics, clients))


async def test_an_answer_that_is_not_of_aws_is_counted_and_rings(
    counted: Counted, scripted: ScriptedAws
) -> None:
    scripted.body = "<html>busy</html>"
    with pytest.raises(AWS_ERRORS):
        await execute_statements(counted.clients)
    assert_rings("AwsUnreachable", counted)


def assert_rings(alert: str, counted: Counted) -> None:
    """The alert selects the error that was counted."""
    [(_, _, code)] = counted.errors()
    [read] = reads(alert_rules.alert(alert)["expr"])
    [matcher] = read.matchers
    assert matcher.name == "code"
    assert re.fullmatch(matcher.value, code)
