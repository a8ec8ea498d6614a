"""Transactions: several writes that are applied together or not at all."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import aiohttp

from assembly_service.aws.errors import (
    AWS_ERRORS,
    ErrorKind,
    cancellation_codes,
    code_of,
    kind_of,
)
from assembly_service.runtime.jitter import spread
from assembly_service.storage.attribute_values import Item

_CONDITION_FAILED = "ConditionalCheckFailed"
_CONFLICT = "TransactionConflict"
_DID_NOT_FIT = "ValidationError"
_MOST_WRITES = 8
WRITES_PER_ATTEMPT = 3
"""One attempt of a commit: a write and at most two short retries."""
_CONFLICT_SECONDS = 0.1
_BUSY = {"ThrottlingError", "ThrottlingException", "ProvisionedThroughputExceeded"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One write of a transaction; `if_refused` says what a failed condition means."""

    request: dict[str, Any]
    if_refused: str = ""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a transaction failed, in words for users, and whether a retry may help.

    It may have been applied if its answer was lost.
    """

    text: str
    is_permanent: bool


def put_new(table: str, item: Item, *, if_refused: str = "") -> Action:
    """Return the write of a new item, provided its key is unused."""
    request = {
        "TableName": table,
        "Item": item,
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    return Action(request={"Put": request}, if_refused=if_refused)


async def transact(
    client: Any, actions: Sequence[Action], *, token: str, most_writes: int = _MOST_WRITES
) -> None:
    """Apply all actions or none. The same token with the same actions applies them once.

    Written up to `most_writes` times while it conflicts with other transactions. Raises what the
    client raises.
    """
    await retry_conflicts(
        partial(
            client.transact_write_items,
            TransactItems=[action.request for action in actions],
            ClientRequestToken=token,
        ),
        attempts=most_writes,
    )


async def retry_conflicts(
    call: Callable[[], Awaitable[dict[str, Any]]], *, attempts: int
) -> dict[str, Any]:
    """Repeat a call that conflicts with another transaction on the same items.

    Transactions last moments. Raises what the client raises.
    """
    for left in reversed(range(attempts)):
        try:
            return await call()
        except AWS_ERRORS as error:
            if not left or not met_another(error):
                raise
            await asyncio.sleep(spread(0, _CONFLICT_SECONDS))
    raise AssertionError("a call is made at least once")


def lost(error: Exception) -> bool:
    """Whether a condition failed: another writer came first."""
    return _CONDITION_FAILED in cancellation_codes(error)


def did_not_fit(error: Exception) -> bool:
    """Whether an update could not be applied to the item as it is.

    It would become too large, or lacks what the update changes: not every engine checks the
    conditions first.
    """
    return _DID_NOT_FIT in cancellation_codes(error)


def met_another(error: Exception) -> bool:
    """Whether a transaction, or a single write, conflicted with a transaction on the same item."""
    return _CONFLICT in cancellation_codes(error) or code_of(error) == f"{_CONFLICT}Exception"


def cause_of(error: Exception, actions: Sequence[Action]) -> Cause:
    """Return why a transaction failed, without naming the database. Raises other errors again."""
    if not isinstance(error, AWS_ERRORS):
        raise error
    codes = cancellation_codes(error)
    for code, action in zip(codes, actions, strict=False):
        if code == _CONDITION_FAILED:
            return Cause(action.if_refused, is_permanent=True)
    if _CONFLICT in codes:
        return Cause("Another change was under way", is_permanent=False)
    match kind_of(error):
        case ErrorKind.CREDENTIALS:
            return Cause("Access denied", is_permanent=True)
        case ErrorKind.TRANSIENT:
            return Cause(_transient_text(error, {code_of(error), *codes}), is_permanent=False)
        case _:
            return Cause("The record was refused", is_permanent=True)


def _transient_text(error: Exception, codes: set[str]) -> str:
    if isinstance(error, TimeoutError | asyncio.TimeoutError):
        return "Connection timeout"
    if isinstance(error, aiohttp.ClientError | OSError):
        return "Connection lost"
    return "Too many requests" if codes & _BUSY else "Temporary failure"
