from collections.abc import Mapping

import pytest

from assembly_service.domain.code_pattern import compile_pattern
from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import InvalidBody
from assembly_service.drafts.product.product_code import ProductCodeRule
from assembly_service.drafts.product.product_fields import (
    PRICE_FIELDS,
    PRODUCT_FIELDS,
    merge_product,
    read_product,
)
from tests.drafts.product.products import (
    DEFAULTS,
    HINT,
    LEAST,
    NO_PRICE,
    OPTIONAL,
    REQUIRED,
    RULE,
    lines,
    read,
)


def test_a_product_is_stored_trimmed_with_an_upper_case_code_and_defaults_in_field_order() -> None:
    product = read(productName="  Hand splints ", postPurchaseInfo=" Thank you. ")
    assert product == {
        **LEAST,
        **DEFAULTS,
        "productCode": "OSOT-PRD-000123",
        "postPurchaseInfo": "Thank you.",
    }
    order = [field.name for field in PRODUCT_FIELDS]
    assert list(product) == [name for name in order if name in product]


def test_the_table_has_every_field_once() -> None:
    names = [field.name for field in PRODUCT_FIELDS]
    assert len(names) == len(set(names)) == 37
    assert len(PRICE_FIELDS) == 16
    assert names[11:27] == list(PRICE_FIELDS)


@pytest.mark.parametrize("name", REQUIRED)
@pytest.mark.parametrize("how", ["absent", "null"])
def test_each_required_field_that_is_missing_gives_its_own_line(name: str, how: str) -> None:
    body = {**LEAST, name: None}
    if how == "absent":
        del body[name]
    assert lines(body) == [f"Missing required field: {name}"]


def test_all_missing_fields_are_listed_in_field_order() -> None:
    assert lines({}) == [*(f"Missing required field: {name}" for name in REQUIRED), NO_PRICE]


@pytest.mark.parametrize("name", OPTIONAL)
def test_null_in_an_optional_field_is_the_same_as_leaving_it_out(name: str) -> None:
    body = {**LEAST, "otStuPrice": 1}
    absent = {field: value for field, value in body.items() if field != name}
    assert read({**body, name: None}) == read(absent)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("productName", "ab", "must be 3 to 100 characters long"),
        ("productName", "  ab  ", "must be 3 to 100 characters long"),
        ("productName", "", "must be 3 to 100 characters long"),
        ("productName", "a" * 101, "must be 3 to 100 characters long"),
        ("productName", 5, "must be a string"),
        ("productName", ["abc"], "must be a string"),
        ("productCode", 123456, "must be a string"),
        ("productDescription", "too short", "must be 10 to 4000 characters long"),
        ("productYear", 2026, "must be a string"),
        ("productYear", "26", "must be a year of four digits"),
        ("productYear", "٢٠٢٦", "must be a year of four digits"),
        ("productYear", "2026\n1", "must be a year of four digits"),
        ("productCategory", 11, "must be a code of ProductCategory, 0 to 10"),
        ("productCategory", "CEU", "must be a code of ProductCategory, 0 to 10"),
        ("productCategory", True, "must be a code of ProductCategory, 0 to 10"),
        ("productCategory", 1.5, "must be a code of ProductCategory, 0 to 10"),
        ("productGlCode", 4100, "must be a code of ProductGLCode, 0 to 17"),
        ("productGlCode", "9", "must be a code of ProductGLCode, 0 to 17"),
        ("productStatus", -1, "must be a code of ProductStatus, 0 to 4"),
        ("userType", 0, "must be a code of ProductUserType, 1 to 3"),
        ("privilege", 0, "must be a code of Privilege, 1 to 3"),
        ("accessModifiers", 4, "must be a code of AccessModifier, 1 to 3"),
        ("taxes", 100.01, "must be between 0 and 100"),
        ("taxes", "13", "must be a number"),
        ("taxes", 12.345, "must have at most 2 decimals"),
        ("inventory", -1, "must be an integer between 0 and 2147483647"),
        ("inventory", 2**31, "must be an integer between 0 and 2147483647"),
        ("inventory", 1.5, "must be an integer between 0 and 2147483647"),
        ("inventory", False, "must be an integer between 0 and 2147483647"),
        ("inventory", "", "must be an integer between 0 and 2147483647"),
        ("shipping", 1000000, "must be between 0 and 999999.99"),
        ("productPicture", "javascript:alert(1)", "must be an http or https URL with a host"),
        ("productPicture", "http://", "must be an http or https URL with a host"),
        ("productPicture", "https:///picture", "must be an http or https URL with a host"),
        ("productPicture", "http://[::1", "must be an http or https URL with a host"),
        ("productPicture", "http://a:99999/", "must be an http or https URL with a host"),
        ("productPicture", "http://a b/", "must be an http or https URL with a host"),
        ("productPicture", "//a/b", "must be an http or https URL with a host"),
        ("productPicture", 7, "must be a string"),
        ("productAdditionalInfo", {}, "must be a string"),
        ("activeMembershipOnly", "true", "must be true or false"),
        ("activeMembershipOnly", 1, "must be true or false"),
        ("startDate", "2026-02-30", "must be a calendar date, YYYY-MM-DD"),
        ("startDate", "2026-02-03T00:00:00Z", "must be a calendar date, YYYY-MM-DD"),
        ("startDate", "2026-W01-1", "must be a calendar date, YYYY-MM-DD"),
        ("startDate", "20260203", "must be a calendar date, YYYY-MM-DD"),
        ("startDate", "0000-01-01", "must be a calendar date, YYYY-MM-DD"),
        ("startDate", "", "must be a calendar date, YYYY-MM-DD"),
        ("startDate", 20260203, "must be a string"),
        ("endDate", "2025-02-29", "must be a calendar date, YYYY-MM-DD"),
        ("insuranceType", 0, "must be a code of InsuranceType, 1 to 4"),
        ("insuranceLimit", 1e9, "must be between 0 and 999999999.99"),
    ],
)
def test_a_field_that_breaks_its_rule_is_named_with_the_reason(
    name: str, value: Value, reason: str
) -> None:
    assert lines(**{name: value}) == [f"{name} {reason}"]


