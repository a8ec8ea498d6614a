"""The two tables and the queues in memory, for tests that need thousands of them.

Every call is one atomic step with the conditions of the engine; a test compares the tables with a
real engine.
"""

# ruff: noqa: N803, ARG002 - the arguments have the names of the AWS API.

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from botocore.exceptions import ClientError

from assembly_service.aws.clients import Clients
from assembly_service.storage.attribute_values import Item

_QUOTED = re.compile(r"""["']([^"']+)["']""")


class ModelTables:
    """A low-level DynamoDB client that knows the calls this service makes.

    `full` are the item collections, by table and partition key, that have used up their 10 GB.
    """

    def __init__(self) -> None:
        self.full: set[tuple[str, str]] = set()
        self.tables: defaultdict[str, dict[tuple[str, str], Item]] = defaultdict(dict)

    async def batch_get_item(self, *, RequestItems: Any, **_: Any) -> Any:
        wanted_keys = [
            (table, _key(key)) for table, wanted in RequestItems.items() for key in wanted["Keys"]
        ]
        _refuse_repeated(wanted_keys, "BatchGetItem")
        return {
            "Responses": {
                table: [
                    self.tables[table][_key(key)]
                    for key in wanted["Keys"]
                    if _key(key) in self.tables[table]
                ]
                for table, wanted in RequestItems.items()
            }
        }

    async def get_item(self, *, TableName: str, Key: Item, **_: Any) -> Any:
        row = self.tables[TableName].get(_key(Key))
        return {} if row is None else {"Item": row}

    async def batch_execute_statement(self, *, Statements: Any, **_: Any) -> Any:
        parts = [_parts(**statement) for statement in Statements]
        keys = [(table, _key(given)) for table, given in parts]
        _refuse_repeated(keys, "BatchExecuteStatement")
        return {"Responses": [self._execute(**statement) for statement in Statements]}

    async def put_item(
        self,
        *,
        TableName: str,
        Item: Item,
        ExpressionAttributeNames: dict[str, str],
        ExpressionAttributeValues: Item,
        **_: Any,
    ) -> Any:
        """A put on the condition `#attribute = :expected`."""
        there = self.tables[TableName].get(_key(Item), {})
        attribute, expected = (
            ExpressionAttributeNames["#attribute"],
            ExpressionAttributeValues[":expected"],
        )
        if there.get(attribute) != expected:
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "PutItem")
        self.tables[TableName][_key(Item)] = Item
        return {}

    async def scan(self, *, TableName: str, **_: Any) -> Any:
        return {"Items": list(self.tables[TableName].values())}

    async def query(
        self,
        *,
        TableName: str,
        ExpressionAttributeValues: Item,
        Limit: int,
        IndexName: str | None = None,
        ScanIndexForward: bool = True,
        ExclusiveStartKey: Item | None = None,
        **_: Any,
    ) -> Any:
        """A seller's rows by video, or its keys by `updated_at` from `:since` on."""
        names = ("updated_at", "video_id") if IndexName else ("video_id",)

        def place(item: Item) -> tuple[str, ...]:
            return tuple(item[name]["S"] for name in names)

        own = [
            item
            for item in self.tables[TableName].values()
            if item["seller_handle"] == ExpressionAttributeValues[":seller"]
        ]
        if IndexName:
            since = ExpressionAttributeValues[":since"]["S"]
            keys = ("seller_handle", "video_id", "updated_at")
            own = [{name: item[name] for name in keys} for item in own]
            own = [item for item in own if item["updated_at"]["S"] > since]
        own.sort(key=place, reverse=not ScanIndexForward)
        if ExclusiveStartKey:
            start = place(ExclusiveStartKey)
            own = [
                item
                for item in own
                if (place(item) > start if ScanIndexForward else place(item) < start)
            ]
        page = own[:Limit]
        more = {"LastEvaluatedKey": page[-1]} if len(own) > Limit else {}
        return {"Items": page, **more}

    def _execute(self, *, Statement: str, Parameters: list[Any]) -> Any:
        table, given = _parts(Statement, Parameters)
        rows, key = self.tables[table], _key(given)
        if Statement.startswith("INSERT"):
            if key in rows:
                return {"Error": {"Code": "DuplicateItem"}}
            if (table, key[0]) in self.full:
                return {"Error": {"Code": "ItemCollectionSizeLimitExceeded"}}
            rows[key] = given
            return {}
        if key in rows:
            if any(rows[key].get(name) != value for name, value in given.items()):
                return {"Error": {"Code": "ConditionalCheckFailed"}}
            del rows[key]
        return {}


