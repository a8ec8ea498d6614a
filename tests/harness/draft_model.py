"""The drafts' two tables in memory, for tests that need thousands of them.

Every call is one atomic step with its conditions; a test compares the tables with a real engine.
"""

# ruff: noqa: N803 - the arguments have the names of the AWS API.

import re
from collections.abc import Callable
from operator import eq, ge, gt, le, lt
from typing import Any

from botocore.exceptions import ClientError

from assembly_service.aws.errors import TRANSACTION_CANCELLED
from assembly_service.storage.attribute_values import Item, from_attribute_value
from tests.harness.model_aws import ModelTables

_WORDS = re.compile(r"<=|>=|[=<>(),+]|[:#]?\w+")
_COMPARISONS: dict[str, Callable[[Any, Any], bool]] = {
    "=": eq,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
_KEY = ("pk", "sk")


class DraftTables(ModelTables):
    """A low-level DynamoDB client that knows the calls of the drafts.

    DynamoDB remembers the token of a transaction for ten minutes: `remembers_tokens` says whether a
    repetition is within them. `replaced` has the rows that updates in transactions replaced.
    """

    def __init__(self, *, remembers_tokens: bool) -> None:
        super().__init__()
        self.tokens: dict[str, str] | None = {} if remembers_tokens else None
        self.replaced: dict[tuple[str, str], Item] = {}

    async def get_item(self, *, TableName: str, Key: Item, **_: Any) -> Any:
        return self._found(TableName, Key)

    async def transact_get_items(self, *, TransactItems: Any, **_: Any) -> Any:
        gets = [each["Get"] for each in TransactItems]
        return {"Responses": [self._found(get["TableName"], get["Key"]) for get in gets]}

    async def query(self, *, TableName: str, **request: Any) -> Any:
        """Sorted by the sort key, or by the expiry in the index."""
        condition = request["KeyConditionExpression"]
        there = self.tables[TableName].values()
        rows = [row for row in there if _Expression(request, row).holds(condition)]
        if "IndexName" in request:
            rows.sort(key=lambda row: int(row["expires_at"]["N"]))
            kept = (*_KEY, "lifecycle", "expires_at")
            return {"Items": [{name: row[name] for name in kept} for row in rows]}
        rows.sort(key=lambda row: row["sk"]["S"], reverse=not request.get("ScanIndexForward", True))
        return {"Items": rows}

    async def update_item(self, *, TableName: str, Key: Item, **request: Any) -> Any:
        update = {"TableName": TableName, "Key": Key, **request}
        if not self._allows(update, Key):
            raise ClientError({"Error": {"Code": "ConditionalCheckFailedException"}}, "UpdateItem")
        before, after = self._row(TableName, Key), self._updated(update)
        self.tables[TableName][_place(Key)] = after
        changed = {
            name: value
            for name, value in after.items()
            if name not in Key and value != before.get(name)
        }
        return {"Attributes": changed} if "ReturnValues" in request else {}

    async def batch_write_item(self, *, RequestItems: Any, **_: Any) -> Any:
        for table, requests in RequestItems.items():
            for request in requests:
                self.tables[table].pop(_place(request["DeleteRequest"]["Key"]), None)
        return {}

    async def transact_write_items(
        self, *, TransactItems: Any, ClientRequestToken: str, **_: Any
    ) -> Any:
        """Apply all actions or none; a remembered token is not applied again."""
        if self.tokens is not None and ClientRequestToken in self.tokens:
            if self.tokens[ClientRequestToken] != repr(TransactItems):
                code = "IdempotentParameterMismatchException"
                raise ClientError({"Error": {"Code": code}}, "TransactWriteItems")
            return {}
        actions = [next(iter(each.items())) for each in TransactItems]
        allowed = [
            self._allows(action, action.get("Key") or action["Item"]) for _, action in actions
        ]
        if not all(allowed):
            reasons = [{"Code": "None" if each else "ConditionalCheckFailed"} for each in allowed]
            raise ClientError(
                {"Error": {"Code": TRANSACTION_CANCELLED}, "CancellationReasons": reasons},
                "TransactWriteItems",
            )
        for kind, action in actions:
            self._apply(kind, action)
        if self.tokens is not None:
            self.tokens[ClientRequestToken] = repr(TransactItems)
        return {}

    def _apply(self, kind: str, action: dict[str, Any]) -> None:
        rows = self.tables[action["TableName"]]
        match kind:
            case "Put":
                rows[_place(action["Item"])] = action["Item"]
            case "Update":
                self.replaced[_place(action["Key"])] = self._row(action["TableName"], action["Key"])
                rows[_place(action["Key"])] = self._updated(action)
            case "Delete":
                rows.pop(_place(action["Key"]), None)

    def _updated(self, update: dict[str, Any]) -> Item:
        row = self._row(update["TableName"], update["Key"])
        updated: Item = _Expression(update, row).updated(update["UpdateExpression"])
        return {**updated, **update["Key"]}

    def _allows(self, action: dict[str, Any], key: Item) -> bool:
        row = self._row(action["TableName"], key)
        condition = action.get("ConditionExpression")
        return condition is None or _Expression(action, row).holds(condition)

    def _found(self, table: str, key: Item) -> dict[str, Item]:
        row = self._row(table, key)
        return {"Item": row} if row else {}

    def _row(self, table: str, key: Item) -> Item:
        return self.tables[table].get(_place(key), {})


class _Expression:
    """The part of DynamoDB's expressions that drafts use, on one row."""

    def __init__(self, request: dict[str, Any], row: Item) -> None:
        self._names: dict[str, str] = request.get("ExpressionAttributeNames", {})
        self._values: Item = request.get("ExpressionAttributeValues", {})
        self._row = row
        self._words: list[str] = []

    def holds(self, condition: str) -> bool:
        """Whether the row meets the condition."""
        self._words = _WORDS.findall(condition)[::-1]
        held = self._any()
        assert not self._words, f"not understood: {condition}"
        return held

    def updated(self, update: str) -> Item:
        """The row after an update."""
        after = dict(self._row)
        for clause, body in re.findall(r"(SET|REMOVE|ADD) (.*?)(?= SET| REMOVE| ADD|$)", update):
            for part in body.split(", "):
                words = _WORDS.findall(part)
                name = self._name(words[0])
                if clause == "REMOVE":
                    after.pop(name, None)
                elif clause == "ADD":
                    after[name] = self._sum(name, words[1])
                else:
                    after[name] = (
                        self._sum(name, words[4]) if "+" in words else self._values[words[2]]
                    )
        return after

    def _any(self) -> bool:
        held = self._all()
        while self._words and self._words[-1] == "OR":
            self._words.pop()
            held = self._all() or held
        return held

    def _all(self) -> bool:
        held = self._term()
        while self._words and self._words[-1] == "AND":
            self._words.pop()
            held = self._term() and held
        return held

    def _term(self) -> bool:
        word = self._words.pop()
        if word == "(":
            held = self._any()
            self._words.pop()
            return held
        if word == "attribute_not_exists":
            _, name, _ = (self._words.pop() for _ in range(3))
            return self._name(name) not in self._row
        if word == "begins_with":
            _, name, _, value, _ = (self._words.pop() for _ in range(5))
            text: str = self._row[name]["S"]
            return text.startswith(self._values[value]["S"])
        compare, value = self._words.pop(), self._words.pop()
        there, wanted = self._row.get(self._name(word)), self._values[value]
        if there is None or there.keys() != wanted.keys():
            return False
        return _COMPARISONS[compare](from_attribute_value(there), from_attribute_value(wanted))

    def _name(self, word: str) -> str:
        return self._names.get(word, word)

    def _sum(self, name: str, value: str) -> dict[str, str]:
        there = self._row.get(name, {"N": "0"})
        return {"N": str(int(there["N"]) + int(self._values[value]["N"]))}


def _place(key: Item) -> tuple[str, str]:
    return key["pk"]["S"], key["sk"]["S"]