@pytest.mark.parametrize("code", ["AB", "A" * 256, "A B", "É12", "", "   "])
def test_a_code_outside_the_format_is_refused_with_the_hint(code: str) -> None:
    assert lines(productCode=code) == [f"Invalid product code format. Expected: {HINT}"]


def test_the_operators_rule_decides_about_codes() -> None:
    rule = ProductCodeRule(compile_pattern(r"^PROD-\d{6}$"), "PROD-XXXXXX")
    assert read_product({**LEAST, "productCode": " prod-000123 "}, code_rule=rule)[
        "productCode"
    ] == ("PROD-000123")
    with pytest.raises(InvalidBody) as refused:
        read_product(LEAST, code_rule=rule)
    assert refused.value.lines == ["Invalid product code format. Expected: PROD-XXXXXX"]


def test_zero_is_a_code_where_the_enumeration_says_so() -> None:
    product = read(productCategory=0, productGlCode=0, productStatus=0)
    assert [product[f] for f in ("productCategory", "productGlCode", "productStatus")] == [0, 0, 0]


def test_an_integer_written_with_a_point_is_that_integer() -> None:
    product = read(productCategory=4.0, inventory=7.0)
    assert repr(product["productCategory"]) == "4"
    assert repr(product["inventory"]) == "7"


TYPE_MISSING = "Insurance Type is required for Insurance products"
LIMIT_MISSING = "Insurance Limit is required for Insurance products"


@pytest.mark.parametrize(
    ("insurance", "expected"),
    [
        ({}, [TYPE_MISSING, LIMIT_MISSING]),
        ({"insuranceType": None, "insuranceLimit": None}, [TYPE_MISSING, LIMIT_MISSING]),
        ({"insuranceType": 1}, [LIMIT_MISSING]),
        ({"insuranceLimit": 0}, [TYPE_MISSING]),
        (
            {"insuranceType": 9, "insuranceLimit": 5},
            ["insuranceType must be a code of InsuranceType, 1 to 4"],
        ),
    ],
)
def test_an_insurance_product_needs_type_and_limit(
    insurance: dict[str, Value], expected: list[str]
) -> None:
    assert lines(productCategory=1, **insurance) == expected
    assert lines(productCategory=1.0, **insurance) == expected


def test_a_limit_of_zero_is_a_limit_and_other_categories_may_have_insurance_too() -> None:
    assert read(productCategory=1, insuranceType=1, insuranceLimit=0)["insuranceLimit"] == 0
    assert read(productCategory=4, insuranceType=2)["insuranceType"] == 2
    assert "insuranceType" not in read(productCategory=4)


