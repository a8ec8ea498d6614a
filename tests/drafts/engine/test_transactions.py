"""A transaction is applied once as a whole, or fails for a cause in plain words."""

import asyncio
from typing import Any

import pytest
from aiohttp import ClientConnectionError
from botocore.exceptions import NoCredentialsError

from assembly_service.drafts.engine.transactions import (
    Action,
    Cause,
    cause_of,
    lost,
    met_another,
    put_new,
    transact,
)
from assembly_service.storage.attribute_values import Item
from tests.drafts.engine.support import Observed, cancelled, refused
from tests.harness.drafts import (
    TroubledClient,
    answer_lost,
)
from tests.harness.quiet_loop import play

pytestmark = pytest.mark.conditions

WRITES = "transact_write_items"
CONDITION, CONFLICT, FINE = "ConditionalCheckFailed", "TransactionConflict", "None"


def item(name: str) -> Item:
    return {"pk": {"S": name}, "sk": {"S": "META"}}


async def are_there(client: Any, table: str, *names: str) -> list[bool]:
    answers = [
        await client.get_item(TableName=table, Key=item(name), ConsistentRead=True)
        for name in names
    ]
    return ["Item" in answer for answer in answers]


async def test_a_repetition_under_the_same_token_is_applied_once(
    client: TroubledClient, table: str
) -> None:
    actions = [put_new(table, item("a")), put_new(table, item("b"))]
    client.orders[WRITES].append(answer_lost)
    with pytest.raises(TimeoutError):
        await transact(client, actions, token="one")
    await transact(client, actions, token="one")  # no condition fails: it was applied
    await client.delete_item(TableName=table, Key=item("a"))
    await transact(client, actions, token="one")
    assert await are_there(client, table, "a", "b") == [False, True]
    with pytest.raises(Exception) as refusal:
        await transact(client, actions, token="two")
    assert lost(refusal.value)


async def test_a_cancelled_transaction_applies_nothing_and_names_the_refused_action(
    client: TroubledClient, table: str
) -> None:
    await transact(client, [put_new(table, item("there"))], token="one")
    actions = [
        put_new(table, item("a"), if_refused="a is there"),
        put_new(table, item("there"), if_refused="there is there"),
        put_new(table, item("b"), if_refused="b is there"),
    ]
    with pytest.raises(Exception) as refusal:
        await transact(client, actions, token="two")
    assert cause_of(refusal.value, actions) == Cause("there is there", is_permanent=True)
    assert await are_there(client, table, "a", "b") == [False, False]
    await client.delete_item(TableName=table, Key=item("there"))
    await transact(client, actions, token="two")  # a cancelled one is evaluated again
    assert await are_there(client, table, "a", "there", "b") == [True, True, True]


class Meeting:
    """A client whose transactions fail with these errors, one after another, then are applied."""

    def __init__(self, *errors: Exception) -> None:
        self._errors = list(errors)
        self.calls = 0
        self.at: list[float] = []

    async def transact_write_items(self, **_: Any) -> None:
        self.calls += 1
        self.at.append(asyncio.get_running_loop().time())
        if self._errors:
            raise self._errors.pop(0)


async def outcome(client: Any) -> bool:
    """Whether it was applied."""
    try:
        await transact(client, [put_new("table", item("a"))], token="one")
    except Exception:
        return False
    return True


@pytest.mark.parametrize(
    ("errors", "calls", "is_applied"),
    [
        ([cancelled(FINE, CONFLICT)], 2, True),
        ([cancelled(CONFLICT)] * 7, 8, True),
        ([cancelled(CONFLICT)] * 8, 8, False),
        ([cancelled(CONFLICT), cancelled(CONDITION)], 2, False),
        ([cancelled(FINE, CONDITION)], 1, False),
        ([cancelled("ThrottlingError")], 1, False),
        ([refused("InternalServerError")], 1, False),
        ([TimeoutError()], 1, False),
    ],
)
def test_only_a_conflict_is_retried_until_it_is_over(
    errors: list[Exception], calls: int, is_applied: bool
) -> None:
    client = Meeting(*errors)
    assert play(outcome(client)) is is_applied
    assert client.calls == calls


