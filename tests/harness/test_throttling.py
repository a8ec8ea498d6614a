"""Only the throttled sellers' items fail, and each is counted."""

import json

import pytest

from assembly_service.domain.product import ProductKey
from assembly_service.storage.attribute_values import Item
from assembly_service.storage.rows import key_item
from tests.harness.partial_failures import Body, PartialFailure
from tests.harness.throttling import Rule, Throttle, WholeCalls

PRODUCTS, STAGING = "test-products", "test-staging"
HOT, COLD = key_item(ProductKey("hot", "1")), key_item(ProductKey("cold", "2"))
WRITES = Rule(sellers=frozenset({"hot"}), writes_to=frozenset({PRODUCTS}))
READS = Rule(sellers=frozenset({"hot"}), reads=True)


def insert(table: str, key: Item) -> Body:
    names = ", ".join(f"'{name}': ?" for name in key)
    return {"Statement": f'INSERT INTO "{table}" VALUE {{{names}}}', "Parameters": [*key.values()]}


def statements(*each: Body) -> Body:
    return {"Statements": list(each)}


def keys(*each: Item) -> Body:
    wanted = {"Keys": list(each), "ConsistentRead": True}
    return {"RequestItems": {PRODUCTS: wanted, STAGING: wanted}}


def call(throttle: Throttle, operation: str, request: Body) -> PartialFailure | None:
    return throttle(operation, json.dumps(request).encode())


def whole(*, when: WholeCalls) -> Rule:
    return Rule(sellers=WRITES.sellers, writes_to=WRITES.writes_to, whole_calls=when)


def test_only_the_statements_that_write_the_sellers_products_fail() -> None:
    throttle = Throttle(rule=WRITES)
    passing = [insert(PRODUCTS, COLD), insert(STAGING, HOT)]

    failure = call(
        throttle, "BatchExecuteStatement", statements(passing[0], insert(PRODUCTS, HOT), passing[1])
    )

    assert failure is not None
    assert failure.passed_on == statements(*passing)
    answers = failure.complete({"Responses": [{"TableName": PRODUCTS}, {"TableName": STAGING}]})
    first, second, third = answers["Responses"]
    assert second["Error"]["Code"] == "ProvisionedThroughputExceeded"
    assert (first, third) == ({"TableName": PRODUCTS}, {"TableName": STAGING})
    assert throttle.items == {"hot": 1}


@pytest.mark.parametrize(
    ("when", "others", "status"),
    [
        (WholeCalls.NEVER, [], 200),
        (WholeCalls.IF_ALL, [], 400),
        (WholeCalls.IF_ALL, [COLD], 200),
        (WholeCalls.IF_ANY, [COLD], 400),
    ],
)
def test_a_batch_of_statements_fails_as_a_whole_where_that_is_wanted(
    when: WholeCalls, others: list[Item], status: int
) -> None:
    request = statements(insert(PRODUCTS, HOT), *(insert(PRODUCTS, each) for each in others))

    failure = call(Throttle(rule=whole(when=when)), "BatchExecuteStatement", request)

    assert failure is not None
    assert failure.status == status
    if status == 400:
        assert failure.passed_on is None
        assert failure.complete({})["__type"].endswith("ProvisionedThroughputExceededException")


def test_a_put_of_the_sellers_product_fails_and_one_of_another_seller_passes() -> None:
    throttle = Throttle(rule=WRITES)

    failure = call(throttle, "PutItem", {"TableName": PRODUCTS, "Item": HOT})
    passed = call(throttle, "PutItem", {"TableName": PRODUCTS, "Item": COLD})
    elsewhere = call(throttle, "PutItem", {"TableName": STAGING, "Item": HOT})

    assert failure is not None
    assert (failure.status, failure.passed_on) == (400, None)
    assert passed is elsewhere is None


def test_throttled_keys_come_back_unprocessed_from_every_table() -> None:
    throttle = Throttle(rule=READS)

    failure = call(throttle, "BatchGetItem", keys(HOT, COLD))

    assert failure is not None
    assert failure.passed_on == keys(COLD)
    answer = failure.complete({"Responses": {PRODUCTS: [COLD]}})
    assert answer == {
        "Responses": {PRODUCTS: [COLD]},
        "UnprocessedKeys": keys(HOT)["RequestItems"],
    }
    assert throttle.items == {"hot": 2}


def test_a_read_of_which_no_key_is_left_fails_as_a_whole() -> None:
    failure = call(Throttle(rule=READS), "BatchGetItem", keys(HOT))

    assert failure is not None
    assert (failure.status, failure.passed_on) == (400, None)


@pytest.mark.parametrize("rule", [None, WRITES, READS])
def test_what_names_no_throttled_seller_passes_and_is_not_counted(rule: Rule | None) -> None:
    throttle = Throttle(rule=rule)

    assert call(throttle, "BatchExecuteStatement", statements(insert(PRODUCTS, COLD))) is None
    assert call(throttle, "BatchGetItem", keys(COLD)) is None
    assert not throttle.items
