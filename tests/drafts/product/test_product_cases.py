"""Cases 6 to 15: what a product may be, over HTTP."""

import json
from typing import Any

import pytest

from assembly_service.aws.clients import Clients
from assembly_service.drafts.product.product_fields import PRICE_FIELDS
from assembly_service.settings.drafts import ProductDraftSettings
from tests.drafts.product.support import (
    PRODUCT,
    PRODUCTS,
    SESSIONS,
    Caller,
    Instance,
    running_instance,
)
from tests.harness.drafts import (
    Answer,
    Json,
)

REQUIRED = [name for name in PRODUCT if name not in PRICE_FIELDS]
NO_PRICE = "At least one price field must be specified"
UNPRICED = {name: PRODUCT[name] for name in REQUIRED}
HINT = "3-255 characters: A-Z, 0-9, hyphen, underscore"


class Step:
    """Step 2 of one draft."""

    def __init__(self, caller: Caller, session_id: str) -> None:
        self._caller = caller
        self.session_id = session_id

    async def send(self, body: object) -> Answer:
        return await self._caller.call("POST", f"{SESSIONS}/{self.session_id}/product", body)

    async def stored(self, body: object) -> Json:
        """The product made of a body."""
        answer = await self.send(body)
        assert answer.status == 200, answer
        product: Json = answer.body["product"]
        return product

    async def lines(self, body: object) -> list[str]:
        """What was wrong with a body."""
        answer = await self.send(body)
        assert answer.status == 400, answer
        assert answer.body.keys() == {"statusCode", "message", "errors", "fields", "operationId"}
        assert answer.body["statusCode"] == 400
        assert answer.body["message"] == "Product validation failed"
        assert answer.body["operationId"].startswith(f"add-product-{self.session_id}-")
        lines: list[str] = answer.body["errors"]
        return lines


@pytest.fixture
async def step(admin: Caller) -> Step:
    """Step 2 of a new draft."""
    return Step(admin, await admin.create())


def code_line(hint: str = HINT) -> list[str]:
    return [f"Invalid product code format. Expected: {hint}"]


async def test_case_06_every_required_field_that_is_missing_has_its_line_in_one_answer(
    instance: Instance, admin: Caller, step: Step
) -> None:
    missing = [f"Missing required field: {name}" for name in REQUIRED]
    for name, line in zip(REQUIRED, missing, strict=True):
        without = {other: PRODUCT[other] for other in PRODUCT if other != name}
        assert await step.lines(without) == [line]
        assert await step.lines({**PRODUCT, name: None}) == [line]
    assert await step.lines({}) == [*missing, NO_PRICE]
    assert await step.lines(None) == [*missing, NO_PRICE]
    assert (await admin.progress(step.session_id)).body["state"] == "initiated"
    assert await instance.event_names(step.session_id) == ["session.created"]


async def test_case_06_a_body_that_is_no_object_is_refused_in_the_same_form(step: Step) -> None:
    assert await step.lines([PRODUCT]) == ["The body must be a JSON object."]
    assert await step.lines(b"\xff") == ["The body must be JSON in UTF-8."]
    [line] = await step.lines(b'{"generalPrice": NaN}')
    assert line.startswith("The body must be JSON: ")


async def test_case_07_codes_are_trimmed_and_upper_cased_and_others_refused(step: Step) -> None:
    for given, code in (
        ("prod-000123", "PROD-000123"),
        (" osot-prd-000123 ", "OSOT-PRD-000123"),
        ("OSOT-WORKSHOP-2026", "OSOT-WORKSHOP-2026"),
    ):
        assert (await step.stored({**PRODUCT, "productCode": given}))["productCode"] == code
    for given in ("AB", "A" * 256, "A B", "É12", ""):
        assert await step.lines({**PRODUCT, "productCode": given}) == code_line()


