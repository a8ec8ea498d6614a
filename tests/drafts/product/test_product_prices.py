import pytest

from assembly_service.domain.exact_json import Value
from assembly_service.drafts.engine.json_body import read_object
from assembly_service.drafts.product.product_fields import PRICE_FIELDS
from tests.drafts.product.products import NO_PRICE, WITHOUT_PRICE, lines, read


@pytest.mark.parametrize("price", [0, 0.0, 0.01, 9.99, 1.1, 120, 999999.99])
@pytest.mark.parametrize("name", PRICE_FIELDS)
def test_one_price_is_enough_and_zero_is_a_price(name: str, price: float) -> None:
    product = read(WITHOUT_PRICE, **{name: price})
    assert {field: product[field] for field in PRICE_FIELDS if field in product} == {name: price}


@pytest.mark.parametrize("blank", [None, ""])
def test_null_and_blank_prices_are_absent(blank: Value) -> None:
    blanks = dict.fromkeys(PRICE_FIELDS, blank)
    assert lines(WITHOUT_PRICE, **blanks) == [NO_PRICE]
    assert read({**WITHOUT_PRICE, **blanks, "otLifePrice": 0}) == read(WITHOUT_PRICE, otLifePrice=0)


OUT_OF_RANGE = "otPrPrice must be between 0 and 999999.99"
TOO_FINE = "otPrPrice must have at most 2 decimals"
NO_NUMBER = "otPrPrice must be a number"


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        ("-0.01", [OUT_OF_RANGE]),
        ("1000000", [OUT_OF_RANGE]),
        ("1e30", [OUT_OF_RANGE]),
        ("1e999999999999", [OUT_OF_RANGE]),
        ("999999.991", [OUT_OF_RANGE, TOO_FINE]),
        ("1.005", [TOO_FINE]),
        ("1e-7", [TOO_FINE]),
        ("0.99000000000000000001", [TOO_FINE]),
        ('"9.99"', [NO_NUMBER]),
        ('"NaN"', [NO_NUMBER]),
        ("true", [NO_NUMBER]),
        ("[1]", [NO_NUMBER]),
        ("{}", [NO_NUMBER]),
    ],
)
def test_a_wrong_price_is_refused_without_the_line_for_a_missing_one(
    price: str, expected: list[str]
) -> None:
    body = read_object(f'{{"otPrPrice": {price}}}'.encode())
    assert lines(WITHOUT_PRICE, **body) == expected


@pytest.mark.parametrize(
    ("text", "value"), [("9.990000000000000000000", 9.99), ("1e2", 100), ("5.0", 5), ("-0.0", 0)]
)
def test_a_price_counts_by_its_value_however_it_is_written(text: str, value: float) -> None:
    body = read_object(f'{{"otPrPrice": {text}}}'.encode())
    assert repr(read(WITHOUT_PRICE, **body)["otPrPrice"]) == repr(value)
