"""Case 37: the sample requests of the two written guides, as the specification describes them.

The first guide knows prices by province, categories by name and targets by label; the second
knows today's product, and old names of targets. Each sample that is refused has a corrected twin.
"""

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    PRODUCTS,
    SESSIONS,
    Caller,
    running_instance,
)
from tests.drafts.product.test_target_fields import OLD_NAMES
from tests.harness.drafts import (
    Answer,
    Json,
)

FIRST_PRODUCT: Json = {
    "productName": "Advanced Hand Therapy",
    "productCode": "PROD-000123",
    "productDescription": "A continuing education course about hand therapy.",
    "productCategory": "CEU",
    "productType": "COURSE",
    "priceOntario": 150.0,
    "priceQuebec": 160.0,
    "priceStudent": 75.0,
    "priceOta": 100.0,
    "ceuCredits": 3,
    "duration": 180,
    "deliveryMethod": "ONLINE",
    "requiresPrerequisite": False,
    "inventoryTotal": 100,
}
FIRST_PRODUCT_CORRECTED: Json = {
    "productName": "Advanced Hand Therapy",
    "productCode": "PROD-000123",
    "productDescription": "A continuing education course about hand therapy.",
    "productCategory": 4,
    "productGlCode": 14,
    "productYear": "2026",
    "generalPrice": 150.0,
    "otStuPrice": 75.0,
    "otaPrPrice": 100.0,
    "inventory": 100,
}
SECOND_PRODUCT: Json = {
    "productName": "OSOT Workshop 2026",
    "productCode": "OSOT-WORKSHOP-2026",
    "productDescription": "A workshop for occupational therapists.",
    "productCategory": 3,
    "productStatus": 1,
    "productGlCode": 16,
    "productYear": "2026",
    "generalPrice": 100.0,
}
FIRST_TARGET: Json = {
    "osot_location_province": ["Ontario"],
    "osot_practice_area": ["Hand Therapy"],
    "osot_client_age_group": ["Adult", "Older"],
    "osot_years_in_practice": ["3-5 years"],
    "osot_employment_setting": ["General Hospital"],
    "osot_employment_status": ["Employee"],
}
FIRST_TARGET_CORRECTED: Json = {
    "osot_province": [1],
    "osot_practice_area": [32],
    "osot_client_age": [5, 6],
    "osot_practice_years": [3],
    "osot_practice_settings": [7],
    "osot_employment_status": [2],
}
SECOND_TARGET: Json = {
    "osot_location_province": [1, 2],
    "osot_client_age_group": [5],
    "osot_years_in_practice": [1, 2, 3],
    "osot_practice_area": [32],
}
SECOND_TARGET_CORRECTED: Json = {
    "osot_province": [1, 11],
    "osot_client_age": [5],
    "osot_practice_years": [1, 2, 3],
    "osot_practice_area": [32],
}
"""The guide means Ontario and Quebec: 2 is Alberta, Quebec is 11."""

MISSING_GL_CODE = "Missing required field: productGlCode"
MISSING_YEAR = "Missing required field: productYear"
NO_PRICE = "At least one price field must be specified"


async def add(caller: Caller, session_id: str, product: Json) -> Answer:
    return await caller.call("POST", f"{SESSIONS}/{session_id}/product", product)


async def test_case_37_the_product_of_the_first_guide_is_refused_name_by_name(
    admin: Caller,
) -> None:
    session_id = await admin.create()
    answer = await add(admin, session_id, FIRST_PRODUCT)
    assert (answer.status, answer.body["message"]) == (400, "Product validation failed")
    assert answer.body["errors"] == [
        "productCategory must be a code of ProductCategory, 0 to 10",
        MISSING_GL_CODE,
        MISSING_YEAR,
        NO_PRICE,
        *(f"Unknown field: {name}" for name in [*FIRST_PRODUCT][4:]),
    ]
    corrected = await add(admin, session_id, FIRST_PRODUCT_CORRECTED)
    assert (corrected.status, corrected.body["state"]) == (200, "product-added")


