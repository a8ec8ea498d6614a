"""Cases 16 to 22: whom a product is for, over HTTP."""

from typing import Any

import pytest

from tests.drafts.product.support import (
    PRODUCTS,
    SESSIONS,
    Caller,
    Instance,
)
from tests.drafts.product.test_target_fields import BOUNDS
from tests.harness.drafts import (
    Answer,
)

pytestmark = pytest.mark.conditions

CITY, PROVINCE = "osot_membership_city", "osot_province"


def path(session_id: str) -> str:
    return f"{SESSIONS}/{session_id}/audience-target"


async def lines(admin: Caller, session_id: str, body: object) -> list[str]:
    """What was wrong with a body of step 3."""
    answer = await admin.call("POST", path(session_id), body)
    assert answer.status == 400, answer
    assert answer.body.keys() == {"statusCode", "message", "errors", "fields", "operationId"}
    assert answer.body["message"] == "Target validation failed"
    assert answer.body["operationId"].startswith(f"add-target-{session_id}-")
    errors: list[str] = answer.body["errors"]
    return errors


def stored(answer: Answer) -> dict[str, list[int]]:
    assert answer.status == 200, answer
    criteria: dict[str, list[int]] = answer.body["audienceTarget"]
    return criteria


async def fields_counts(instance: Instance, session_id: str) -> list[int]:
    return [
        event["targetFieldsCount"]
        for event in await instance.events(session_id)
        if event["event"] == "product-orchestrator.target.configured"
    ]


async def test_case_16_no_target_before_the_product_and_the_state_stays(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.create()
    for body in ({}, {PROVINCE: [1]}, b"not JSON", {"unknown": 1}):
        answer = await admin.call("POST", path(session_id), body)
        assert answer.status == 400
        assert answer.body == {
            "statusCode": 400,
            "message": "Product data must be added before target configuration",
        }
    assert (await admin.progress(session_id)).body["state"] == "initiated"
    assert await instance.event_names(session_id) == ["session.created"]


async def test_case_17_an_empty_target_is_a_target_for_everyone(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    bodies: list[object] = [{}, {PROVINCE: None}, {PROVINCE: [], CITY: None}]
    for body in bodies:
        answer = await admin.call("POST", path(session_id), body)
        assert stored(answer) == {}
        assert answer.body["state"] == "target-configured"
        assert answer.body["product"]["productCode"] == "OSOT-WORKSHOP-2026"
    assert (await admin.progress(session_id)).body["steps"]["targetConfigured"] is True
    assert await fields_counts(instance, session_id) == [0, 0, 0]


async def test_case_18_at_most_50_codes_each_once_and_nothing_but_codes_in_an_array(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    cities = list(range(50))
    assert stored(await admin.configure_target(session_id, **{CITY: cities[::-1]})) == {
        CITY: cities
    }
    refused: list[tuple[str, Any, str]] = [
        (CITY, list(range(51)), "cannot have more than 50 selections"),
        (PROVINCE, [1, 11, 1], "must not contain duplicate values"),
        (PROVINCE, 1, "must be an array"),
        (PROVINCE, ["1"], 'contains invalid value(s): "1"'),
        (PROVINCE, ["ONTARIO"], 'contains invalid value(s): "ONTARIO"'),
        (PROVINCE, [99], "contains invalid value(s): 99"),
        (PROVINCE, [1.5], "contains invalid value(s): 1.5"),
        (PROVINCE, [-1], "contains invalid value(s): -1"),
        (PROVINCE, [1, None, 99], "contains invalid value(s): null, 99"),
    ]
    for name, value, reason in refused:
        assert await lines(admin, session_id, {name: value}) == [f"{name} {reason}"]
    assert await fields_counts(instance, session_id) == [1]
    assert (await admin.add_product(session_id)).body["state"] == "target-configured"
    assert stored(await admin.configure_target(session_id, **{PROVINCE: None})) == {}


async def test_case_18_all_violations_are_listed_in_the_order_of_the_fields(
    admin: Caller,
) -> None:
    session_id = await admin.draft_with_product()
    body = {"osot_ota_college": 3, "region": [1], CITY: [*range(51), 5], "osot_gender": [0]}
    assert await lines(admin, session_id, body) == [
        f"{CITY} cannot have more than 50 selections",
        f"{CITY} must not contain duplicate values",
        "osot_gender contains invalid value(s): 0",
        "osot_ota_college must be an array",
        "Unknown targeting field: region",
    ]
    assert (await admin.progress(session_id)).body["state"] == "product-added"


async def test_case_19_an_old_name_is_refused_not_read_as_the_new_one(admin: Caller) -> None:
    session_id = await admin.draft_with_product()
    for value in ([1], [], None):
        assert await lines(admin, session_id, {"osot_location_province": value}) == [
            "Unknown targeting field: osot_location_province"
        ]
    assert (await admin.progress(session_id)).body["steps"]["targetConfigured"] is False


async def test_case_20_no_product_can_be_referred_to(admin: Caller) -> None:
    session_id = await admin.draft_with_product()
    for name in ("osot_Table_Product@odata.bind", "productGuid", "osot_table_product"):
        body = {PROVINCE: [1], name: "/osot_table_products(0a1b2c3d-0000-4000-8000-000000000001)"}
        assert await lines(admin, session_id, body) == [f"Unknown targeting field: {name}"]


async def test_case_21_each_criterion_takes_its_lowest_and_highest_code_and_none_beyond(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    for name, lowest, highest in BOUNDS:
        answer = await admin.configure_target(session_id, **{name: [highest, lowest]})
        assert stored(answer) == {name: [lowest, highest]}
        beyond = {name: [lowest - 1, highest + 1]}
        assert await lines(admin, session_id, beyond) == [
            f"{name} contains invalid value(s): {lowest - 1}, {highest + 1}"
        ]
    assert await fields_counts(instance, session_id) == [1] * 34


async def test_case_21_all_criteria_together_reach_the_record(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    all_highest = {name: [highest] for name, _, highest in BOUNDS}
    assert stored(await admin.configure_target(session_id, **all_highest)) == all_highest
    assert await fields_counts(instance, session_id) == [34]
    committed = (await admin.commit(session_id)).body
    made = (await admin.call("GET", f"{PRODUCTS}/{committed['productGuid']}")).body
    assert {name: made["audienceTarget"][name] for name in all_highest} == all_highest


async def test_case_22_the_second_target_replaces_the_first_entirely(
    instance: Instance, admin: Caller
) -> None:
    session_id = await admin.draft_with_product()
    first = await admin.configure_target(session_id, osot_province=[1, 11], osot_race=[2])
    assert stored(first) == {PROVINCE: [1, 11], "osot_race": [2]}
    second = await admin.configure_target(session_id, osot_gender=[9, 1])
    assert stored(second) == {"osot_gender": [1, 9]}
    assert second.body["state"] == "target-configured"
    assert await fields_counts(instance, session_id) == [2, 1]
    committed = (await admin.commit(session_id)).body
    made = (await admin.call("GET", f"{PRODUCTS}/{committed['productGuid']}")).body
    target = made["audienceTarget"]
    assert (target["osot_gender"], target[PROVINCE], target["osot_race"]) == ([1, 9], [], [])