def test_retries_after_a_conflict_are_jittered() -> None:
    client = Meeting(*[cancelled(CONFLICT)] * 7)
    assert play(outcome(client))
    waits = [after - before for before, after in zip(client.at, client.at[1:], strict=False)]
    assert max(waits) <= 0.1
    assert len({round(wait, 6) for wait in waits}) > 1


async def test_every_retry_is_the_same_transaction_under_the_same_token() -> None:
    observed = Observed(Meeting(cancelled(CONFLICT), cancelled(CONFLICT)))
    await transact(observed, [put_new("table", item("a"))], token="one")
    assert len(observed.sent) == 3
    assert observed.sent[0] == observed.sent[1] == observed.sent[2]
    assert observed.sent[0]["ClientRequestToken"] == "one"


ACTIONS = [Action(request={}, if_refused=text) for text in ("first", "second", "third")]
BUSY, OUTAGE = Cause("Too many requests", False), Cause("Temporary failure", False)
DENIED, UNFIT = Cause("Access denied", True), Cause("The record was refused", True)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (cancelled(CONDITION, FINE, FINE), Cause("first", True)),
        (cancelled(FINE, FINE, CONDITION), Cause("third", True)),
        (cancelled(FINE, CONDITION, CONDITION), Cause("second", True)),
        (cancelled(CONFLICT, FINE, CONDITION), Cause("third", True)),
        (cancelled("ThrottlingError", CONDITION, FINE), Cause("second", True)),
        (cancelled(FINE, CONFLICT, FINE), Cause("Another change was under way", False)),
        (
            cancelled("ThrottlingError", FINE, CONFLICT),
            Cause("Another change was under way", False),
        ),
        (cancelled(FINE, "ThrottlingError", FINE), BUSY),
        (cancelled("ProvisionedThroughputExceeded", FINE, FINE), BUSY),
        (cancelled(FINE, "ValidationError", FINE), UNFIT),
        (cancelled(FINE, "ItemCollectionSizeLimitExceeded", FINE), UNFIT),
        (cancelled(FINE, "AccessDenied", FINE), DENIED),
        (refused("ThrottlingException"), BUSY),
        (refused("InternalServerError"), OUTAGE),
        (refused("TransactionInProgressException"), OUTAGE),
        (refused("something new"), OUTAGE),
        (refused("AccessDeniedException"), DENIED),
        (refused("ExpiredTokenException"), DENIED),
        (NoCredentialsError(), DENIED),
        (refused("ValidationException"), UNFIT),
        (refused("IdempotentParameterMismatchException"), UNFIT),
        (refused("ResourceNotFoundException"), UNFIT),
        (TimeoutError(), Cause("Connection timeout", False)),
        (ClientConnectionError(), Cause("Connection lost", False)),
        (OSError(), Cause("Connection lost", False)),
    ],
)
def test_a_cause_is_in_plain_words_and_says_whether_a_retry_may_help(
    error: Exception, cause: Cause
) -> None:
    assert cause_of(error, ACTIONS) == cause


def test_a_bug_is_not_a_cause() -> None:
    with pytest.raises(KeyError):
        cause_of(KeyError("mistake"), ACTIONS)


@pytest.mark.parametrize(
    ("error", "is_lost", "has_met"),
    [
        (cancelled(FINE, CONDITION), True, False),
        (cancelled(FINE, CONFLICT), False, True),
        (cancelled("ThrottlingError"), False, False),
        (refused("ConditionalCheckFailedException"), False, False),
        (TimeoutError(), False, False),
    ],
)
def test_only_a_failed_condition_is_lost_and_only_a_conflict_is_retried(
    error: Exception, is_lost: bool, has_met: bool
) -> None:
    assert (lost(error), met_another(error)) == (is_lost, has_met)