async def test_case_37_the_bad_product_of_the_first_guide_has_three_lines_under_its_profile(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    profile = {"product_code_pattern": r"^PROD-\d{6}$", "product_code_hint": "PROD-XXXXXX"}
    settings = orchestrator_settings.model_copy(update=profile)
    async with running_instance(clients, settings) as instance:
        session_id = await instance.admin.create()
        bad = {**FIRST_PRODUCT_CORRECTED, "productName": None, "productCode": "INVALID"}
        for price in ("generalPrice", "otStuPrice", "otaPrPrice"):
            del bad[price]
        assert (await add(instance.admin, session_id, bad)).body["errors"] == [
            "Missing required field: productName",
            "Invalid product code format. Expected: PROD-XXXXXX",
            NO_PRICE,
        ]
        good = await add(instance.admin, session_id, FIRST_PRODUCT_CORRECTED)
        assert good.body["product"]["productCode"] == "PROD-000123"


async def test_case_37_the_product_of_the_second_guide_is_taken_without_user_type_and_taxes(
    admin: Caller,
) -> None:
    session_id = await admin.create()
    answer = await add(admin, session_id, SECOND_PRODUCT)
    assert answer.status == 200
    assert answer.body["product"] == {
        **SECOND_PRODUCT,
        "userType": 3,
        "taxes": 13,
        "privilege": 1,
        "accessModifiers": 1,
        "inventory": 0,
        "shipping": 0,
        "activeMembershipOnly": False,
    }
    account_number = await add(admin, session_id, {**SECOND_PRODUCT, "productGlCode": 4100})
    assert account_number.body["errors"] == [
        "productGlCode must be a code of ProductGLCode, 0 to 17"
    ]


async def test_case_37_the_code_of_the_second_guide_is_refused_under_its_own_profile(
    clients: Clients, orchestrator_settings: ProductDraftSettings
) -> None:
    profile = {"product_code_pattern": r"^OSOT-PRD-\d{6}$", "product_code_hint": "osot-prd-XXXXXX"}
    settings = orchestrator_settings.model_copy(update=profile)
    async with running_instance(clients, settings) as instance:
        session_id = await instance.admin.create()
        answer = await add(instance.admin, session_id, SECOND_PRODUCT)
        assert answer.body["errors"] == ["Invalid product code format. Expected: osot-prd-XXXXXX"]
        corrected = {**SECOND_PRODUCT, "productCode": "osot-prd-000123"}
        good = await add(instance.admin, session_id, corrected)
        assert good.body["product"]["productCode"] == "OSOT-PRD-000123"


@pytest.mark.parametrize(
    ("sample", "lines", "corrected"),
    [
        pytest.param(
            FIRST_TARGET,
            [
                'osot_employment_status contains invalid value(s): "Employee"',
                'osot_practice_area contains invalid value(s): "Hand Therapy"',
                "Unknown targeting field: osot_location_province",
                "Unknown targeting field: osot_client_age_group",
                "Unknown targeting field: osot_years_in_practice",
                "Unknown targeting field: osot_employment_setting",
            ],
            FIRST_TARGET_CORRECTED,
            id="first",
        ),
        pytest.param(
            SECOND_TARGET,
            [
                "Unknown targeting field: osot_location_province",
                "Unknown targeting field: osot_client_age_group",
                "Unknown targeting field: osot_years_in_practice",
            ],
            SECOND_TARGET_CORRECTED,
            id="second",
        ),
    ],
)
async def test_case_37_the_targets_of_both_guides_are_refused_and_their_twins_committed(
    admin: Caller, sample: Json, lines: list[str], corrected: Json
) -> None:
    session_id = await admin.draft_with_product()
    answer = await admin.configure_target(session_id, **sample)
    assert (answer.status, answer.body["message"]) == (400, "Target validation failed")
    assert answer.body["errors"] == lines
    assert (await admin.progress(session_id)).body["steps"]["targetConfigured"] is False
    assert (await admin.configure_target(session_id, **corrected)).status == 200
    committed = await admin.commit(session_id)
    assert committed.body["success"] is True
    made = await admin.call("GET", f"{PRODUCTS}/{committed.body['productGuid']}")
    target = made.body["audienceTarget"]
    assert {name: target[name] for name in corrected} == corrected


async def test_case_37_all_31_old_names_are_refused_together_and_two_are_still_right(
    admin: Caller,
) -> None:
    session_id = await admin.draft_with_product()
    two = {"osot_employment_status": [1], "osot_practice_area": [2]}
    old = {name: [1] for name in OLD_NAMES}
    answer = await admin.configure_target(session_id, **old, **two)
    assert len(old) == 31
    assert answer.body["errors"] == [f"Unknown targeting field: {name}" for name in old]
    assert (await admin.configure_target(session_id, **two)).status == 200


async def test_case_37_the_calls_without_fields_take_no_body_or_an_empty_object(
    admin: Caller,
) -> None:
    bodies: list[Json | None] = [None, {}]
    for body in bodies:
        created = await admin.call("POST", f"{SESSIONS}/create", body)
        assert created.status == 201
        session_id = created.body["sessionId"]
        await admin.add_product(session_id, productCode=f"empty-{body is None}")
        committed = await admin.call("POST", f"{SESSIONS}/{session_id}/commit", body)
        assert (committed.status, committed.body["success"]) == (200, True)


async def test_case_37_the_changes_of_both_guides_find_the_product_and_its_target(
    admin: Caller,
) -> None:
    made = (await admin.call("POST", PRODUCTS, SECOND_PRODUCT)).body
    product = f"{PRODUCTS}/{made['productGuid']}"
    target = f"/private/audience-target/{made['osot_table_audience_targetid']}"
    for path, change in (
        (product, {"generalPrice": 90.0}),
        (target, {"osot_province": [1]}),
        (f"{product}/target", {"osot_gender": [1]}),
    ):
        assert (await admin.call("PATCH", path, change)).status == 200
    now = (await admin.call("GET", product)).body
    assert now["generalPrice"] == 90.0
    assert now["audienceTarget"]["osot_province"] == [1]
    assert now["audienceTarget"]["osot_gender"] == [1]
