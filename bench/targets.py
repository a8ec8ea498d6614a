"""Finds the items that a call on the tables names, and whether it reads or writes them."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from assembly_service.storage.attribute_values import Item
from bench.errors import BenchFailed

Request = dict[str, Any]

_KEY = ("seller_handle", "video_id")
_DRAFTS_KEY = ("pk", "sk")
_RETURNS_LESS_THAN_IT_READS = {"FilterExpression", "ProjectionExpression", "Select"}
_STATEMENT = re.compile(r'\s*(?:INSERT INTO|DELETE FROM) "?([\w.-]+)"? ')
_PARAMETER = re.compile(r"""['"]?(\w+)['"]?\s*[:=]\s*\?""")


@dataclass(frozen=True, slots=True)
class Target:
    """An item that a call names. `consistent` says how it is read; None means it is written.

    `transactional`: it is read or written in a transaction, at twice the cost.
    """

    table: str
    key: Item
    consistent: bool | None = None
    transactional: bool = False


def targets(operation: str, request: Request) -> list[Target]:
    """All items of a call in the order of the answers; none for a query, whose answer has them.

    Raises BenchFailed for a call of unknown cost.
    """
    if operation.startswith("Describe"):
        return []
    if operation not in _READERS:
        raise BenchFailed(f"The cost of {operation} is not known: add it to bench/targets.py.")
    return list(_READERS[operation](request))


def _of_get(request: Request) -> Iterator[Target]:
    yield Target(request["TableName"], request["Key"], request.get("ConsistentRead", False))


def _of_batch_get(request: Request) -> Iterator[Target]:
    for table, asked in request["RequestItems"].items():
        for key in asked["Keys"]:
            yield Target(table, key, asked.get("ConsistentRead", False))


def _of_put(request: Request) -> Iterator[Target]:
    yield Target(request["TableName"], _key(request["Item"]))


def _of_change(request: Request) -> Iterator[Target]:
    yield Target(request["TableName"], request["Key"])


def _of_batch_write(request: Request) -> Iterator[Target]:
    for table, writes in request["RequestItems"].items():
        for write in writes:
            key = write.get("DeleteRequest", {}).get("Key")
            yield Target(table, key or _key(write["PutRequest"]["Item"]))


def _of_transact_write(request: Request) -> Iterator[Target]:
    for action in request["TransactItems"]:
        # A condition that is only checked is billed like a write.
        (each,) = action.values()
        key = each["Key"] if "Key" in each else _key(each["Item"])
        yield Target(each["TableName"], key, transactional=True)


def _of_transact_get(request: Request) -> Iterator[Target]:
    for action in request["TransactItems"]:
        get = action["Get"]
        yield Target(get["TableName"], get["Key"], consistent=True, transactional=True)


def _of_query(request: Request) -> Iterator[Target]:
    if request.keys() & _RETURNS_LESS_THAN_IT_READS:
        raise BenchFailed("The cost of a query that does not return all it reads is not known.")
    yield from ()


def _of_statements(request: Request) -> Iterator[Target]:
    for each in request["Statements"]:
        yield _of_statement(each["Statement"], each["Parameters"])


def _of_statement(statement: str, parameters: Sequence[Any]) -> Target:
    """The item of an INSERT, or of a DELETE with the key in its condition."""
    found = _STATEMENT.match(statement)
    names = _PARAMETER.findall(statement)
    if found is None or not set(names) >= set(_KEY):
        raise BenchFailed(
            f"The cost of a statement is not known, add it to bench/targets.py: {statement}"
        )
    return Target(found[1], _key(dict(zip(names, parameters, strict=True))))


def _key(item: Item) -> Item:
    return {name: item[name] for name in (_DRAFTS_KEY if "pk" in item else _KEY)}


_READERS: dict[str, Callable[[Request], Iterator[Target]]] = {
    "GetItem": _of_get,
    "BatchGetItem": _of_batch_get,
    "PutItem": _of_put,
    "UpdateItem": _of_change,
    "DeleteItem": _of_change,
    "BatchWriteItem": _of_batch_write,
    "BatchExecuteStatement": _of_statements,
    "TransactWriteItems": _of_transact_write,
    "TransactGetItems": _of_transact_get,
    "Query": _of_query,
}
