"""Bodies that no form would send are refused with a sentence that says why."""

import json

import pytest

from tests.drafts.product.support import PRODUCT, PRODUCTS, SESSIONS, Caller

CONTROLS = ["\x00", "\x08", "\t", "\n", "\x1f", "\x7f"]


@pytest.mark.parametrize("control", CONTROLS)
async def test_a_text_of_one_line_holds_no_control_characters(admin: Caller, control: str) -> None:
    session_id = await admin.create()
    answer = await admin.add_product(session_id, productName=f"Hand{control}splints")
    assert answer.status == 400
    assert answer.body["errors"] == ["productName must not contain control characters"]
    answer = await admin.add_product(
        session_id,
        productCode=f"A{control}B",
        productPicture=f"https://a.example/{control}",
        productYear=f"20{control}26",
    )
    assert [line.split(":")[0] for line in answer.body["errors"]] == [
        "Invalid product code format. Expected",
        "productYear must be a year of four digits",
        *([] if control.isspace() else ["productPicture must be an http or https URL with a host"]),
    ]


async def test_a_text_of_several_lines_keeps_them(admin: Caller) -> None:
    texts = ("productDescription", "productAdditionalInfo", "postPurchaseInfo")
    given = dict.fromkeys(texts, "One line.\n\tAnother one.")
    answer = await admin.add_product(await admin.create(), **given)
    assert answer.status == 200
    assert given.items() <= answer.body["product"].items()


async def test_a_change_holds_no_control_characters_either(admin: Caller) -> None:
    made = await admin.call("POST", PRODUCTS, PRODUCT)
    path = f"{PRODUCTS}/{made.body['productGuid']}"
    answer = await admin.call("PATCH", path, {"productName": "Hand\x00splints"})
    assert answer.body["errors"] == ["productName must not contain control characters"]


async def test_a_duplicate_key_in_a_body_is_refused_by_every_call(admin: Caller) -> None:
    made = await admin.call("POST", PRODUCTS, PRODUCT)
    guid, target = made.body["productGuid"], made.body["audienceTarget"]["targetGuid"]
    session_id = await admin.draft_with_product(productCode="ANOTHER")
    members = json.dumps(PRODUCT)[1:-1]
    for method, path, name, body in (
        ("POST", f"{SESSIONS}/create", "a", '{"a": 1, "a": 1}'),
        ("POST", f"{SESSIONS}/{session_id}/product", "productName", f"{{{members},{members}}}"),
        ("POST", f"{SESSIONS}/{session_id}/commit", "a", '{"a": 1, "a": 1}'),
        ("POST", PRODUCTS, "generalPrice", f'{{{members},"generalPrice":1}}'),
        ("PATCH", f"{PRODUCTS}/{guid}", "generalPrice", '{"generalPrice":1,"generalPrice":2}'),
        *(
            (method, path, "osot_gender", '{"osot_gender": [1], "osot_gender": []}')
            for method, path in (
                ("POST", f"{SESSIONS}/{session_id}/audience-target"),
                ("PATCH", f"{PRODUCTS}/{guid}/target"),
                ("PATCH", f"/private/audience-target/{target}"),
            )
        ),
    ):
        answer = await admin.call(method, path, body.encode())
        assert (answer.status, answer.body["errors"]) == (
            400,
            [f"The body names {name} twice"],
        ), path
    unchanged = await admin.call("GET", f"{PRODUCTS}/{guid}")
    assert unchanged.body == made.body