@pytest.mark.parametrize(
    ("pattern", "hint", "fits", "others"),
    [
        (
            r"^PROD-\d{6}$",
            "PROD-XXXXXX",
            "prod-000123",
            [" osot-prd-000123 ", "OSOT-WORKSHOP-2026"],
        ),
        (
            r"^OSOT-PRD-\d{6}$",
            "osot-prd-XXXXXX",
            " osot-prd-000123 ",
            ["prod-000123", "OSOT-WORKSHOP-2026"],
        ),
    ],
)
async def test_case_07_each_profile_takes_only_its_own_codes(
    clients: Clients,
    orchestrator_settings: ProductDraftSettings,
    pattern: str,
    hint: str,
    fits: str,
    others: list[str],
) -> None:
    profile = {"product_code_pattern": pattern, "product_code_hint": hint}
    settings = orchestrator_settings.model_copy(update=profile)
    async with running_instance(clients, settings) as instance:
        step = Step(instance.admin, await instance.admin.create())
        for given in (*others, "AB", "A" * 256, "A B", "É12", ""):
            assert await step.lines({**PRODUCT, "productCode": given}) == code_line(hint)
        product = await step.stored({**PRODUCT, "productCode": fits})
        assert product["productCode"] == fits.strip().upper()


async def test_case_08_the_code_of_a_draft_product_is_taken_in_any_letter_case(
    instance: Instance, admin: Caller, step: Step
) -> None:
    there = await admin.call("POST", PRODUCTS, PRODUCT)
    assert there.body["productStatus"] == 3
    answer = await step.send({**PRODUCT, "productCode": "osot-Workshop-2026"})
    operation = answer.body.pop("operationId")
    assert operation.startswith(f"add-product-{step.session_id}-")
    assert (answer.status, answer.body) == (
        409,
        {
            "statusCode": 409,
            "message": "Product code OSOT-WORKSHOP-2026 already exists",
            "fields": {"productCode": "Product code OSOT-WORKSHOP-2026 already exists"},
            "productCode": "OSOT-WORKSHOP-2026",
        },
    )
    assert (await admin.progress(step.session_id)).body["state"] == "initiated"
    assert await instance.event_names(step.session_id) == ["session.created"]
    wrong = {**PRODUCT, "productName": "", "productCode": "osot-workshop-2026"}
    assert await step.lines(wrong) == ["productName must be 3 to 100 characters long"]


@pytest.mark.parametrize(("scope", "status"), [("organization", 200), ("global", 409)])
async def test_case_08_a_code_is_taken_within_the_scope_that_is_set(
    clients: Clients, orchestrator_settings: ProductDraftSettings, scope: str, status: int
) -> None:
    settings = orchestrator_settings.model_copy(update={"product_code_scope": scope})
    async with running_instance(clients, settings) as instance:
        await instance.admin.call("POST", PRODUCTS, PRODUCT)
        others = instance.admin.as_(organization="another")
        assert (await others.add_product(await others.create())).status == status


PRICE_RANGE = "otPrPrice must be between 0 and 999999.99"


async def test_case_09_a_product_needs_one_price_in_range_with_two_decimals(step: Step) -> None:
    nulls: dict[str, Any] = dict.fromkeys(PRICE_FIELDS)
    assert await step.lines(UNPRICED) == [NO_PRICE]
    assert await step.lines({**UNPRICED, **nulls}) == [NO_PRICE]
    for price in (0, 999999.99, 1.1, 0.01):
        product = await step.stored({**UNPRICED, **nulls, "otPrPrice": price})
        assert {name: product[name] for name in PRICE_FIELDS if name in product} == {
            "otPrPrice": price
        }
    wrong: list[tuple[object, str]] = [
        (-0.01, PRICE_RANGE),
        (1000000, PRICE_RANGE),
        (1.005, "otPrPrice must have at most 2 decimals"),
        ("9.99", "otPrPrice must be a number"),
        ("NaN", "otPrPrice must be a number"),
    ]
    for refused, line in wrong:
        assert await step.lines({**UNPRICED, "otPrPrice": refused}) == [line]
    huge = json.dumps(UNPRICED)[:-1] + ', "otPrPrice": 1e999}'
    assert await step.lines(huge.encode()) == [PRICE_RANGE]


async def test_case_10_zero_is_a_code_like_any_other_and_an_account_number_is_none(
    step: Step,
) -> None:
    product = await step.stored({**PRODUCT, "productCategory": 0, "productGlCode": 0})
    assert (product["productCategory"], product["productGlCode"]) == (0, 0)
    assert await step.lines({**PRODUCT, "productGlCode": 4100}) == [
        "productGlCode must be a code of ProductGLCode, 0 to 17"
    ]


