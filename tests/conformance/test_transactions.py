"""Every engine applies a transaction completely, once, or says which action failed."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError

from assembly_service.aws.errors import ErrorKind, cancellation_codes, kind_of
from tests.conformance.conftest import Habits
from tests.harness.engine import Account
from tests.harness.pipeline import Pipeline

pytestmark = pytest.mark.conditions

APPLIED: tuple[str, ...] = ("applied",)
LOST, FINE, UNFIT = "ConditionalCheckFailed", "None", "ValidationError"
CONFLICT = "TransactionConflict"
TOKEN = "4c7f8f0e-0000-4000-8000-000000000001"  # noqa: S105 - names a transaction

Action = dict[str, Any]


@pytest.fixture
def drafts(aws: Account) -> str:
    """The name of the drafts table."""
    return aws.environment["DYNAMODB_DRAFTS_TABLE"]


@pytest.fixture
def records(aws: Account) -> str:
    """The name of the records table."""
    return aws.environment["DYNAMODB_RECORDS_TABLE"]


def key(name: str) -> dict[str, Any]:
    return {"pk": {"S": "one"}, "sk": {"S": name}}


def put_new(table: str, name: str, **more: dict[str, Any]) -> Action:
    absent = "attribute_not_exists(pk)"
    item = {**key(name), **more}
    return {"Put": {"TableName": table, "Item": item, "ConditionExpression": absent}}


def demand(table: str, name: str) -> Action:
    there = "attribute_exists(pk)"
    return {"ConditionCheck": {"TableName": table, "Key": key(name), "ConditionExpression": there}}


def count(table: str, name: str) -> Action:
    return {
        "Update": {
            "TableName": table,
            "Key": key(name),
            "UpdateExpression": "ADD n :one",
            "ExpressionAttributeValues": {":one": {"N": "1"}},
        }
    }


def get(table: str, name: str) -> Action:
    return {"Get": {"TableName": table, "Key": key(name)}}


async def transact(account: Pipeline, *actions: Action, **more: str) -> tuple[str, ...]:
    """Return APPLIED or the cancellation reasons. Raises any other error."""
    try:
        await account.clients.dynamodb_writes.transact_write_items(TransactItems=actions, **more)
    except ClientError as error:
        if codes := cancellation_codes(error):
            return codes
        raise
    return APPLIED


async def refusal(account: Pipeline, *actions: Action, **more: str) -> ErrorKind:
    with pytest.raises(ClientError) as refused:
        await account.clients.dynamodb_writes.transact_write_items(TransactItems=actions, **more)
    assert cancellation_codes(refused.value) == ()
    return kind_of(refused.value)


async def stored(account: Pipeline, *gets: Action) -> list[Any]:
    answer = await account.clients.dynamodb.transact_get_items(TransactItems=gets)
    return [response.get("Item") for response in answer["Responses"]]


async def test_one_failed_condition_prevents_all_writes_and_is_named_by_position(
    account: Pipeline, drafts: str, records: str
) -> None:
    actions = [put_new(drafts, "a"), put_new(records, "a"), count(records, "n")]
    assert await transact(account, *actions) == APPLIED
    before = await stored(account, get(drafts, "a"), get(records, "a"), get(records, "n"))
    again = [put_new(drafts, "b"), put_new(records, "a"), count(records, "n"), demand(drafts, "c")]
    assert await transact(account, *again) == (FINE, LOST, FINE, LOST)
    assert before == await stored(account, get(drafts, "a"), get(records, "a"), get(records, "n"))
    assert await stored(account, get(drafts, "b"), get(drafts, "c")) == [None, None]


async def test_the_item_that_failed_a_condition_is_returned_on_request(
    account: Pipeline, drafts: str
) -> None:
    action = put_new(drafts, "a", owner={"S": "first"})
    assert await transact(account, action) == APPLIED
    action["Put"]["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
    with pytest.raises(ClientError) as lost:
        await account.clients.dynamodb_writes.transact_write_items(TransactItems=[action])
    assert kind_of(lost.value) is ErrorKind.CONDITION_FAILED
    reasons: Any = lost.value.response
    assert reasons["CancellationReasons"][0]["Item"] == {**key("a"), "owner": {"S": "first"}}


async def test_a_repeated_token_succeeds_again_and_writes_nothing(
    account: Pipeline, drafts: str, records: str
) -> None:
    actions = [put_new(drafts, "a"), count(records, "n")]
    assert await transact(account, *actions, ClientRequestToken=TOKEN) == APPLIED
    await account.clients.dynamodb.delete_item(TableName=drafts, Key=key("a"))
    assert await transact(account, *actions, ClientRequestToken=TOKEN) == APPLIED
    counted = {**key("n"), "n": {"N": "1"}}
    assert await stored(account, get(drafts, "a"), get(records, "n")) == [None, counted]


async def test_a_token_of_another_transaction_is_refused(account: Pipeline, drafts: str) -> None:
    assert await transact(account, put_new(drafts, "a"), ClientRequestToken=TOKEN) == APPLIED
    other = put_new(drafts, "b")
    assert await refusal(account, other, ClientRequestToken=TOKEN) is ErrorKind.REFUSED
    assert await stored(account, get(drafts, "b")) == [None]


async def test_the_token_of_a_cancelled_transaction_can_be_used_again(
    account: Pipeline, drafts: str
) -> None:
    action = put_new(drafts, "a")
    assert await transact(account, action) == APPLIED
    assert await transact(account, action, ClientRequestToken=TOKEN) == (LOST,)
    await account.clients.dynamodb.delete_item(TableName=drafts, Key=key("a"))
    assert await transact(account, action, ClientRequestToken=TOKEN) == APPLIED
    assert await stored(account, get(drafts, "a")) == [key("a")]


async def test_a_token_has_at_most_36_characters(
    account: Pipeline, drafts: str, habits: Habits
) -> None:
    assert await transact(account, put_new(drafts, "a"), ClientRequestToken="t" * 36) == APPLIED
    if habits.limits_tokens:
        longer = await refusal(account, put_new(drafts, "b"), ClientRequestToken="t" * 37)
        assert longer is ErrorKind.REFUSED


async def test_of_concurrent_writes_to_one_item_one_is_applied(
    account: Pipeline, drafts: str, records: str
) -> None:
    outcomes = Counter(
        await asyncio.gather(
            *(
                transact(account, put_new(records, "a"), put_new(drafts, str(each)))
                for each in range(20)
            )
        )
    )
    assert outcomes[APPLIED] == 1
    assert outcomes.keys() <= {APPLIED, (LOST, FINE), (CONFLICT, FINE)}
    items = await stored(account, *(get(drafts, str(each)) for each in range(20)))
    assert sum(item is not None for item in items) == 1


async def test_every_concurrent_change_that_was_applied_counts(
    account: Pipeline, drafts: str, records: str
) -> None:
    outcomes = Counter(
        await asyncio.gather(
            *(
                transact(account, count(records, "n"), put_new(drafts, str(each)))
                for each in range(20)
            )
        )
    )
    assert outcomes.keys() <= {APPLIED, (CONFLICT, FINE)}
    counted = {**key("n"), "n": {"N": str(outcomes[APPLIED])}}
    assert await stored(account, get(records, "n")) == [counted]


async def test_two_actions_on_one_item_are_refused_and_on_one_key_in_two_tables_are_not(
    account: Pipeline, drafts: str, records: str
) -> None:
    same = [put_new(drafts, "a"), demand(drafts, "a")]
    assert await refusal(account, *same) is ErrorKind.REFUSED
    assert await transact(account, put_new(drafts, "a"), put_new(records, "a")) == APPLIED


async def test_reading_one_item_twice_is_refused(account: Pipeline, drafts: str) -> None:
    with pytest.raises(ClientError) as refused:
        await stored(account, get(drafts, "a"), get(drafts, "a"))
    assert kind_of(refused.value) is ErrorKind.REFUSED


async def test_an_action_whose_key_has_another_type_is_named_by_position(
    account: Pipeline, drafts: str, habits: Habits
) -> None:
    typed = put_new(drafts, "a")
    typed["Put"]["Item"]["sk"] = {"N": "1"}
    assert await transact(account, put_new(drafts, "b"), typed) == (FINE, UNFIT)
    indexed = put_new(drafts, "c", lifecycle={"S": "open"}, expires_at={"S": "soon"})
    expected = (FINE, UNFIT) if habits.keeps_index_keys_typed else APPLIED
    assert await transact(account, put_new(drafts, "d"), indexed) == expected


async def test_an_invalid_number_or_a_missing_table_refuses_the_whole_call(
    account: Pipeline, drafts: str
) -> None:
    unfit = put_new(drafts, "a", number={"N": "1E+300"})
    assert await refusal(account, put_new(drafts, "b"), unfit) is ErrorKind.REFUSED
    nowhere = put_new("no-such-table", "a")
    assert await refusal(account, put_new(drafts, "b"), nowhere) is ErrorKind.NOT_FOUND
    assert await stored(account, get(drafts, "b")) == [None]


# The HTTP library would rather be given a file when there is so much to send.
@pytest.mark.filterwarnings("ignore:Sending a large body")
async def test_100_actions_of_4_mb_with_items_of_400_kb_are_the_most(
    account: Pipeline, drafts: str
) -> None:
    small = [put_new(drafts, str(each)) for each in range(101)]
    assert await transact(account, *small[:100]) == APPLIED
    assert await refusal(account, *small) is ErrorKind.REFUSED
    large = [put_new(drafts, f"l{each}", text={"S": "x" * 390_000}) for each in range(11)]
    assert await transact(account, *large[:10]) == APPLIED
    assert await refusal(account, *large) is ErrorKind.REFUSED
    too_large = put_new(drafts, "t", text={"S": "x" * 410_000})
    assert await refusal(account, too_large) is ErrorKind.REFUSED
