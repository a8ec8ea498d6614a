"""`GET /private/products?productCode=` finds the product with a code."""

from http import HTTPStatus
from urllib.parse import quote

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

pytestmark = pytest.mark.conditions


async def product(admin: Caller, code: str, **fields: object) -> str:
    made = await admin.call("POST", PRODUCTS, {**PRODUCT, "productCode": code, **fields})
    assert made.status == HTTPStatus.CREATED, made
    guid: str = made.body["productGuid"]
    return guid


async def found(caller: Caller, code: str, more: str = "") -> list[str]:
    answer = await caller.call("GET", f"{PRODUCTS}?productCode={quote(code)}{more}")
    assert answer.status == HTTPStatus.OK, answer
    assert answer.body["pagination"]["count"] == len(answer.body["products"])
    return [each["productGuid"] for each in answer.body["products"]]


async def test_the_product_with_the_code_is_found_and_no_other(admin: Caller) -> None:
    first, second = await product(admin, "SPLINTS-1"), await product(admin, "SPLINTS-10")
    assert await found(admin, "SPLINTS-1") == [first]
    assert await found(admin, "  splints-10 ") == [second]
    for nothing in ("SPLINTS", "SPLINTS-2", "A", "A B", "É12", "x" * 255, "a#b"):
        assert await found(admin, nothing) == []


async def test_it_is_shown_as_in_the_list(admin: Caller) -> None:
    guid = await product(admin, "SPLINTS")
    answer = await admin.call("GET", f"{PRODUCTS}?productCode=splints")
    assert answer.body["products"] == [(await admin.call("GET", f"{PRODUCTS}/{guid}")).body]
    assert answer.body["pagination"] == {"hasMore": False, "lastEvaluatedKey": None, "count": 1}


async def test_it_has_to_match_the_other_filters_too(admin: Caller) -> None:
    guid = await product(admin, "SPLINTS", productStatus=1)
    assert await found(admin, "SPLINTS", "&status=1&category=4&limit=1") == [guid]
    assert await found(admin, "SPLINTS", "&status=3") == []
    assert await found(admin, "SPLINTS", "&category=5") == []
    assert await found(admin, "SPLINTS", f"&lastKey={guid}") == []


async def test_a_changed_code_finds_its_current_product(admin: Caller) -> None:
    guid = await product(admin, "OLD-CODE")
    await admin.call("PATCH", f"{PRODUCTS}/{guid}", {"productCode": "NEW-CODE"})
    assert await found(admin, "OLD-CODE") == []
    assert await found(admin, "NEW-CODE") == [guid]


@pytest.mark.parametrize(
    "query",
    [
        "productCode=",
        "productCode=%20",
        "productCode=A%00B",
        "productCode=%ED%A0%80%00",
        f"productCode={'x' * 256}",
    ],
)
async def test_an_impossible_code_is_refused(admin: Caller, query: str) -> None:
    answer = await admin.call("GET", f"{PRODUCTS}?{query}")
    assert answer.status == HTTPStatus.BAD_REQUEST
    assert answer.body["errors"] == ["productCode must have 1 to 255 printable characters"]


async def test_a_code_given_twice_is_refused(admin: Caller) -> None:
    answer = await admin.call("GET", f"{PRODUCTS}?productCode=AAA&productCode=BBB")
    assert answer.body["errors"] == ["productCode is given more than once"]


async def test_products_of_other_organizations_are_never_found(
    instance: Instance, admin: Caller, clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    await product(admin, "SPLINTS")
    assert await found(admin.as_(organization="another"), "SPLINTS") == []
    everywhere = orchestrator_settings.model_copy(update={"product_code_scope": "global"})
    async with running_instance(clients, everywhere, clock=instance.clock) as other:
        await product(other.admin, "GLOVES")
        assert await found(other.admin.as_(organization="another"), "GLOVES") == []


async def test_codes_taken_before_the_scope_was_changed_are_found_too(
    instance: Instance, admin: Caller, clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    first = await product(admin, "SPLINTS")
    instance.clock.now += 10
    everywhere = orchestrator_settings.model_copy(update={"product_code_scope": "global"})
    async with running_instance(clients, everywhere, clock=instance.clock) as other:
        second = await product(other.admin, "SPLINTS")
        for caller in (admin, other.admin):
            assert await found(caller, "SPLINTS") == [second, first]
        page = (await admin.call("GET", f"{PRODUCTS}?productCode=SPLINTS&limit=1")).body
        assert [each["productGuid"] for each in page["products"]] == [second]
        assert page["pagination"] == {"hasMore": True, "lastEvaluatedKey": second, "count": 1}
        assert await found(admin, "SPLINTS", f"&limit=1&lastKey={second}") == [first]