async def test_case_11_insurance_needs_its_type_and_limit_and_others_may_have_them(
    step: Step,
) -> None:
    insurance = {**PRODUCT, "productCategory": 1}
    no_type = "Insurance Type is required for Insurance products"
    no_limit = "Insurance Limit is required for Insurance products"
    assert await step.lines(insurance) == [no_type, no_limit]
    assert await step.lines({**insurance, "insuranceLimit": 0}) == [no_type]
    assert await step.lines({**insurance, "insuranceType": 2}) == [no_limit]
    product = await step.stored({**insurance, "insuranceType": 2, "insuranceLimit": 0})
    assert (product["insuranceType"], product["insuranceLimit"]) == (2, 0)
    event = await step.stored({**PRODUCT, "productCategory": 4, "insuranceType": 1})
    assert event["insuranceType"] == 1


async def test_case_12_dates_are_calendar_dates_and_the_end_is_not_before_the_start(
    step: Step,
) -> None:
    dated = {**PRODUCT, "startDate": "2026-03-01"}
    for end in ("2026-03-01", "2026-03-02"):
        assert (await step.stored({**dated, "endDate": end}))["endDate"] == end
    early = {**dated, "endDate": "2026-02-28"}
    assert await step.lines(early) == ["endDate must not be before startDate"]
    for end in ("2026-02-30", "2026-03-01T10:00:00Z", "20260302"):
        assert await step.lines({**dated, "endDate": end}) == [
            "endDate must be a calendar date, YYYY-MM-DD"
        ]


async def test_case_13_an_unknown_field_is_named(step: Step) -> None:
    assert await step.lines({**PRODUCT, "priceOntario": 120.5}) == ["Unknown field: priceOntario"]


async def test_case_14_a_second_product_replaces_the_first_and_the_target_stays(
    instance: Instance, admin: Caller, step: Step
) -> None:
    first = await step.send({**PRODUCT, "inventory": 7})
    assert first.body["state"] == "product-added"
    second = await step.send({**PRODUCT, "productCode": "second"})
    assert second.body["state"] == "product-added"
    assert second.body["product"]["inventory"] == 0
    await admin.configure_target(step.session_id, osot_province=[11])
    third = await step.send({**PRODUCT, "productCode": "third"})
    assert third.body["state"] == "target-configured"
    assert third.body["product"]["productCode"] == "THIRD"
    again = await admin.configure_target(step.session_id, osot_province=[11])
    assert again.body["product"] == third.body["product"]
    committed = (await admin.commit(step.session_id)).body
    made = (await admin.call("GET", f"{PRODUCTS}/{committed['productGuid']}")).body
    assert (made["productCode"], made["inventory"]) == ("THIRD", 0)
    assert made["audienceTarget"]["osot_province"] == [11]
    published = [event.get("productCode") for event in await instance.events(step.session_id)]
    assert published == [None, "OSOT-WORKSHOP-2026", *["SECOND"] * 2, *["THIRD"] * 4]


async def test_case_15_texts_are_measured_in_characters_and_pictures_are_on_the_web(
    step: Step,
) -> None:
    for name, bounds in (
        ("productDescription", "10 to 4000"),
        ("productAdditionalInfo", "at most 4000"),
        ("postPurchaseInfo", "at most 4000"),
    ):
        for character in ("x", "é", "語", "🎨"):
            longest = character * 4000
            assert (await step.stored({**PRODUCT, name: f" {longest} "}))[name] == longest
            assert await step.lines({**PRODUCT, name: longest + character}) == [
                f"{name} must be {bounds} characters long"
            ]
    url = "https://shop.example/" + "p" * 829
    assert (await step.stored({**PRODUCT, "productPicture": url}))["productPicture"] == url
    assert await step.lines({**PRODUCT, "productPicture": url + "p"}) == [
        "productPicture must be at most 850 characters long"
    ]
    assert await step.lines({**PRODUCT, "productPicture": "javascript:alert(1)"}) == [
        "productPicture must be an http or https URL with a host"
    ]
