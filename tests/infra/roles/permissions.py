"""Permissions as pairs of an IAM action and a resource of the template: asked for, and allowed."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

from tests.harness.template_json import template_json

Permission = tuple[str, str]
"""As in ("dynamodb:Query", "ProductsTable/index/by_updated_at")."""

# What AWS asks for besides the action itself.
_MOVES_FROM = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_STATEMENT = re.compile(r'\s*(INSERT INTO|DELETE FROM) "([^"]+)"', re.IGNORECASE)
_PARTIQL = {"INSERT INTO": "PartiQLInsert", "DELETE FROM": "PartiQLDelete"}
_IN_TRANSACTION = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Get": "GetItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def allowed_by(policy: str) -> set[Permission]:
    """What a policy of the template allows."""
    document = json.loads(template_json())["Resources"][policy]["Properties"]["PolicyDocument"]
    return {
        (str(action), _resource(resource))
        for statement in document["Statement"]
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
    }


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _resource(value: Mapping[str, Any]) -> str:
    """The name in the template of `!Ref X`, `!GetAtt X.Arn` and `!Sub ${X.Arn}/index/name`."""
    [said] = value.values()
    text = said[0] if isinstance(said, list) else said
    return re.sub(r"\$\{(\w+)\.Arn\}", r"\1", text)


def asked_for(target: str, body: bytes, names: Mapping[str, str]) -> Iterator[Permission]:
    """The permissions that a request to AWS needs.

    `target` is its X-Amz-Target, empty for SNS; `names` are those in the template by those in AWS.
    """
    if not target:
        form = parse_qs(body.decode())
        [action], [topic] = form["Action"], form["TopicArn"]
        yield f"sns:{action.removesuffix('Batch')}", names[topic.rpartition(":")[2]]
        return
    service, _, operation = target.partition(".")
    request = json.loads(body)
    of = _of_sqs if service == "AmazonSQS" else _of_dynamodb
    prefix = "sqs" if service == "AmazonSQS" else "dynamodb"
    for action, resource in of(operation, request):
        table, slash, index = resource.partition("/")
        yield f"{prefix}:{action}", names[table] + slash + index


def _of_sqs(operation: str, request: Mapping[str, Any]) -> Iterator[Permission]:
    if operation == "ListQueues":
        # Asked of engines only that do not know ListDeadLetterSourceQueues.
        return
    if operation in {"StartMessageMoveTask", "ListMessageMoveTasks"}:
        source = request["SourceArn"].rpartition(":")[2]
        yield operation, source
        for action in _MOVES_FROM:
            yield action, source
        if operation == "StartMessageMoveTask":
            yield "SendMessage", request["DestinationArn"].rpartition(":")[2]
    elif operation == "CancelMessageMoveTask":
        yield operation, request["TaskHandle"]
    else:
        queue = request.get("QueueName") or request["QueueUrl"].rpartition("/")[2]
        yield operation.removesuffix("Batch"), queue


def _of_dynamodb(operation: str, request: Mapping[str, Any]) -> Iterator[Permission]:
    if operation == "BatchExecuteStatement":
        for statement in request["Statements"]:
            found = _STATEMENT.match(statement["Statement"])
            assert found, statement
            yield _PARTIQL[found[1].upper()], found[2]
    elif operation in {"BatchGetItem", "BatchWriteItem"}:
        for table in request["RequestItems"]:
            yield operation, table
    elif operation in {"TransactGetItems", "TransactWriteItems"}:
        for item in request["TransactItems"]:
            [(kind, part)] = item.items()
            yield _IN_TRANSACTION[kind], part["TableName"]
    else:
        index = f"/index/{request['IndexName']}" if "IndexName" in request else ""
        yield operation, request["TableName"] + index
