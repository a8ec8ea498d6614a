"""What is wrong is told at its field, by every call."""

import pytest

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.product.target_fields import read_target
from tests.drafts.product.products import LEAST, NO_PRICE, REQUIRED, WITHOUT_PRICE, read
from tests.drafts.product.support import PRODUCT, PRODUCTS, SESSIONS, Caller


def mistakes(body: dict[str, Value]) -> InvalidBody:
    with pytest.raises(InvalidBody) as refused:
        read(body)
    return refused.value


def test_every_missing_field_is_told_where_it_is_missing_and_a_price_at_the_first() -> None:
    told = {name: f"Missing required field: {name}" for name in REQUIRED}
    assert mistakes({}).fields == {**told, "generalPrice": NO_PRICE}


def test_the_first_of_the_errors_in_a_field_is_told_there() -> None:
    changed = {"productPicture": f"ftp://{'a' * 850}", "generalPrice": "-1", "priceOntario": 5}
    refused = mistakes({**LEAST, **changed})
    assert len(refused.lines) == 4
    assert refused.fields == {
        "generalPrice": "generalPrice must be a number",
        "productPicture": "productPicture must be an http or https URL with a host",
    }


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"productCode": "a b"}, ["productCode"]),
        ({"startDate": "2026-02-02", "endDate": "2026-02-01"}, ["endDate"]),
        ({"productCategory": 1}, ["insuranceType", "insuranceLimit"]),
    ],
    ids=str,
)
def test_every_rule_is_told_at_the_field_that_breaks_it(
    changes: dict[str, Value], fields: list[str]
) -> None:
    refused = mistakes({**LEAST, **changes})
    assert refused.fields == dict(zip(fields, refused.lines, strict=True))


def test_a_criterion_is_told_what_is_wrong_with_it() -> None:
    with pytest.raises(InvalidBody) as refused:
        read_target({"osot_province": [99, 99], "osot_affiliate_city": 1, "osot_city": []})
    assert refused.value.fields == {
        "osot_affiliate_city": "osot_affiliate_city must be an array",
        "osot_province": "osot_province must not contain duplicate values",
    }


async def test_each_call_that_takes_a_body_tells_its_fields(admin: Caller) -> None:
    draft = f"{SESSIONS}/{await admin.draft_with_product()}"
    made = (await admin.call("POST", PRODUCTS, {**PRODUCT, "productCode": "MADE"})).body
    path = f"{PRODUCTS}/{made['productGuid']}"
    province = {"osot_province": "osot_province must be an array"}
    for method, called, sent, fields in (
        ("POST", f"{draft}/product", WITHOUT_PRICE, {"generalPrice": NO_PRICE}),
        ("POST", PRODUCTS, WITHOUT_PRICE, {"generalPrice": NO_PRICE}),
        ("PATCH", path, {"taxes": "x"}, {"taxes": "taxes must be a number"}),
        ("POST", f"{draft}/audience-target", {"osot_province": 1}, province),
        ("PATCH", f"{path}/target", {"osot_province": 1}, province),
        ("POST", f"{draft}/commit", {"x": 1}, {}),
    ):
        refused = await admin.call(method, called, sent)
        assert (refused.status, refused.body["fields"]) == (400, fields)


async def test_a_code_that_was_taken_meanwhile_is_told_at_the_code_until_it_is_changed(
    admin: Caller,
) -> None:
    session_id = await admin.draft_with_product()
    await admin.call("POST", PRODUCTS, PRODUCT)
    fields = {"productCode": f"Product code {PRODUCT['productCode'].upper()} already exists"}
    assert (await admin.commit(session_id)).body["fields"] == fields
    assert (await admin.progress(session_id)).body["fields"] == fields
    assert (await admin.call("GET", f"{SESSIONS}/{session_id}")).body["fields"] == fields
    await admin.add_product(session_id, productCode="ANOTHER")
    assert (await admin.progress(session_id)).body["fields"] == {}
    assert (await admin.commit(session_id)).body["success"] is True
