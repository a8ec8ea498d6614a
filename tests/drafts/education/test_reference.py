"""Reference data in the table: cached for five minutes, loaded in batches, idempotently."""

from datetime import date

import pytest

from assembly_service.drafts.education.reference import CACHE_MILLISECONDS, Reference
from assembly_service.drafts.education.reference_items import to_row
from assembly_service.drafts.education.reference_loading import difference, write
from tests.drafts.education.reference import account, membership_year
from tests.drafts.education.support import ACCOUNT, MEMBER, OTHER_MEMBER, YEAR, Instance
from tests.harness.drafts import ORGANIZATION, timed_out


def reference_of(instance: Instance) -> Reference:
    table = instance.settings.dynamodb_records_table
    return Reference(client=instance.reads, table=table, clock=instance.clock)


async def test_an_account_is_read_once_in_five_minutes(instance: Instance) -> None:
    reference = reference_of(instance)
    assert await reference.account(ACCOUNT) == account(ACCOUNT, business_id=MEMBER)
    changed = account(ACCOUNT, business_id=OTHER_MEMBER)
    await instance.load(changed)
    instance.clock.now += CACHE_MILLISECONDS - 1
    assert await reference.account(ACCOUNT) == account(ACCOUNT, business_id=MEMBER)
    instance.clock.now += 1
    assert await reference.account(ACCOUNT) == changed


async def test_the_membership_year_is_read_once_in_five_minutes(instance: Instance) -> None:
    reference = reference_of(instance)
    assert await reference.membership_ends(ORGANIZATION) == date(YEAR, 12, 31)
    await instance.load(membership_year("standard", year=YEAR, ends=f"{YEAR}-06-30"))
    instance.clock.now += CACHE_MILLISECONDS - 1
    assert await reference.membership_ends(ORGANIZATION) == date(YEAR, 12, 31)
    instance.clock.now += 1
    assert await reference.membership_ends(ORGANIZATION) == date(YEAR, 6, 30)


async def test_absent_data_is_found_as_soon_as_it_is_loaded(instance: Instance) -> None:
    reference, late = reference_of(instance), "0f8fad5b-d9cb-469f-a165-000000000009"
    assert await reference.account(late) is None
    assert await reference.membership_ends("late") is None
    await instance.load(
        account(late, business_id=MEMBER),
        membership_year("standard", year=YEAR, ends=f"{YEAR}-06-30", organization="late"),
    )
    assert await reference.account(late) is not None
    assert await reference.membership_ends("late") == date(YEAR, 6, 30)


async def test_a_failed_lookup_is_raised_and_not_cached(instance: Instance) -> None:
    reference = reference_of(instance)
    instance.reads.orders["query"].append(timed_out)
    with pytest.raises(TimeoutError):
        await reference.membership_ends(ORGANIZATION)
    assert await reference.membership_ends(ORGANIZATION) == date(YEAR, 12, 31)


async def test_only_active_settings_of_the_same_organisation_count(instance: Instance) -> None:
    await instance.load(
        membership_year("a", year=YEAR + 1, ends=f"{YEAR + 1}-12-31", status="INACTIVE"),
        membership_year("b", year=YEAR + 1, ends=f"{YEAR + 1}-12-31", status="INACTIVE"),
        membership_year(
            "x", year=YEAR + 2, ends=f"{YEAR + 2}-12-31", organization=f"{ORGANIZATION}-more"
        ),
    )
    assert await reference_of(instance).membership_ends(ORGANIZATION) == date(YEAR, 12, 31)


async def test_a_load_writes_differences_in_batches_and_a_second_one_writes_nothing(
    instance: Instance,
) -> None:
    client, table = instance.engine.clients.dynamodb, instance.settings.dynamodb_records_table
    items = [
        account(f"0f8fad5b-d9cb-469f-a165-{number:012d}", business_id=f"osot-{number}")
        for number in range(60)
    ]
    found = await difference(client, table, items)
    assert (len(found.new), len(found.changed), found.same) == (60, 0, 0)
    advanced: list[int] = []
    await write(client, table, found.rows, advanced.append)
    assert advanced == [25, 25, 10]
    records = await instance.records()
    again = await difference(client, table, items)
    assert (again.rows, again.same) == ((), 60)
    changed = await difference(client, table, [account(ACCOUNT, business_id="else"), items[0]])
    assert changed.changed == (to_row(account(ACCOUNT, business_id="else")),)
    assert await instance.records() == records