def test_the_last_day_may_be_the_first_but_not_before_it() -> None:
    assert read(startDate="2026-02-03", endDate="2026-02-03")["endDate"] == "2026-02-03"
    assert read(endDate="2026-02-03")["endDate"] == "2026-02-03"
    assert read(startDate="9999-12-31")["startDate"] == "9999-12-31"
    assert lines(startDate="2026-02-03", endDate="2026-02-02") == [
        "endDate must not be before startDate"
    ]


def test_each_unknown_field_is_named_in_a_line() -> None:
    assert lines(priceOntario=5, ceuCredits=None, **{"x" * 5000: 1}) == [
        "Unknown field: priceOntario",
        "Unknown field: ceuCredits",
        f"Unknown field: {'x' * 99}…",
    ]


@pytest.mark.parametrize("letter", ["a", "é", "漢", "😀"])
@pytest.mark.parametrize(
    ("name", "bounds"),
    [
        ("productDescription", "10 to 4000"),
        ("productAdditionalInfo", "at most 4000"),
        ("postPurchaseInfo", "at most 4000"),
    ],
)
def test_long_texts_may_have_4000_characters_of_any_script(
    name: str, bounds: str, letter: str
) -> None:
    assert read(**{name: f" {letter * 4000} "})[name] == letter * 4000
    assert lines(**{name: letter * 4001}) == [f"{name} must be {bounds} characters long"]


def test_a_picture_may_have_850_characters_and_blank_texts_are_absent() -> None:
    url = "HTTPS://pictures.example/é?x=" + "a" * 821
    assert len(url) == 850
    assert read(productPicture=url)["productPicture"] == url
    assert lines(productPicture=url + "a") == ["productPicture must be at most 850 characters long"]
    blank = read(productPicture="", productAdditionalInfo=" ", postPurchaseInfo="")
    assert blank == read()


def test_all_violations_are_listed_in_field_order() -> None:
    assert lines(
        {
            "extra": 1,
            "insuranceLimit": -1,
            "endDate": "2026-01-01",
            "startDate": "2026-01-02",
            "productPicture": "javascript:" + "a" * 850,
            "shipping": "free",
            "affPremPrice": 1.005,
            "otStuPrice": -0.01,
            "productCategory": 1,
            "productCode": "A B",
            "productName": "",
        }
    ) == [
        "productName must be 3 to 100 characters long",
        f"Invalid product code format. Expected: {HINT}",
        "Missing required field: productDescription",
        "Missing required field: productGlCode",
        "Missing required field: productYear",
        "otStuPrice must be between 0 and 999999.99",
        "affPremPrice must have at most 2 decimals",
        "shipping must be a number",
        "productPicture must be an http or https URL with a host",
        "productPicture must be at most 850 characters long",
        "endDate must not be before startDate",
        "Insurance Type is required for Insurance products",
        "insuranceLimit must be between 0 and 999999999.99",
        "Unknown field: extra",
    ]


def merge(stored: Mapping[str, Value], /, **changes: Value) -> dict[str, Value]:
    return merge_product(stored, changes, code_rule=RULE)


def test_a_change_leaves_the_other_fields_and_null_removes_one() -> None:
    stored = read(inventory=5, startDate="2026-01-01", otLifePrice=0)
    changed = merge(stored, productName="Splints", inventory=None, startDate=None, productStatus=1)
    expected = {**stored, "productName": "Splints", "inventory": 0, "productStatus": 1}
    del expected["startDate"]
    assert changed == expected
    assert merge(stored) == stored


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"productName": None}, ["Missing required field: productName"]),
        ({"generalPrice": None}, [NO_PRICE]),
        ({"generalPrice": ""}, [NO_PRICE]),
        ({"productCategory": 1}, [TYPE_MISSING, LIMIT_MISSING]),
        ({"endDate": "2025-12-31"}, ["endDate must not be before startDate"]),
        ({"priceOntario": 5}, ["Unknown field: priceOntario"]),
    ],
)
def test_a_changed_product_is_checked_as_a_whole(
    changes: dict[str, Value], expected: list[str]
) -> None:
    with pytest.raises(InvalidBody) as refused:
        merge(read(startDate="2026-01-01"), **changes)
    assert refused.value.lines == expected
