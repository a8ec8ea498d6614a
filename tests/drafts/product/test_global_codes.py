"""PRODUCT_CODE_SCOPE=global: codes are unique across all organizations."""

from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    Caller,
    Instance,
    running_instance,
)
from tests.harness.drafts import (
    Answer,
)

pytestmark = pytest.mark.conditions

CODE = "SPLINTS-2026"
TAKEN = f"Product code {CODE} already exists"


@pytest.fixture
async def everywhere(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> AsyncIterator[Instance]:
    """An instance whose codes are unique across all organizations."""
    settings = orchestrator_settings.model_copy(update={"product_code_scope": "global"})
    async with running_instance(clients, settings) as running:
        yield running


@pytest.fixture
def one(everywhere: Instance) -> Caller:
    """An administrator of an organization."""
    return everywhere.admin


@pytest.fixture
def other(everywhere: Instance) -> Caller:
    """One of another organization."""
    return everywhere.admin.as_(user="grace", organization="another")


async def create(caller: Caller, code: str = CODE) -> Answer:
    return await caller.call("POST", PRODUCTS, {**PRODUCT, "productCode": code})


async def rename(caller: Caller, product: Answer, code: str) -> Answer:
    path = f"{PRODUCTS}/{product.body['productGuid']}"
    return await caller.call("PATCH", path, {"productCode": code})


async def test_a_released_code_is_free_for_other_organizations(
    everywhere: Instance, one: Caller, other: Caller
) -> None:
    product = await create(one)
    waiting = await other.draft_with_product(productCode="WAITING")
    assert (await other.add_product(waiting, productCode=CODE)).status == HTTPStatus.CONFLICT
    assert (await rename(one, product, "GIVEN-UP")).status == HTTPStatus.OK
    assert (await other.add_product(waiting, productCode=CODE)).status == HTTPStatus.OK
    assert (await other.commit(waiting)).body["success"] is True
    assert await everywhere.count_records() == {
        "products": 2,
        "targets": 2,
        "guards": 2,
        "audits": 3,
    }
    back = await rename(one, product, CODE)
    assert (back.status, back.body["message"]) == (HTTPStatus.CONFLICT, TAKEN)


async def test_a_code_that_a_change_takes_is_taken_everywhere(one: Caller, other: Caller) -> None:
    await rename(one, await create(one, "BEFORE"), CODE)
    answer = await create(other)
    assert (answer.status, answer.body["message"]) == (HTTPStatus.CONFLICT, TAKEN)
    mine = await create(other, "MINE")
    assert (await rename(other, mine, CODE)).status == HTTPStatus.CONFLICT
    assert (await create(other, "BEFORE")).status == HTTPStatus.CREATED


@pytest.mark.parametrize("first", ["create", "commit"])
async def test_a_code_of_another_organization_is_taken_in_every_call(
    one: Caller, other: Caller, first: str
) -> None:
    late = await other.draft_with_product(productCode=CODE)
    if first == "create":
        assert (await create(one)).status == HTTPStatus.CREATED
    else:
        assert (await one.commit(await one.draft_with_product(productCode=CODE))).body["success"]
    lost = (await other.commit(late)).body
    assert lost["success"] is False
    assert lost["errors"] == ["Failed to commit session after 1 attempts", TAKEN]
    assert (await other.add_product(late, productCode=CODE)).status == HTTPStatus.CONFLICT
    assert (await create(other)).body["message"] == TAKEN


async def test_products_stay_with_their_organization(one: Caller, other: Caller) -> None:
    mine, theirs = await create(one), await create(other, "THEIRS")
    for caller, product, foreign in ((one, mine, theirs), (other, theirs, mine)):
        listed = (await caller.call("GET", PRODUCTS)).body["products"]
        assert [each["productGuid"] for each in listed] == [product.body["productGuid"]]
        path = f"{PRODUCTS}/{foreign.body['productGuid']}"
        assert (await caller.call("GET", path)).status == HTTPStatus.NOT_FOUND
        assert (await rename(caller, foreign, "STOLEN")).status == HTTPStatus.NOT_FOUND


async def test_a_product_keeps_the_scope_it_was_created_in(
    everywhere: Instance,
    one: Caller,
    other: Caller,
    clients: Clients,
    orchestrator_settings: ProductDraftSettings,
) -> None:
    product = await create(one, "BEFORE")
    async with running_instance(clients, orchestrator_settings, clock=everywhere.clock) as within:
        assert (await rename(within.admin, product, CODE)).status == HTTPStatus.OK
    assert (await create(other)).status == HTTPStatus.CONFLICT
    assert (await create(other, "BEFORE")).status == HTTPStatus.CREATED