def _parts(Statement: str, Parameters: list[Any]) -> tuple[str, Item]:
    """The table of a statement, and the attributes that it names."""
    table, *names = _QUOTED.findall(Statement)
    return table, dict(zip(names, Parameters, strict=True))


def _refuse_repeated(keys: list[tuple[str, tuple[str, str]]], operation: str) -> None:
    """AWS refuses a batch call with a duplicate key."""
    if len(set(keys)) < len(keys):
        raise ClientError({"Error": {"Code": "ValidationException"}}, operation)


def _key(item: Item) -> tuple[str, str]:
    return item["seller_handle"]["S"], item["video_id"]["S"]


@dataclass
class Letter:
    """A message in a queue."""

    url: str
    message_id: str
    body: str
    sent_at: int
    receives: int = 0
    visible: bool = True
    attributes: dict[str, Any] = field(default_factory=dict)


class ModelQueues:
    """A low-level SQS client. A received message stays hidden until its visibility is changed.

    A receipt of an earlier receive deletes its message too: SQS promises neither this nor the
    opposite, and this is the harder case.
    """

    def __init__(self, clock: Callable[[], int]) -> None:
        self.letters: dict[str, Letter] = {}
        self._sent = 0
        self._clock = clock

    async def send_message(
        self,
        *,
        QueueUrl: str,
        MessageBody: str,
        MessageAttributes: Any = None,
        MessageGroupId: str | None = None,
    ) -> Any:
        self._sent += 1
        message_id = f"m{self._sent}"
        self.letters[message_id] = Letter(
            QueueUrl,
            message_id,
            MessageBody,
            self._clock(),
            attributes=dict(MessageAttributes or {}),
        )
        return {"MessageId": message_id}

    async def receive_message(self, *, QueueUrl: str, MaxNumberOfMessages: int, **_: Any) -> Any:
        found = [
            letter for letter in self.letters.values() if letter.url == QueueUrl and letter.visible
        ][:MaxNumberOfMessages]
        for letter in found:
            letter.visible = False
            letter.receives += 1
        return {
            "Messages": [
                {
                    "Body": letter.body,
                    "MessageId": letter.message_id,
                    "ReceiptHandle": f"{letter.message_id}/{letter.receives}",
                    "Attributes": {
                        "ApproximateReceiveCount": str(letter.receives),
                        "SentTimestamp": str(letter.sent_at),
                    },
                    "MessageAttributes": letter.attributes,
                }
                for letter in found
            ]
        }

    async def get_queue_attributes(self, *, QueueUrl: str, **_: Any) -> Any:
        """Count the messages of the queue, visible and hidden."""
        own = [letter for letter in self.letters.values() if letter.url == QueueUrl]
        hidden = sum(not letter.visible for letter in own)
        counts = {"": len(own) - hidden, "NotVisible": hidden}
        return {
            "Attributes": {
                f"ApproximateNumberOfMessages{which}": str(count) for which, count in counts.items()
            }
        }

    async def delete_message_batch(self, *, QueueUrl: str, Entries: Any) -> Any:
        for entry in Entries:
            self.letters.pop(entry["ReceiptHandle"].partition("/")[0], None)
        return {}

    async def change_message_visibility_batch(self, *, QueueUrl: str, Entries: Any) -> Any:
        for entry in Entries:
            letter = self.letters.get(entry["ReceiptHandle"].partition("/")[0])
            if letter is not None:
                letter.visible = entry["VisibilityTimeout"] == 0
        return {}


def model_clients(clock: Callable[[], int]) -> Clients:
    """Clients of an account in memory; `clock` gives the milliseconds since 1970 to its queues."""
    tables, queues = ModelTables(), ModelQueues(clock)
    return Clients(
        dynamodb=tables, dynamodb_writes=tables, sqs=queues, sqs_receive=queues, sns=None
    )
